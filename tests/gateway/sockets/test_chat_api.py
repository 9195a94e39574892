"""What the sockets ask goes the way of people's own requests: in front of 2.2 the same lists are put right."""

import json
from typing import Any

import pytest

from contracts.model.errors import Unavailable
from contracts.model.http import Headers, Response
from gateway.sockets.chat_api import ChatApi
from gateway.sockets.choices import Choices
from gateway.sockets.permissions import CallRequest, Verdict
from tests.gateway.exchange.test_v2_2 import CHOICES
from tests.support.fakes import FakeUpstream
from tests.support.replay_v2_2 import gateway

CALL = CallRequest(1, 2, None, "Bearer 1", "Bearer 2")


class Deployed:
    """A backend of 2.2: it lists unblocked people for ever, and its contacts fail."""

    def __init__(self, allow: str = "everyone", *, connected: bool = False) -> None:
        self.allow, self.connected = allow, connected
        self.asked: list[str] = []

    async def send(self, method: str, target: str, headers: Headers, body: bytes) -> Response:
        name = target.partition("?")[0].rpartition("/")[2]
        self.asked.append(name)
        told: dict[str, Any] = {
            "blocked": {"blocked_contacts": [*map(_blocked, (1, 2, 3, 6))]},
            "settings": {"settings": {**CHOICES, "allow_calls_from": self.allow}},
            "two-step": {"is_enabled": False, "has_recovery_email": False},
            "check": {"is_connected": self.connected},
            "connections": [{"id": 1, "requested_by": 1, "recipient_id": user} for user in (2, 3)],
        }
        if name not in told:
            return Response(500, (), b'{"detail": "Failed to fetch contacts"}')
        return Response(200, (), json.dumps(told[name]).encode())


def _blocked(user: int) -> dict[str, Any]:
    return {"user_id": user, "name": "x", "avatar": None, "blocked_at": "2026-11-22T22:46:08"}


def _choices(upstream: Deployed, blocks: dict[int, list[int]]) -> Choices:
    async def facts(name: str, *values: Any) -> list[dict[str, Any]]:
        users = blocks.get(values[0], []) if name == "blocks" else []
        return [{"id": 1, "blocked_user_id": user} for user in users]

    return Choices(ChatApi(gateway(upstream, facts=facts), upstream))


@pytest.mark.parametrize(
    ("blocks", "verdict"),
    [
        ({}, Verdict(True)),  # both were blocked once, and are not any more
        ({1: [2]}, Verdict(False, "blocked")),
        ({2: [1]}, Verdict(False, "offline")),
        ({2: [6]}, Verdict(True)),
    ],
)
async def test_who_was_unblocked_can_call_again(blocks: dict[int, list[int]], verdict: Verdict) -> None:
    assert await _choices(Deployed(), blocks).may_call(CALL) == verdict


@pytest.mark.parametrize("connected", [True, False])
async def test_contacts_that_fail_make_nobody_unavailable(connected: bool) -> None:
    upstream = Deployed("connections", connected=connected)
    verdict = await _choices(upstream, {}).may_call(CALL)
    assert verdict == Verdict(connected, "connections_only")
    assert "contacts" not in upstream.asked


async def test_who_hears_that_somebody_is_there() -> None:
    assert set(await _choices(Deployed(), {1: [3]}).audience(1, "Bearer 1")) == {2}


@pytest.mark.parametrize(("status", "raises"), [(500, True), (404, False)])
async def test_a_refusal_is_an_answer_and_a_failure_is_none(status: int, raises: bool) -> None:
    upstream = FakeUpstream([{"detail": "no"}], status=status)
    api = ChatApi(gateway(upstream, upstream_is_2_2=False), upstream)
    asking = api.send("GET", "/api/chat/blocked?user_id=1", [("Authorization", "Bearer 1")], b"")
    if raises:
        with pytest.raises(Exception, match="chat service"):
            await asking
    else:
        assert (await asking).status == status


async def test_somebody_who_is_not_believed_is_refused() -> None:
    upstream = Deployed()
    api = ChatApi(gateway(upstream), upstream)
    answer = await api.send("GET", "/api/chat/blocked?user_id=2", [("Authorization", "Bearer 1")], b"")
    assert (answer.status, upstream.asked) == (403, [])
    with pytest.raises(Unavailable):
        await Choices(api).may_call(CALL._replace(callee_authorization="Bearer 3"))
