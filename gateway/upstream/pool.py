"""The kept connections to the upstream: the last used first, bounded in number, none kept for long."""

import asyncio
import ssl
from collections import deque
from typing import Final

from contracts.model.errors import GatewayError, Unavailable, UpstreamFailed, UpstreamTimedOut
from gateway.upstream.address import Address
from gateway.upstream.breaker import PAUSE_S, Breaker
from gateway.upstream.budget import Budget
from gateway.upstream.connection import Connection

CONNECT_S: Final = 5.0
#: Below the 5 s after which uvicorn closes idle connections, so that we rarely write into a closing one.
IDLE_S: Final = 4.0
#: How often time limits are looked at: one timer for all is far cheaper than one for each request.
_TICK_S: Final = 0.25


class UpstreamStats:
    """Plain counters that the metrics read."""

    def __init__(self) -> None:
        self.connects = 0
        self.reused = 0
        self.retries = 0
        self.errors: dict[str, int] = {}

    def count(self, kind: str) -> None:
        """Count one error by its kind (a fixed, small set of words)."""
        self.errors[kind] = self.errors.get(kind, 0) + 1


class Pool:
    """Connections to one address: at most ``size``; an answer may have ``answer_bytes``.

    ``tick_s`` is the precision of the time limits given to `Connection.ask`.
    """

    def __init__(
        self,
        address: Address,
        *,
        size: int,
        answer_bytes: int,
        tls: ssl.SSLContext | None,
        tick_s: float,
        budget: Budget | None = None,
    ) -> None:
        self._address = address
        self._answer_bytes = answer_bytes
        self.budget = budget or Budget()
        self._tls = tls
        self._tick_s = min(tick_s, _TICK_S)
        self._loop = asyncio.get_running_loop()
        self._idle: list[Connection] = []
        self._all: set[Connection] = set()
        self._room = size
        self._queue: deque[asyncio.Future[Connection | None]] = deque()
        self._ticker: asyncio.TimerHandle | None = None
        self._closed = False
        self.breaker = Breaker(self._loop.time)
        self.stats = UpstreamStats()

    def take(self, now: float) -> Connection | None:
        """A kept connection, if there is one; ``now`` is the loop's time."""
        while self._idle:
            connection = self._idle.pop()
            if connection.reader.reusable and now - connection.idle_since < IDLE_S:
                self.stats.reused += 1
                return connection
            connection.abort()
        return None

    async def acquire(self, deadline: float) -> Connection:
        """A new connection, or one that becomes free when there are enough. ``deadline`` in the loop's time.

        Raises `UpstreamFailed`, `UpstreamTimedOut`; `Unavailable` after `close`.
        """
        if self._closed:
            raise Unavailable()
        if self._room > 0:
            self._room -= 1
        elif (kept := await self._wait(deadline)) is not None:
            return kept
        try:
            return await self._connect(deadline)
        except BaseException:
            self._free_room()
            raise

    def give_back(self, connection: Connection) -> None:
        """The answer has been read. A connection that is of no further use makes room when it is closed."""
        if not connection.reader.reusable or self._closed:
            connection.abort()
            return
        while self._queue:
            place = self._queue.popleft()
            if not place.done():
                place.set_result(connection)
                return
        connection.idle_since = self._loop.time()
        self._idle.append(connection)

    async def reachable(self) -> bool:
        """Whether a connection can be had within a second; it is kept for the next request."""
        if self._room <= 0:
            return not self._closed  # all are at work
        now = self._loop.time()
        try:
            connection = self.take(now) or await self.acquire(now + 1.0)
        except GatewayError:
            return False
        self.give_back(connection)
        return True

    def drop_idle(self) -> None:
        """Close what is kept: the upstream has probably restarted."""
        for connection in self._idle:
            connection.abort()
        self._idle = []

    async def close(self) -> None:
        """Close every connection; requests in flight fail."""
        self._closed = True
        if self._ticker is not None:
            self._ticker.cancel()
        for connection in list(self._all):
            connection.abort()
        self._idle = []
        await asyncio.sleep(0)

    async def _wait(self, deadline: float) -> Connection | None:
        """A connection that became free, or None: then there is room for a new one, already counted."""
        place: asyncio.Future[Connection | None] = self._loop.create_future()
        self._queue.append(place)
        try:
            async with asyncio.timeout_at(deadline):
                return await place
        except BaseException as error:
            if place.done() and not place.cancelled():  # handed over in the very moment we gave up
                self._hand_on(place.result())
            if isinstance(error, TimeoutError):
                self.stats.count("queue")
                raise UpstreamTimedOut() from None
            raise

    def _hand_on(self, kept: Connection | None) -> None:
        if kept is None:
            self._free_room()
        else:
            self.give_back(kept)

    async def _connect(self, deadline: float) -> Connection:
        if self.breaker.refuses():
            self.stats.count("refused")
            raise UpstreamFailed(headers={"Retry-After": str(int(PAUSE_S))})
        address = self._address
        try:
            async with asyncio.timeout_at(min(deadline, self._loop.time() + CONNECT_S)):
                _, connection = await self._loop.create_connection(
                    lambda: Connection(self._answer_bytes, self._lost, self.budget),
                    address.host,
                    address.port,
                    ssl=self._tls,
                )
        except OSError as error:  # TimeoutError is one
            self.breaker.failed()
            self.stats.count("connect")
            raise UpstreamFailed() from error
        self.breaker.succeeded()
        self.stats.connects += 1
        self._all.add(connection)
        if self._ticker is None:
            self._ticker = self._loop.call_later(self._tick_s, self._tick)
        return connection

    def _lost(self, connection: Connection) -> None:
        if connection in self._all:
            self._all.remove(connection)
            self._free_room()
        if connection in self._idle:
            self._idle.remove(connection)

    def _free_room(self) -> None:
        while self._queue:
            place = self._queue.popleft()
            if not place.done():
                place.set_result(None)
                return
        self._room += 1

    def _tick(self) -> None:
        """End what has waited too long, for an answer or for work. The clock stands when nothing is connected."""
        now = self._loop.time()
        for connection in list(self._all):  # who waits is told at once, and may ask again
            if connection.expire(now):
                self.stats.count("timeout")
        for connection in [kept for kept in self._idle if now - kept.idle_since >= IDLE_S]:
            self._idle.remove(connection)
            connection.abort()
        self._ticker = self._loop.call_later(self._tick_s, self._tick) if self._all else None
