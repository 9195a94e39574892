"""Legacy goes through both tables: what an old client is told is the first table's telling of the second's."""

import json
from typing import Any
from urllib.parse import urlencode

import pytest

from contracts.model.errors import GatewayError
from tests.support.fakes import FakeUpstream, ask, exchanges
from tests.support.replay_v2_2 import EXCHANGES22, Replayed, gateway

ABEL = {"profile_id": "5", "profile_type": "student", "user_id": "1"}
SHEET = {"conversation_id": 11, "message_type": "text", "content": "Here is the finished sheet."}
CONVERSATION = "/api/chat/conversations/11"
TWO_STEP = "/api/chat/security/two-step"

# The exchanges behind it (one, or several in the order of the first table), and what an old client asks.
CHAINS: list[tuple[dict[str, str], str, str, dict[str, str], Any]] = [
    (
        {
            "conversations.list": "direct and group, one person online",
            "contacts.list": "from the connections and the conversations",
        },
        "GET",
        "/api/chat/conversations",
        {},
        None,
    ),
    (
        {"conversations.list": "groups only"},
        "GET",
        "/api/chat/conversations",
        {"filter_type": "groups"},
        None,
    ),
    (
        {"messages.list": "the newest window: the deleted one is left out"},
        "GET",
        "/api/chat/messages/11",
        {},
        None,
    ),
    ({"messages.list": "a group: reactions by kind"}, "GET", "/api/chat/messages/12", {}, None),
    ({"messages.send": "text"}, "POST", "/api/chat/messages", {}, SHEET),
    ({"contacts.list": "searched"}, "GET", "/api/chat/contacts", {"search": "bez"}, None),
    ({"connection_requests.list": "both directions"}, "GET", "/api/chat/connection-requests", {}, None),
    ({"conversations.get": "direct"}, "GET", CONVERSATION, {}, None),
    ({"conversations.get": "group"}, "GET", "/api/chat/conversations/12", {}, None),
    ({"conversations.mute": "mute: a bare boolean"}, "PUT", f"{CONVERSATION}/mute", {"muted": "true"}, None),
    ({"read_status.get": "direct"}, "GET", f"{CONVERSATION}/read-status", {}, None),
    ({"blocks.list": "one"}, "GET", "/api/chat/blocked", {}, None),
    ({"blocks.delete": "unblocked"}, "DELETE", "/api/chat/block/8/tutor", {}, None),
    ({"settings.get": "one's own"}, "GET", "/api/chat/settings", {}, None),
    ({"typing.set": "shown"}, "POST", f"{CONVERSATION}/typing", {"is_typing": "true"}, None),
    ({"calls.list": "with what the log knows"}, "GET", "/api/chat/calls", {}, None),
    (
        {"calls.create": "voice: through the call log"},
        "POST",
        "/api/chat/calls",
        {"conversation_id": "11", "call_type": "voice"},
        None,
    ),
    ({"sessions.list": "two"}, "GET", "/api/chat/sessions", {}, None),
    ({"two_step.get": "enabled"}, "GET", TWO_STEP, {}, None),
    (
        {"two_step.disable": "a bare text"},
        "POST",
        f"{TWO_STEP}/disable",
        {"password": "example-pass-3"},
        None,
    ),
]


def _case(operation: str, name: str) -> dict[str, Any]:
    found = json.loads((EXCHANGES22 / f"{operation}.json").read_text("utf-8"))["exchanges"]
    return next(case for case in found if case["case"] == name)


@pytest.mark.parametrize(
    ("examples", "method", "path", "query", "body"), CHAINS, ids=[" and ".join(chain[0]) for chain in CHAINS]
)
async def test_legacy_in_front_of_2_2(
    examples: dict[str, str], method: str, path: str, query: dict[str, str], body: Any
) -> None:
    cases = [_case(*example) for example in examples.items()]
    both = Replayed([one for case in cases for one in case["upstream"]])
    asked = (method, path, urlencode({**ABEL, **query}), body)
    told = await ask(gateway(both), *asked)
    first = FakeUpstream([case["response"] for case in cases])
    assert json.loads(told.body) == json.loads((await ask(exchanges(first), *asked)).body)
    assert "profile" not in json.dumps(both.sent)


@pytest.mark.parametrize(
    ("method", "path", "query", "body", "status"),
    [
        ("PUT", "/api/chat/settings", {}, {"settings": {"read_receipts": False}}, 501),
        ("DELETE", "/api/chat/data", {}, None, 501),
        ("DELETE", f"{CONVERSATION}/history", {}, None, 501),
        ("POST", "/api/chat/conversations", {}, {"type": "group", "name": "x", "participants": []}, 501),
    ],
)
async def test_what_the_deployed_backend_cannot_do_is_said_and_not_sent(
    method: str, path: str, query: dict[str, str], body: Any, status: int
) -> None:
    upstream = Replayed([])
    with pytest.raises(GatewayError) as refusal:
        await ask(gateway(upstream), method, path, urlencode({**ABEL, **query}), body)
    assert (refusal.value.status, upstream.sent) == (status, [])
