"""Legacy goes through both tables: what an old client is told is the first table's telling of the second's."""

import json
from typing import Any
from urllib.parse import urlencode

import pytest

from tests.adapters.deployed.replay import EXCHANGES22, Replayed, gateway
from tests.fakes import FakeUpstream, ask, exchanges

ABEL = {"profile_id": "5", "profile_type": "student", "user_id": "1"}


def _case(operation: str, name: str) -> dict[str, Any]:
    found = json.loads((EXCHANGES22 / f"{operation}.json").read_text("utf-8"))["exchanges"]
    return next(case for case in found if case["case"] == name)


@pytest.mark.parametrize(
    ("operation", "case", "method", "path", "query", "body"),
    [
        (
            "conversations.list",
            "direct and group, one person online",
            "GET",
            "/api/chat/conversations",
            {},
            None,
        ),
        (
            "conversations.list",
            "groups only",
            "GET",
            "/api/chat/conversations",
            {"filter_type": "groups"},
            None,
        ),
        (
            "messages.list",
            "the newest window: the deleted one is left out",
            "GET",
            "/api/chat/messages/11",
            {},
            None,
        ),
        ("messages.list", "a group: reactions by kind", "GET", "/api/chat/messages/12", {}, None),
        (
            "messages.send",
            "text",
            "POST",
            "/api/chat/messages",
            {},
            {"conversation_id": 11, "message_type": "text", "content": "Here is the finished sheet."},
        ),
    ],
    ids=lambda value: value if isinstance(value, str) and " " in value else "",
)
async def test_legacy_in_front_of_2_2(
    operation: str, case: str, method: str, path: str, query: dict[str, str], body: Any
) -> None:
    example = _case(operation, case)
    both, first = Replayed(example["passed"]), FakeUpstream([example["told"]])
    asked = (method, path, urlencode({**ABEL, **query}), body)
    told = await ask(gateway(both), *asked)
    assert json.loads(told.body) == json.loads((await ask(exchanges(first), *asked)).body)
    assert b"profile" not in json.dumps(both.sent).encode()
