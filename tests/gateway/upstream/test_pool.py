"""What only the pool knows: idle connections, the clock, room. The rest is seen through `Upstream`."""

import asyncio

import pytest

from contracts.model.errors import Unavailable, UpstreamTimedOut
from gateway.upstream import pool as upstream_pool
from gateway.upstream.address import parse_url
from gateway.upstream.pool import Pool
from tests.support.gateway import RawUpstream, raw_upstream


def pool(raw: RawUpstream, size: int = 2) -> Pool:
    return Pool(parse_url(raw.url), size=size, answer_bytes=1000, tls=None, tick_s=0.02)


def soon(seconds: float = 5) -> float:
    return asyncio.get_running_loop().time() + seconds


async def test_a_connection_that_was_idle_too_long_is_not_used(monkeypatch: pytest.MonkeyPatch) -> None:
    async with raw_upstream() as raw:
        made = pool(raw)
        connection = await made.acquire(soon())
        made.give_back(connection)
        assert made.take(soon(upstream_pool.IDLE_S + 1)) is None
        assert not connection.usable
        await made.close()


async def test_the_clock_closes_what_is_idle(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(upstream_pool, "IDLE_S", 0.1)
    async with raw_upstream() as raw:
        made = pool(raw)
        made.give_back(await made.acquire(soon()))
        await asyncio.wait_for(raw.closed.wait(), 30)
        await made.close()


async def test_the_last_used_connection_comes_first() -> None:
    async with raw_upstream() as raw:
        made = pool(raw)
        first, second = [await made.acquire(soon()) for _ in range(2)]
        made.give_back(first)
        made.give_back(second)
        assert made.take(soon(0)) is second
        await made.close()


async def test_who_waits_gets_the_next_connection_that_is_given_back() -> None:
    async with raw_upstream() as raw:
        made = pool(raw, size=1)
        only = await made.acquire(soon())
        waiting = asyncio.create_task(made.acquire(soon()))
        await asyncio.sleep(0)
        made.give_back(only)
        assert await waiting is only
        await made.close()


async def test_who_waits_gets_the_room_of_a_connection_that_is_lost() -> None:
    async with raw_upstream() as raw:
        made = pool(raw, size=1)
        only = await made.acquire(soon())
        waiting = asyncio.create_task(made.acquire(soon()))
        await asyncio.sleep(0)
        only.abort()
        assert await waiting is not only
        assert raw.connections == 2
        await made.close()


async def test_waiting_for_room_ends_at_the_deadline() -> None:
    async with raw_upstream() as raw:
        made = pool(raw, size=1)
        await made.acquire(soon())
        with pytest.raises(UpstreamTimedOut):
            await made.acquire(soon(0.05))
        assert await made.reachable()  # busy is not away
        await made.close()


async def test_a_closed_pool_gives_nothing() -> None:
    async with raw_upstream() as raw:
        made = pool(raw)
        await made.close()
        with pytest.raises(Unavailable):
            await made.acquire(soon())
        assert not await made.reachable()
