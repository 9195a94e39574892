"""When the same is asked again: what is told, and when; with what answers is in `test_replay` and `test_prepared`."""

import asyncio
from collections.abc import Callable
from typing import Any, NamedTuple, cast

import pytest

from contracts.model.http import JSON, Response
from gateway.exchange.prepared import Again
from gateway.exchange.repeated import Repeated
from gateway.exchange.sources import Knowledge, Question

A, B = (Question("GET", target) for target in ("/a", "/b"))
ANSWER, RESPONSE = Response(200, JSON, b"{}"), Response(200, JSON, b"[]")
KNOWLEDGE = cast(Knowledge, None)


class OneAsked:
    def __init__(self, told: Callable[[], None]) -> None:
        self.response: Response | None = None
        self.told, self.cancelled = told, False

    def cancel(self) -> None:
        self.cancelled = True


class Way:
    def __init__(self) -> None:
        self.messages = {A: b"a", B: b"b"}
        self.given: Any = None

    def again(self, answers: Any, knowledge: Knowledge) -> Response | None:
        self.given = answers
        return RESPONSE


class Upstream:
    def __init__(self, free: int = 2) -> None:
        self.asked: list[OneAsked] = []
        self.messages: list[bytes] = []
        self.free = free

    def ask(self, message: bytes, told: Callable[[], None]) -> OneAsked | None:
        if len(self.asked) == self.free:
            return None
        self.messages.append(message)
        self.asked.append(OneAsked(told))
        return self.asked[-1]


class Backend(NamedTuple):
    upstream: Upstream


class Asking(NamedTuple):
    way: Way
    backend: Backend


def started(upstream: Upstream) -> tuple[Repeated, list[Response | None], Way]:
    ended: list[Response | None] = []
    way = Way()
    repeated = Repeated(cast(Again, Asking(way, Backend(upstream))), KNOWLEDGE, ended.append)
    repeated.start("id-1")
    return repeated, ended, way


async def test_the_last_answer_ends_it() -> None:
    upstream = Upstream()
    _, ended, way = started(upstream)
    assert upstream.messages == [b"aX-Request-Id: id-1\r\n\r\n", b"bX-Request-Id: id-1\r\n\r\n"]
    for number in (1, 0):
        assert ended == []
        upstream.asked[number].response = ANSWER._replace(body=b"%d" % number)
        upstream.asked[number].told()
    assert ended == [RESPONSE]
    assert {question: answer.body for question, answer in way.given.items()} == {A: b"0", B: b"1"}


async def test_an_error_is_for_somebody_else() -> None:
    upstream = Upstream()
    repeated, ended, _ = started(upstream)
    upstream.asked[0].told()
    upstream.asked[1].response = ANSWER
    upstream.asked[1].told()
    assert ended == [None]
    assert list(repeated.early) == [A, B]


async def test_so_is_what_found_no_connection() -> None:
    repeated, ended, _ = started(Upstream(free=1))
    assert (ended, list(repeated.early)) == ([None], [A])


async def test_so_is_what_takes_long(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("gateway.exchange.repeated.ALL_WITHIN_S", 0.001)
    late = asyncio.Event()
    upstream, ended = Upstream(), []

    def end(response: Response | None) -> None:
        ended.append(response)
        late.set()

    Repeated(cast(Again, Asking(Way(), Backend(upstream))), KNOWLEDGE, end).start("id")
    await asyncio.wait_for(late.wait(), 30)
    for asked in upstream.asked:  # it comes, but for whoever has taken over
        asked.told()
    assert ended == [None]


async def test_what_nobody_wants_is_ended() -> None:
    upstream = Upstream()
    repeated, ended, _ = started(upstream)
    repeated.cancel()
    assert all(asked.cancelled for asked in upstream.asked)
    assert ended == []


async def test_a_fault_of_ours_leaves_nobody_waiting(monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(self: Way, answers: Any, knowledge: Knowledge) -> Response | None:
        raise KeyError("a fault")

    monkeypatch.setattr(Way, "again", fail)
    upstream = Upstream()
    _, ended, _ = started(upstream)
    for asked in upstream.asked:
        asked.response = ANSWER
        asked.told()
    assert ended == [None]
