"""A side source costs its rows or fields, never the answer: every operation that asks more than once, in both tables.

Each example that needed several requests is played again with one of them failing, hanging or answering nonsense.
"""

import asyncio
import json
from typing import Any
from urllib.parse import urlencode

import pytest

from adapters import optional as module
from adapters.optional import optional
from contracts.model.errors import GatewayError, Unavailable
from contracts.model.http import JSON, Headers, Response
from tests.adapters.v2_2.test_exchanges import EXAMPLES, IDS_THAT_2_2_NEVER_SAYS
from tests.support import openapi
from tests.support.fakes import EXCHANGES, ask, exchanges
from tests.support.replay_v2_2 import gateway, to_upstream_error

#: By operation, what its answer can be given without: the last part of the path. Everything else decides or does it.
SIDES_2_2: dict[str, set[str]] = {
    "call_logs.create": {"11"},
    "calls.create": {"11"},
    "calls.list": {"conversations", "11"},
    "calls.update": {"calls", "11"},
    "contacts.list": {"conversations", "online-status", "settings"},
    "conversations.create": {"conversations"},
    "conversations.get": {"conversations", "online-status", "settings"},
    "conversations.list": {"online-status", "settings"},
    "conversations.update": {"conversations"},
    "data.delete": {"conversations"},
    "messages.list": {"read-status", "settings"},
    "participants.add": {"read-status"},
    "presence.bulk": {"settings", "check"},
    "presence.get": {"settings"},
    "read_status.get": {"settings", "conversations"},
    "settings.get": {"two-step"},
}
#: What is asked before something is done or shown, and refuses it when it cannot be known.
DECIDE_2_2 = {
    "call_logs.update",
    "calls.create",
    "conversations.create",
    "messages.send",
    "sessions.terminate_all",
    "sessions.terminate_others",
    "two_step.enable",
    "typing.get",
    "typing.set",
}
#: What an answer to something that was done promises, and cannot keep without its side source (docs/deployed-api.md).
LOSES_FIELDS = {"calls.update", "conversations.update"}
SIDES_LEGACY = {"conversations.list": {"contacts"}}
DECIDE_LEGACY = {"connections.end"}

NONSENSE = [
    b"null",
    b"[]",
    b"{}",
    b"<html>",
    b'{"conversations":[5],"call_logs":[5],"statuses":[5],"read_status":[5],"settings":5,"is_enabled":[]}',
    b'{"conversations":[{"id":[]}],"statuses":[{"user_id":{}}],"read_status":[{"user_id":[]}],"contacts":[{}]}',
]
FAILURES = ["fails", "hangs", *NONSENSE]

Request = dict[str, Any]


def _key(request: Request) -> str:
    return json.dumps(request, sort_keys=True)


class Upstream:
    """Answers what is recorded, of any example; but for one request, which fails in some way."""

    def __init__(self, recorded: list[Request], broken: Request | None, how: Any) -> None:
        self.recorded = {_key(one["request"]): one for one in reversed(recorded)}
        self.broken, self.how = broken, how
        self.hung = asyncio.Event()

    async def send(self, method: str, target: str, headers: Headers, body: bytes) -> Response:
        asked = to_upstream_error(method, target, body)
        if asked == self.broken:
            if self.how == "hangs":
                await self.hung.wait()
            return Response(500, JSON, b"{}") if self.how == "fails" else Response(200, JSON, self.how)
        one = self.recorded.get(_key(asked), {"status": 500, "response": {"detail": "nobody recorded this"}})
        return Response(one.get("status", 200), JSON, json.dumps(one["response"]).encode())


RECORDED_2_2 = [one for _, case in EXAMPLES for one in case["upstream"]]
SEVERAL_2_2 = [
    (name, case) for name, case in EXAMPLES if len(case["upstream"]) > 1 and case.get("status", 200) == 200
]


def _last(request: Request) -> str:
    return str(request["path"]).rpartition("/")[2]


def _is_side(name: str, request: Request) -> bool:
    reads = request["method"] == "GET" or _last(request) == "check"
    main = name == "calls.list" and _last(request) == "calls"
    return reads and not main and _last(request) in SIDES_2_2.get(name, ())


BROKEN_2_2 = [
    pytest.param(name, case, one["request"], id=f"{name}: {case['case']}: {one['request']['path']}")
    for name, case in SEVERAL_2_2
    for one in case["upstream"]
    if _is_side(name, one["request"])
]


def test_every_operation_that_asks_more_than_once_is_here() -> None:
    assert {name for name, _ in SEVERAL_2_2} == {*SIDES_2_2, *DECIDE_2_2}
    assert {name for name, _ in SEVERAL_LEGACY} == {*SIDES_LEGACY, *DECIDE_LEGACY}


async def _ask_2_2(case: dict[str, Any], upstream: Upstream) -> Any:
    asked = case["request"]
    where = asked["method"], asked["path"], urlencode(asked["query"])
    told = await ask(gateway(upstream), *where, asked["body"], by=case["by"], X_Chat_API="2.1")
    assert told.status == 200
    return json.loads(told.body)


