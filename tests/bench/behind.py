"""What one request to the upstream costs the one who asks: our connections, and aiohttp's client."""

import asyncio
import time
from collections.abc import Awaitable, Callable

import aiohttp

from gateway.upstream.address import parse_url
from gateway.upstream.client import Upstream

_AT_ONCE, _TURNS, _ROUNDS = 32, 40, 10
_TARGET = "/api/chat/conversations/11/typing?user_id=2"
_FIELDS = [
    ("Authorization", "Bearer " + "x" * 150),
    ("Accept-Language", "en-GB,en;q=0.5"),
    ("User-Agent", "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0"),
    ("Origin", "https://chat.example.test"),
    ("X-Request-Id", "abc-1"),
    ("X-Forwarded-For", "127.0.0.1"),
]


async def measure(url: str) -> tuple[float, float]:
    """Least microseconds of processor time for each: `Upstream.send`, and a ClientSession's request."""
    upstream = Upstream(parse_url(url), timeout_s=30)
    session = aiohttp.ClientSession(auto_decompress=False)

    async def ours() -> None:
        await upstream.send("GET", _TARGET, _FIELDS, b"")

    async def theirs() -> None:
        async with session.get(url + _TARGET, headers=_FIELDS) as answer:
            await answer.read()

    try:
        return await _least(ours), await _least(theirs)
    finally:
        await upstream.close()
        await session.close()


async def _least(ask: Callable[[], Awaitable[None]]) -> float:
    async def turns() -> None:
        for _ in range(_TURNS):
            await ask()

    found = []
    for _ in range(_ROUNDS):
        started = time.process_time()
        await asyncio.gather(*(turns() for _ in range(_AT_ONCE)))
        found.append((time.process_time() - started) / (_AT_ONCE * _TURNS))
    return min(found) * 1e6
