"""The chat operations' way to the backend: a few kept connections, small complete messages, no streams.

Lean on purpose: aiohttp's ClientSession costs more than all else that the gateway does for a small request.
"""

import asyncio
import ssl
from collections import deque
from typing import Final, NamedTuple
from urllib.parse import urlsplit

from contracts.errors import GatewayError, InvalidRequest, Unavailable, UpstreamFailed, UpstreamTimedOut
from contracts.http import Headers, Response
from gateway.breaker import PAUSE_S, Breaker
from gateway.headers import BadField, for_client, lines
from gateway.upstream_connection import Closed, Connection
from gateway.upstream_reader import BadAnswer, Reader
from gateway.waited import add_wait

CONNECT_S: Final = 5.0
#: Below the 5 s after which uvicorn closes idle connections, so that we rarely write into a closing one.
IDLE_S: Final = 4.0
CONNECTIONS: Final = 128
ANSWER_BYTES: Final = 32 * 1024 * 1024
#: Asked twice, the result is the same. DELETE is not here: its second answer would be 404.
_REPEATABLE: Final = frozenset({"GET", "HEAD", "OPTIONS", "PUT"})
_WITHOUT_BODY: Final = frozenset({"GET", "HEAD", "OPTIONS"})


class Address(NamedTuple):
    """Where the upstream is. ``prefix`` is the path of its URL without the last slash."""

    host: str
    port: int
    tls: bool
    prefix: str

    @property
    def authority(self) -> str:
        """What stands in `Host`."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return host if self.port == (443 if self.tls else 80) else f"{host}:{self.port}"


def parse_url(url: str) -> Address:
    """``http://host:port/prefix`` as an `Address`; ValueError for anything else."""
    parts = urlsplit(url)
    if parts.scheme not in {"http", "https"} or not parts.hostname or parts.query or parts.fragment:
        raise ValueError(f"not an http(s) address: {url}")
    tls = parts.scheme == "https"
    return Address(parts.hostname, parts.port or (443 if tls else 80), tls, parts.path.rstrip("/"))


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


