"""Clients of 2.2 in front of an upstream that speaks 2.1: the same exchanges, the other way round."""

import json
import re
from collections.abc import Iterator
from typing import Any
from urllib.parse import urlencode

import pytest

from adapters.v2_2 import V2_2
from adapters.v2_2.settings import PUBLIC
from contracts.model.errors import GatewayError
from contracts.operation import Endpoint
from tests.adapters.v2_2.test_exchanges import TOLD, titled
from tests.support import openapi
from tests.support.fakes import FakeUpstream, ask
from tests.support.replay_v2_2 import gateway, to_upstream_error


def _is(endpoint: Endpoint | None, sent: dict[str, Any]) -> bool:
    if endpoint is None or sent["method"] != endpoint.method:
        return False
    pattern = re.sub(r"\\\{[a-z_]+\\\}", "[^/]+", re.escape(endpoint.template))
    return re.fullmatch(pattern, sent["path"]) is not None


ROWS = {row.name: row for row in V2_2}


def _main(name: str, case: dict[str, Any]) -> dict[str, Any]:
    """The request that is the operation itself, among those that were needed for it."""
    found = (
        one for one in case["upstream"] if _is(ROWS[name].endpoint, one["request"]) and "status" not in one
    )
    return next(found, {})


CASES = [titled(*example) for example in TOLD if _main(*example)]


async def _play(name: str, case: dict[str, Any]) -> tuple[Any, Any]:
    sent, upstream = _main(name, case)["request"], FakeUpstream([case["response"]])
    answer = await ask(
        gateway(upstream, upstream_is_2_2=False),
        sent["method"],
        sent["path"],
        urlencode(sent["query"]),
        sent["body"],
        by=case["by"],
        X_Chat_API="2.2",
    )
    asked = [to_upstream_error(one.method, one.target, one.body) for one in upstream.sent]
    return asked, json.loads(answer.body)


#: Of somebody else four settings are told, in both shapes.
OF_ANOTHER = "somebody else's: what concerns others"
#: What cannot come back: 2.2 hears less there, or in several requests.
LESS = {
    ("calls.update", "ended, with its length"),
    ("conversations.create", "new"),
    ("messages.send", "forwarded: the author stays here"),
    ("participants.add", "one of two refuses"),
    ("sessions.register", "a device"),
}


@pytest.mark.parametrize(("name", "case"), CASES)
async def test_what_was_sent_in_2_2_is_asked_in_2_1(name: str, case: dict[str, Any]) -> None:
    asked, _ = await _play(name, case)
    wanted = case["request"]
    assert [(one["method"], one["path"]) for one in asked] == [(wanted["method"], wanted["path"])]
    assert asked[0]["query"]["user_id"] == wanted["query"]["user_id"]
    assert (name, case["case"]) in LESS or asked[0]["body"] == wanted["body"]


@pytest.mark.parametrize(("name", "case"), CASES)
async def test_what_was_told_in_2_1_has_the_form_that_2_2_answered(name: str, case: dict[str, Any]) -> None:
    _, told = await _play(name, case)
    if case["case"] == OF_ANOTHER:
        assert set(told["settings"]) == set(PUBLIC)
        return
    assert list(_missing(_main(name, case)["response"], told, "$")) == []
    openapi.check(openapi.load("v2_2"), name, 200, _completed(name, told))


def _completed(name: str, told: Any) -> Any:
    """With a time in each reaction: 2.1 does not say when somebody reacted."""
    for message in told["messages"] if name == "messages.list" else ():
        for reaction in message["reactions"]:
            assert reaction["created_at"] is None
            reaction["created_at"] = message["created_at"]
    return told


def _missing(recorded: Any, told: Any, place: str) -> Iterator[str]:
    """The places of a recorded answer that the told one lacks, or fills with another kind."""
    if recorded is None or told is None:
        return
    if type(recorded) is not type(told):
        yield f"{place}: {told!r} instead of {recorded!r}"
    elif isinstance(recorded, dict):
        for key, value in recorded.items():
            if key in told:
                yield from _missing(value, told[key], f"{place}.{key}")
            else:
                yield f"{place}.{key}"
    elif isinstance(recorded, list) and recorded and told:
        same = (one for one in recorded if isinstance(one, dict) and one.get("id") == told[0].get("id"))
        yield from _missing(next(same, recorded[0]), told[0], f"{place}[]")


TWO_STEP = "/api/chat/security/two-step"
DONE = {"success": True, "message": "done"}
CALL = {
    "id": 1,
    "conversation_id": 11,
    "caller_user_id": 1,
    "call_type": "voice",
    "status": "initiated",
    "started_at": "2026-11-20T08:00:00Z",
}


@pytest.mark.parametrize(
    ("method", "path", "query", "body", "answered", "sent"),
    [
        ("POST", f"{TWO_STEP}/enable", {"password": "a b"}, None, DONE, {"password": "a b"}),
        ("POST", f"{TWO_STEP}/disable", {"password": "x"}, None, DONE, {"password": "x"}),
        ("POST", f"{TWO_STEP}/verify", {}, {"password": "x"}, {"verified": True}, {"password": "x"}),
        ("POST", "/api/chat/polls/501/vote", {}, {"option_id": 511}, DONE, {"option_id": 511}),
        (
            "POST",
            f"{TWO_STEP}/reset",
            {},
            {"otp": "1", "new_password": "y"},
            DONE,
            {"otp": "1", "new_password": "y"},
        ),
        (
            "PUT",
            "/api/chat/settings",
            {},
            {"read_receipts": False},
            DONE,
            {"settings": {"read_receipts": False}},
        ),
        ("DELETE", "/api/chat/data", {}, None, DONE, None),
        (
            "POST",
            "/api/chat/calls",
            {"conversation_id": "11", "call_type": "voice"},
            None,
            {
                "call": {
                    "id": 1,
                    "conversation_id": 11,
                    "caller_user_id": 1,
                    "call_type": "voice",
                    "status": "initiated",
                    "started_at": "2026-11-20T08:00:00Z",
                },
                "message": "x",
            },
            {"conversation_id": 11, "call_type": "voice"},
        ),
        (
            "PUT",
            "/api/chat/calls/301",
            {},
            {"status": "ended", "duration_seconds": 61},
            {"call": {"id": 301, "status": "ended", "ended_at": "2026-11-20T08:00:00Z"}},
            {"status": "ended", "duration_seconds": 61},
        ),
    ],
    ids=lambda value: value if isinstance(value, str) and "/" in value else "",
)
async def test_what_real_clients_of_2_2_send_otherwise(
    method: str, path: str, query: dict[str, str], body: Any, answered: Any, sent: Any
) -> None:
    """They never were what 2.2 wants (422 there); in front of 2.1 they are understood."""
    upstream = FakeUpstream([answered])
    answer = await ask(
        gateway(upstream, upstream_is_2_2=False, modern="2.2"), method, path, urlencode(query), body
    )
    assert answer.status == 200
    (one,) = upstream.sent
    asked = to_upstream_error(one.method, one.target, one.body)
    assert (asked["query"], asked["body"]) == ({"user_id": "1"}, sent)


async def test_a_refused_confirmation_is_refused() -> None:
    upstream = FakeUpstream([DONE])
    with pytest.raises(GatewayError, match="Must confirm deletion"):
        await ask(
            gateway(upstream, upstream_is_2_2=False, modern="2.2"),
            "DELETE",
            "/api/chat/data",
            "confirm=false",
        )
    assert upstream.sent == []
