"""A request of which the answer is told by a call: the same answers and errors as for a coroutine that waits."""

import asyncio
import gzip
from collections.abc import AsyncIterator, Callable
from typing import Any

import pytest

from contracts.model.errors import GatewayError, UpstreamFailed, UpstreamTimedOut
from contracts.model.http import Response
from gateway.upstream.address import parse_url
from gateway.upstream.asked import Asked
from gateway.upstream.client import Upstream
from tests.support.gateway import RawUpstream, hang_up, raw_upstream

OK = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"
PACKED = gzip.compress(b"ok" * 1000, mtime=0)
CODED = b"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: %d\r\n\r\n%b" % (len(PACKED), PACKED)
MESSAGE = b"GET / HTTP/1.1\r\nHost: a\r\n\r\n"


async def never(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    await reader.read()


async def begun(upstream: Upstream, told: Callable[[], None] = lambda: None) -> Asked:
    """Asked on a connection that was kept."""
    await upstream.deliver("GET", MESSAGE)
    asked = upstream.ask(MESSAGE, told)
    assert asked is not None
    return asked


async def result_of(asked: Asked) -> Any:
    try:
        return await asyncio.wait_for(asked.result(), 30)
    except GatewayError as error:
        return type(error)


@pytest.fixture
async def made() -> AsyncIterator[Callable[[RawUpstream], Upstream]]:
    all_: list[Upstream] = []

    def make(raw: RawUpstream) -> Upstream:
        all_.append(Upstream(parse_url(raw.url), timeout_s=0.3))
        return all_[-1]

    yield make
    for upstream in all_:
        await upstream.close()


@pytest.mark.parametrize(
    ("second", "expected", "connections"),
    [
        (OK, b"ok", 1),
        (CODED, b"ok" * 1000, 1),
        pytest.param(hang_up, b"third", 2),  # a kept connection that was closed: asked again, as it may be
        (b"nonsense\r\n\r\n", UpstreamFailed, 1),
        (never, UpstreamTimedOut, 1),
    ],
    ids=["plain", "coded", "closed", "malformed", "silent"],
)
async def test_it_ends_as_for_a_coroutine(made: Any, second: Any, expected: object, connections: int) -> None:
    third = OK.replace(b"2\r\n\r\nok", b"5\r\n\r\nthird")
    async with raw_upstream(OK, second, third) as raw:
        upstream, told = made(raw), asyncio.Event()
        asked = await begun(upstream, told.set)
        await asyncio.wait_for(told.wait(), 30)
        at_once = asked.response
        found = await result_of(asked)
        assert (found.body if isinstance(found, Response) else found) == expected
        assert (at_once is found) is (second is OK)
        assert raw.connections == connections


async def test_without_a_connection_at_hand_nothing_is_asked(made: Any) -> None:
    async with raw_upstream(OK) as raw:
        assert made(raw).ask(MESSAGE, lambda: None) is None
        assert raw.asked == []


async def test_the_connection_is_kept_without_its_answer(made: Any) -> None:
    async with raw_upstream(OK) as raw:
        upstream = made(raw)
        assert (await (await begun(upstream)).result()).body == b"ok"
        [kept] = upstream.pool._idle
        assert kept.reader.body == b""


@pytest.mark.parametrize("by", ["cancel", "whoever waits"])
async def test_what_nobody_wants_is_given_up_with_its_connection(made: Any, by: str) -> None:
    async with raw_upstream(OK, never) as raw:
        told: list[None] = []
        asked = await begun(made(raw), lambda: told.append(None))
        if by == "cancel":
            asked.cancel()
        else:
            waiting = asyncio.ensure_future(asked.result())
            await asyncio.sleep(0)
            waiting.cancel()
            await asyncio.wait([waiting], timeout=30)
        assert not asked.connection.usable
        assert told == []