class Upstream:
    """Sends requests to one address over at most ``connections`` connections, the last used first.

    ``timeout_s`` bounds everything between the call of `send` and its answer: queueing, connecting, waiting.
    """

    def __init__(
        self,
        address: Address,
        *,
        timeout_s: float,
        connections: int = CONNECTIONS,
        answer_bytes: int = ANSWER_BYTES,
        tls: ssl.SSLContext | None = None,
    ) -> None:
        self._address = address
        self._timeout_s = timeout_s
        self._answer_bytes = answer_bytes
        self._tls = (tls or ssl.create_default_context()) if address.tls else None
        self._loop = asyncio.get_running_loop()
        self._idle: list[Connection] = []
        self._all: set[Connection] = set()
        self._room = connections
        self._queue: deque[asyncio.Future[Connection | None]] = deque()
        self._sweeper: asyncio.TimerHandle | None = None
        self._closed = False
        self.breaker = Breaker(self._loop.time)
        self.stats = UpstreamStats()

    async def send(self, method: str, target: str, headers: Headers, body: bytes) -> Response:
        """Ask the upstream and read its whole answer.

        ``headers`` come without framing fields, which are written here. Raises `UpstreamFailed` (connection
        or protocol), `UpstreamTimedOut`. Repeats once, and only when a kept connection turned out to be closed:
        before anything was written, or before any byte of an answer and the method may be repeated.
        """
        try:
            message = self._encode(method, target, headers, body)
        except BadField as error:
            raise InvalidRequest(str(error)) from None
        started = self._loop.time()
        try:
            return await self._send(message, method, started + self._timeout_s)
        except (BadAnswer, Closed) as error:
            self.stats.count("protocol" if isinstance(error, BadAnswer) else "closed")
            raise UpstreamFailed() from error
        finally:
            add_wait(self._loop.time() - started)

    async def _send(self, message: bytes, method: str, deadline: float) -> Response:
        connection = self._take() or await self._acquire(deadline)
        was_kept = connection.asked > 0
        try:
            return await self._exchange(connection, message, method, deadline)
        except Closed as error:
            if not was_kept or error.answered or (error.sent and method not in _REPEATABLE):
                raise
        self.stats.retries += 1
        self._drop_idle()  # the others were kept as long: the upstream has probably restarted
        return await self._exchange(await self._acquire(deadline), message, method, deadline)

    async def _exchange(
        self, connection: Connection, message: bytes, method: str, deadline: float
    ) -> Response:
        waiter = connection.ask(message, to_head=method == "HEAD")
        timer = self._loop.call_at(deadline, self._expire, waiter)
        try:
            reader = await waiter
        except BaseException:
            connection.abort()  # an error, the time limit, or a client that left: never reused
            raise
        finally:
            timer.cancel()
        response = _response(reader)
        self._give_back(connection)
        return response

    def _expire(self, waiter: "asyncio.Future[Reader]") -> None:
        if not waiter.done():
            self.stats.count("timeout")
            waiter.set_exception(UpstreamTimedOut())

    def _encode(self, method: str, target: str, headers: Headers, body: bytes) -> bytes:
        text = lines(headers)
        if body or method not in _WITHOUT_BODY:
            text += f"Content-Length: {len(body)}\r\n"
        address = self._address
        head = f"{method} {address.prefix}{target} HTTP/1.1\r\nHost: {address.authority}\r\n{text}\r\n"
        return head.encode("utf-8", "surrogateescape") + body

    async def reachable(self) -> bool:
        """Whether a connection can be had within a second; it is kept for the next request."""
        try:
            connection = self._take() or await self._acquire(self._loop.time() + 1.0)
        except GatewayError:
            return False
        self._give_back(connection)
        return True

    # The pool.

    def _take(self) -> Connection | None:
        oldest = self._loop.time() - IDLE_S
        while self._idle:
            connection = self._idle.pop()
            if connection.usable and connection.idle_since > oldest:
                self.stats.reused += 1
                return connection
            connection.abort()
        return None

    async def _acquire(self, deadline: float) -> Connection:
        if self._closed:
            raise Unavailable()
        if self._room <= 0:
            kept = await self._wait_for_room(deadline)
            if kept is not None:
                return kept
        else:
            self._room -= 1
        try:
            return await self._connect(deadline)
        except BaseException:
            self._free_room()
            raise

    async def _wait_for_room(self, deadline: float) -> Connection | None:
        """A connection that became free, or None: then there is room for a new one, already counted."""
        place: asyncio.Future[Connection | None] = self._loop.create_future()
        self._queue.append(place)
        try:
            async with asyncio.timeout_at(deadline):
                return await place
        except BaseException as error:
            if place.done() and not place.cancelled():  # handed over in the very moment we gave up
                kept = place.result()
                if kept is None:
                    self._free_room()
                else:
                    self._give_back(kept)
            if isinstance(error, TimeoutError):
                self.stats.count("queue")
                raise UpstreamTimedOut() from None
            raise

    async def _connect(self, deadline: float) -> Connection:
        if self.breaker.refuses():
            self.stats.count("refused")
            raise UpstreamFailed(headers={"Retry-After": str(int(PAUSE_S))})
        address = self._address
        try:
            async with asyncio.timeout_at(min(deadline, self._loop.time() + CONNECT_S)):
                _, connection = await self._loop.create_connection(
                    lambda: Connection(self._answer_bytes, self._lost),
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
        return connection

    def _give_back(self, connection: Connection) -> None:
        if not connection.usable or self._closed:
            return  # closing: `_lost` makes the room free
        while self._queue:
            place = self._queue.popleft()
            if not place.done():
                place.set_result(connection)
                return
        connection.idle_since = self._loop.time()
        self._idle.append(connection)
        if self._sweeper is None:
            self._sweeper = self._loop.call_later(IDLE_S, self._sweep)

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

    def _sweep(self) -> None:
        self._sweeper = None
        oldest = self._loop.time() - IDLE_S
        kept = [connection for connection in self._idle if connection.idle_since > oldest]
        for connection in self._idle:
            if connection.idle_since <= oldest:
                connection.abort()
        self._idle = kept
        if kept:
            self._sweeper = self._loop.call_later(IDLE_S, self._sweep)

    def _drop_idle(self) -> None:
        for connection in self._idle:
            connection.abort()
        self._idle = []

    async def close(self) -> None:
        """Close every connection; requests in flight fail."""
        self._closed = True
        if self._sweeper is not None:
            self._sweeper.cancel()
        for connection in list(self._all):
            connection.abort()
        self._idle = []
        await asyncio.sleep(0)


def _response(reader: Reader) -> Response:
    for name, value in reader.headers:
        if name.lower() == b"content-encoding" and value.lower() != b"identity":
            raise BadAnswer("a content coding that was not asked for")
    headers = [
        (name.decode("ascii"), value.decode("utf-8", "surrogateescape"))
        for name, value in for_client(reader.headers)
    ]
    return Response(reader.status, headers, reader.body)
