"""Whose choices let a call through, and who hears that somebody is there: read from a small upstream."""

import json
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

from contracts.model.errors import Unavailable
from contracts.model.http import Headers, Response
from gateway.sockets.choices import Choices
from gateway.sockets.permissions import CallRequest, Verdict


class Upstream:
    """Answers each person about itself only."""

    def __init__(self, **choices: Any) -> None:
        self.settings: dict[int, Any] = choices.get("settings", {})
        self.blocked: dict[int, list[int]] = choices.get("blocked", {})
        self.connections: dict[int, list[int]] = choices.get("connections", {})
        self.conversations: dict[str, list[int]] = choices.get("conversations", {"11": [1, 2]})
        self.answer: Response | None = None
        self.asked: list[str] = []

    async def send(self, method: str, target: str, headers: Headers, body: bytes) -> Response:
        parts = urlsplit(target)
        query = {name: values[0] for name, values in parse_qs(parts.query).items()}
        me = int(query["user_id"])
        assert dict(headers)["Authorization"] == f"Bearer {me}"
        self.asked.append(f"{parts.path} {me}")
        if self.answer:
            return self.answer
        if parts.path == "/api/chat/settings":
            told: Any = {
                "settings": {"allow_calls_from": "everyone", "online_status": True}
                | self.settings.get(me, {})
            }
        elif parts.path == "/api/chat/blocked":
            told = {"blocked_contacts": [{"user_id": user, "name": "x"} for user in self.blocked.get(me, [])]}
        elif parts.path.startswith("/api/chat/conversations/"):
            people = self.conversations.get(parts.path.rpartition("/")[2], [])
            if me not in people:
                return Response(403, (), b"{}")
            told = {"participants": [{"user_id": user, "name": "x"} for user in people]}
        elif parts.path == "/api/connections/check":
            assert method == "POST"
            told = {"is_connected": json.loads(body)["target_user_id"] in self.connections.get(me, [])}
        else:
            assert (method, parts.path, query["status"]) == ("GET", "/api/connections", "accepted")
            asked, known = {"requested_by": me}, self.connections.get(me, [])
            told = [{"id": user, **asked, "recipient_id": user} for user in known[::2]]
            told += [{"id": user, "requested_by": user, "recipient_id": me} for user in known[1::2]]
        return Response(200, (), json.dumps(told).encode())


CALL = CallRequest(1, 2, "11", "Bearer 1", "Bearer 2")
MANY = list(range(100, 350))


@pytest.mark.parametrize(
    ("choices", "verdict"),
    [
        ({}, (True, "")),
        ({"settings": {2: {"allow_calls_from": "whatever"}}}, (True, "")),
        ({"settings": {1: {"allow_calls_from": "none"}}}, (True, "")),
        ({"settings": {2: {"allow_calls_from": "none"}}}, (False, "nobody")),
        ({"settings": {2: {"allow_calls_from": "nobody"}}}, (False, "nobody")),
        ({"blocked": {2: [1]}}, (False, "offline")),
        ({"blocked": {1: [2]}}, (False, "blocked")),
        ({"blocked": {2: [3], 1: [4]}}, (True, "")),
        ({"settings": {2: {"allow_calls_from": "connections"}}}, (False, "connections_only")),
        (
            {"settings": {2: {"allow_calls_from": "connections"}}, "connections": {1: [2]}},
            (False, "connections_only"),
        ),
        (
            {"settings": {2: {"allow_calls_from": "connections"}}, "connections": {2: [3, 1]}},
            (True, "connections_only"),
        ),
        (
            {"settings": {2: {"allow_calls_from": "connections"}}, "connections": {2: [*MANY, 1]}},
            (True, "connections_only"),
        ),
        (
            {"settings": {2: {"allow_calls_from": "connections"}}, "connections": {2: MANY}},
            (False, "connections_only"),
        ),
    ],
)
async def test_who_may_call(choices: dict[str, Any], verdict: tuple[bool, str]) -> None:
    assert await Choices(Upstream(**choices)).may_call(CALL) == Verdict(*verdict)


@pytest.mark.parametrize(
    ("conversation", "allowed"),
    [
        (None, True),
        ("connection-107", True),
        ("undefined", True),
        ("11", True),
        ("12", False),  # the caller is not in it
        ("13", False),  # the callee is not in it
        ("99", False),
        *[(text, False) for text in (" 11", "11.0", "0x0b", "011", "1e1", "-11", "٥", "../settings", "12/x")],
    ],
)
async def test_a_call_names_a_conversation_of_both_or_none(conversation: str | None, allowed: bool) -> None:
    upstream = Upstream(conversations={"11": [1, 2], "12": [2, 3], "13": [1, 3]})
    verdict = await Choices(upstream).may_call(CALL._replace(conversation=conversation))
    assert verdict == (Verdict(allowed=True) if allowed else Verdict(allowed=False, reason="not_allowed"))
    assert not [asked for asked in upstream.asked if asked.startswith("/api/chat/settings") and ".." in asked]


async def test_who_rings_again_is_not_asked_again_where() -> None:
    upstream = Upstream()
    choices = Choices(upstream)
    for _ in range(3):
        assert (await choices.may_call(CALL)).allowed
    assert upstream.asked.count("/api/chat/conversations/11 1") == 1


async def test_a_conversation_that_cannot_be_read_refuses_the_call() -> None:
    class Broken(Upstream):
        async def send(self, method: str, target: str, headers: Headers, body: bytes) -> Response:
            if "/conversations/" in target:
                return Response(500, (), b"{}")
            return await super().send(method, target, headers, body)

    with pytest.raises(Unavailable):
        await Choices(Broken()).may_call(CALL)


async def test_nothing_is_asked_about_somebody_who_is_not_there() -> None:
    upstream = Upstream(blocked={2: [1]})
    assert await Choices(upstream).may_call(CALL._replace(callee_authorization="")) == Verdict(True)
    assert upstream.asked == []


@pytest.mark.parametrize(
    "answer",
    [
        Response(500, (), b'{"detail": "x"}'),
        Response(200, (), b"no json"),
        Response(200, (), b"[]"),
        Response(200, (), b'{"settings": [], "blocked_contacts": []}'),
        Response(200, (), b'{"settings": {}, "blocked_contacts": {}}'),
        Response(200, (), b'{"settings": {}, "blocked_contacts": [1]}'),
    ],
)
async def test_what_cannot_be_read_refuses(answer: Response) -> None:
    upstream = Upstream()
    upstream.answer = answer
    with pytest.raises(Unavailable):
        await Choices(upstream).may_call(CALL)
    assert await Choices(upstream).audience(1, "Bearer 1") == ()


@pytest.mark.parametrize(
    ("choices", "audience"),
    [
        ({}, set()),
        ({"connections": {1: [2, 3]}}, {2, 3}),
        ({"connections": {1: [2, 3]}, "blocked": {1: [3]}}, {2}),
        ({"connections": {1: [2, 3]}, "settings": {1: {"online_status": False}}}, set()),
        ({"connections": {1: MANY}}, set(MANY)),
    ],
)
async def test_who_hears_that_somebody_is_there(choices: dict[str, Any], audience: set[int]) -> None:
    assert set(await Choices(Upstream(**choices)).audience(1, "Bearer 1")) == audience
