"""What the deployed backend does not refuse, and the gateway does in its place."""

import json
from datetime import datetime, timedelta
from typing import Any

import pytest

from adapters.v2_2.privacy import is_fresh
from contracts.model.errors import GatewayError
from contracts.model.http import JSON, Headers, Response
from tests.gateway.exchange.test_v2_2 import CHOICES
from tests.support.fakes import ask
from tests.support.replay_v2_2 import NOW, gateway, to_upstream_error

ONLINE = {"user_id": 2, "is_online": True, "last_seen": "2026-11-22T22:46:08.064573"}


class VersionAdapter:
    """A backend with a direct conversation 11 of 1 and 2, and whatever the test says beside."""

    def __init__(self, **says: Any) -> None:
        self.says = says
        self.written: list[dict[str, Any]] = []

    async def send(self, method: str, target: str, headers: Headers, body: bytes) -> Response:
        asked = to_upstream_error(method, target, body)
        answer = self._answer(asked["path"].rpartition("/")[2], int(asked["query"]["user_id"]), asked)
        return Response(200, JSON, json.dumps(answer).encode())

    def _answer(self, name: str, user: int, asked: dict[str, Any]) -> Any:
        if name == "blocked":
            blocks = self.says.get("blocks", {}).get(user, [])
            return {"blocked_contacts": [{"user_id": one} for one in blocks]}
        if name == "settings":
            return {"settings": {**CHOICES, **self.says.get("settings", {}).get(user, {})}}
        if name == "check":
            return {"is_connected": self.says.get("connected", False)}
        if name == "online-status":
            return {"statuses": [self.says["presence"]]}
        if name == "conversations" and asked["method"] == "GET":
            here = {"id": 11, "type": self.says.get("type", "direct"), "is_archived": False}
            return {"conversations": [{**here, "other_user_id": 2}]}
        self.written.append(asked)
        return {"message": {"id": 1, "created_at": "2026-11-22T22:46:08", "sender_user_id": 1}}


async def _send(upstream: VersionAdapter, shape: str, **body: Any) -> None:
    if shape == "2.2":
        body["conversation_id"] = 11
    path = "/api/chat/messages" if shape == "2.2" else "/api/chat/conversations/11/messages"
    await ask(gateway(upstream), "POST", path, "", {"content": "x", **body}, X_Chat_API=shape)


@pytest.mark.parametrize("shape", ["2.1", "2.2"])
@pytest.mark.parametrize(
    ("says", "refusal"),
    [
        ({}, None),
        ({"blocks": {1: [2]}}, "You have blocked this user"),
        ({"blocks": {2: [1]}}, "You have been blocked by this user"),
        ({"settings": {2: {"who_can_message": "none"}}}, "This user has disabled messages"),
        ({"settings": {2: {"who_can_message": "what?"}}}, "This user has disabled messages"),
        (
            {"settings": {2: {"who_can_message": "connections"}}},
            "This user only accepts messages from connections",
        ),
        ({"settings": {2: {"who_can_message": "connections"}}, "connected": True}, None),
        ({"settings": {2: {"who_can_message": "none"}}, "type": "group"}, None),
    ],
)
async def test_who_may_write(shape: str, says: dict[str, Any], refusal: str | None) -> None:
    upstream = VersionAdapter(**says)
    if refusal is None:
        await _send(upstream, shape)
        assert len(upstream.written) == 1
        return
    with pytest.raises(GatewayError, match=refusal) as refused:
        await _send(upstream, shape)
    assert (refused.value.status, upstream.written) == (403, [])


@pytest.mark.parametrize("shape", ["2.1", "2.2"])
async def test_who_may_forward(shape: str) -> None:
    upstream = VersionAdapter(settings={3: {"disable_forwarding": True}})
    with pytest.raises(GatewayError, match="disabled forwarding"):
        await _send(upstream, shape, is_forwarded=True, forwarded_from_user_id=3)
    await _send(upstream, shape, is_forwarded=True, forwarded_from_user_id=2)
    assert len(upstream.written) == 1


@pytest.mark.parametrize(
    ("choices", "connected", "expected"),
    [
        ({}, False, (True, True, False, False)),
        ({"online_status": False}, False, (False, True, True, False)),
        ({"last_seen_visibility": "nobody"}, True, (True, False, False, True)),
        ({"last_seen_visibility": "connections"}, False, (True, False, False, True)),
        ({"last_seen_visibility": "connections"}, True, (True, True, False, False)),
    ],
)
async def test_who_sees_presence(
    choices: dict[str, Any], connected: bool, expected: tuple[bool, bool, bool, bool]
) -> None:
    upstream = VersionAdapter(presence=ONLINE, settings={2: choices}, connected=connected)
    told = await ask(gateway(upstream), "GET", "/api/chat/users/2/status", "", X_Chat_API="2.1")
    found = json.loads(told.body)
    keys = ("is_online", "last_seen", "online_hidden", "last_seen_hidden")
    assert tuple(bool(found[key]) for key in keys) == expected


@pytest.mark.parametrize(
    ("last_seen", "fresh"),
    [
        (NOW, True),
        (NOW - timedelta(minutes=4, seconds=59), True),
        (NOW - timedelta(minutes=5), False),
        (NOW - timedelta(days=3), False),
        (None, False),
        ("yesterday", False),
    ],
)
def test_online_lasts_five_minutes(last_seen: datetime | str | None, fresh: bool) -> None:
    assert is_fresh(last_seen.isoformat() if isinstance(last_seen, datetime) else last_seen, NOW) is fresh


async def test_who_was_unblocked_is_no_longer_blocked_where_the_database_can_be_read() -> None:
    """The deployed list keeps those who were unblocked."""

    async def facts(name: str, *values: Any) -> list[dict[str, Any]]:
        return {"blocks": []}[name]

    upstream = VersionAdapter(blocks={1: [2]})
    path = "/api/chat/conversations/11/messages"
    await ask(gateway(upstream, facts=facts), "POST", path, "", {"content": "x"}, X_Chat_API="2.1")
    assert len(upstream.written) == 1