@pytest.mark.parametrize("how", FAILURES, ids=str)
@pytest.mark.parametrize(("name", "case", "broken"), BROKEN_2_2)
async def test_in_front_of_2_2_the_answer_comes_and_keeps_its_promise(
    name: str, case: dict[str, Any], broken: Request, how: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "WAIT_S", 0.02 if how == "hangs" else 5.0)
    told = await _ask_2_2(case, Upstream(RECORDED_2_2, broken, how))
    if case["request"]["method"] == "GET":
        assert _size(told) == _size(case["response"])
    if name in LOSES_FIELDS:
        return
    for one in IDS_THAT_2_2_NEVER_SAYS.get(name, lambda _: ())(told):
        one["id"] = 1
    openapi.check(openapi.load(), name, 200, told)


def _size(told: Any) -> Any:
    """The rows of an answer. A side source may cost fields in them."""
    if isinstance(told, list):
        return [one.get("id", one.get("user_id")) for one in told]
    lists = {key: value for key, value in told.items() if isinstance(value, list) and key != "read_status"}
    return {key: len(value) for key, value in lists.items()}


@pytest.mark.parametrize("how", ["fails", b"null"], ids=str)
@pytest.mark.parametrize("name", sorted(DECIDE_2_2))
async def test_in_front_of_2_2_what_decides_refuses_when_it_cannot_be_known(name: str, how: Any) -> None:
    case = next(case for other, case in SEVERAL_2_2 if other == name)
    decides = [one["request"] for one in case["upstream"] if not _is_side(name, one["request"])]
    for broken in decides[:-1]:
        if how != "fails" and _last(broken) == "read-status":
            continue  # that it answers is all that is asked of it
        with pytest.raises(GatewayError):
            await _ask_2_2(case, Upstream(RECORDED_2_2, broken, how))


SEVERAL_LEGACY = [
    (file.stem, case)
    for file in sorted(EXCHANGES.glob("legacy/*.json"))
    for case in json.loads(file.read_text("utf-8"))["exchanges"]
    if isinstance(case["modern_request"], list) and len(case["modern_request"]) > 1
]


@pytest.mark.parametrize("how", FAILURES, ids=str)
@pytest.mark.parametrize(
    "case", [case for name, case in SEVERAL_LEGACY if name in SIDES_LEGACY], ids=lambda c: c["case"]
)
async def test_an_old_client_gets_its_list(
    case: dict[str, Any], how: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "WAIT_S", 0.02 if how == "hangs" else 5.0)
    pairs = zip(case["modern_request"], case["modern_response"], strict=True)
    recorded = [{"request": one, "response": answer} for one, answer in pairs]
    contacts = next(one for one in case["modern_request"] if _last(one) == "contacts")
    upstream: Any = Upstream(recorded, contacts, how)
    asked = case["legacy_request"]
    query = urlencode(asked["query"])
    told = await ask(exchanges(upstream), asked["method"], asked["path"], query, by=case["by"])
    listed = json.loads(told.body)["conversations"]
    assert [one for one in listed if isinstance(one["id"], int)] == [
        one for one in case["legacy_response"]["conversations"] if isinstance(one["id"], int)
    ]


async def test_relations_that_hang_cost_their_rows(monkeypatch: pytest.MonkeyPatch) -> None:
    class Reads:
        async def read(self, name: str, **who: Any) -> list[dict[str, Any]]:
            await asyncio.Event().wait()
            return []

    monkeypatch.setattr(module, "WAIT_S", 0.02)
    case = next(case for name, case in SEVERAL_LEGACY if name == "conversations.list")
    pairs = zip(case["modern_request"], case["modern_response"], strict=True)
    recorded = [{"request": one, "response": answer} for one, answer in pairs]
    upstream: Any = Upstream(recorded, None, "")
    asked = case["legacy_request"]
    core = exchanges(upstream, reads=Reads())
    told = await ask(core, asked["method"], asked["path"], urlencode(asked["query"]), by=case["by"])
    assert json.loads(told.body) == case["legacy_response"]


async def test_a_part_of_a_side_source_gets_a_part_of_the_time(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "WAIT_S", 30.0)
    assert await optional(asyncio.Event().wait, share=0.0) is None


@pytest.mark.parametrize("error", [Unavailable(), TimeoutError(), KeyError("x"), ValueError()])
async def test_what_a_side_source_raises(error: Exception) -> None:
    async def asking() -> int:
        raise error

    assert await optional(asking) is None


async def test_one_that_ends_before_it_begins_has_made_nothing() -> None:
    made: list[int] = []

    async def asking() -> None:
        made.append(1)

    task = asyncio.create_task(optional(asking))
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert made == []


async def test_our_own_end_is_no_failure() -> None:
    async def asking() -> None:
        raise asyncio.CancelledError

    with pytest.raises(asyncio.CancelledError):
        await optional(asking)
