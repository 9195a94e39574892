"""The rest of a body of known length, from the upstream's socket to the client's without a stop in between.

A stream reader and a coroutine that takes its pieces cost more than the sockets do. Here every read of the upstream's
socket is a write to the client's, and the coroutine wakes only when one of the two has to wait, or at the end.
"""

import asyncio
from typing import Final

import aiohttp
from aiohttp.base_protocol import BaseProtocol

from gateway.http.answer import drain

#: What the client's transport may hold before the upstream is no longer read. One more read may come on top of it.
HELD_BYTES: Final = 64 * 1024


class Splice:
    """``left`` bytes are still to come; ``fresh_s`` bounds the seconds between two reads."""

    __slots__ = ("_client", "_fresh_s", "_loop", "_lost", "_moved_at", "_upstream", "_waiter", "left")

    def __init__(self, upstream: BaseProtocol, client: BaseProtocol, left: int, fresh_s: float) -> None:
        self._upstream = upstream
        self._client = client
        self._fresh_s = fresh_s
        self._loop = asyncio.get_running_loop()
        self._lost = False
        self._moved_at = self._loop.time()
        self._waiter: asyncio.Future[None] | None = None
        self.left = left

    def feed(self, data: bytes) -> bytes:
        """Hand these bytes over. What is behind the body's end is given back."""
        mine, behind = (data, b"") if len(data) <= self.left else (data[: self.left], data[self.left :])
        self.left -= len(mine)
        self._moved_at = self._loop.time()
        client, upstream = self._client, self._upstream.transport
        if client.transport is not None:
            client.transport.write(mine)
        if client.writing_paused and upstream is not None:
            upstream.pause_reading()
        if self._must_wake:
            self._wake()
        return behind

    def lose(self) -> None:
        """The upstream is gone."""
        self._lost = True
        self._wake()

    async def run(self, idle_s: float) -> None:
        """Until the body is complete. A client that takes nothing for ``idle_s`` is cut.

        Raises `aiohttp.ClientPayloadError` and TimeoutError for an upstream that breaks off or stops, and
        ConnectionError for a client that is gone.
        """
        while self.left:
            await self._turn()
            if self._lost and self.left:
                raise aiohttp.ClientPayloadError("the upstream broke off")
            await drain(self._client, idle_s)
            if self._client.transport is None:
                raise ConnectionResetError("the client has left")
            upstream = self._upstream.transport
            if self.left and upstream is not None:
                self._moved_at = self._loop.time()
                upstream.resume_reading()

    @property
    def _must_wake(self) -> bool:
        return not self.left or self._lost or self._client.writing_paused or self._client.transport is None

    def _wake(self) -> None:
        if self._waiter is not None and not self._waiter.done():
            self._waiter.set_result(None)

    async def _turn(self) -> None:
        """Wait until there is something to do. The clock is looked at when it could be over, not with each read."""
        if self._must_wake:
            return
        self._waiter = self._loop.create_future()
        while not self._waiter.done():
            rest_s = self._moved_at + self._fresh_s - self._loop.time()
            if rest_s <= 0:
                raise TimeoutError
            await asyncio.wait([self._waiter], timeout=rest_s)
