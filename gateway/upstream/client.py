"""The chat operations' way to the backend: a few kept connections, small complete messages, no streams.

Lean on purpose: aiohttp's ClientSession costs more than all else that the gateway does for a small request.
"""

import asyncio
import ssl
from collections.abc import Iterator
from typing import Final

from contracts.model.errors import (
    AnswerTooLarge,
    GatewayError,
    InvalidRequest,
    OutcomeNotInTime,
    OutcomeUnknown,
    Unavailable,
    UpstreamFailed,
    UpstreamTimedOut,
    Written,
)
from contracts.model.http import Headers, Response
from contracts.model.task import enter_task
from gateway.fields.headers import BadField, for_client, lines
from gateway.fields.memo import Memo
from gateway.upstream.address import Address
from gateway.upstream.budget import BUDGET_BYTES, Budget
from gateway.upstream.connection import Closed, Connection
from gateway.upstream.decoding import decoded
from gateway.upstream.pool import Pool
from gateway.upstream.reader import BadAnswer, OverLimit, Reader, TooMuch

CONNECTIONS: Final = 128
#: An answer that is larger could never be held.
ANSWER_BYTES: Final = BUDGET_BYTES
#: Asked twice, the result is the same. DELETE is not here: its second answer would be 404.
_REPEATABLE: Final = frozenset({"GET", "HEAD", "OPTIONS", "PUT"})
_READING: Final = frozenset({"GET", "HEAD", "OPTIONS"})
#: An answer is read here: nothing is won by packing it.
_PLAIN: Final = "Accept-Encoding: identity\r\n"


class Upstream:
    """Sends requests to one address over at most ``connections`` connections.

    ``timeout_s`` bounds everything between the call of `send` and its answer: queueing, connecting, waiting.
    ``tls`` replaces the system's trust for an https address; ``budget`` makes room for large answers.
    """

    def __init__(
        self,
        address: Address,
        *,
        timeout_s: float,
        connections: int = CONNECTIONS,
        answer_bytes: int = ANSWER_BYTES,
        tls: ssl.SSLContext | None = None,
        budget: Budget | None = None,
    ) -> None:
        self._address = address
        self._timeout_s = timeout_s
        self._answer_bytes = answer_bytes
        self._loop = asyncio.get_running_loop()
        context = (tls or ssl.create_default_context()) if address.tls else None
        self._pool = Pool(
            address,
            size=connections,
            answer_bytes=answer_bytes,
            tls=context,
            tick_s=timeout_s / 4,
            budget=budget,
        )
        self.budget = self._pool.budget
        self.breaker = self._pool.breaker
        self.stats = self._pool.stats

    async def send(self, method: str, target: str, headers: Headers, body: bytes) -> Response:
        """Ask the upstream and read its whole answer.

        ``headers`` come without framing fields, which are written here. Raises `UpstreamFailed` (connection
        or protocol), `AnswerTooLarge`, `UpstreamTimedOut`; for a request that may have changed something before
        that, one of `OutcomeUnknown`, `OutcomeNotInTime` and, when a successful status was read, `Written`. Repeats
        once, and only when a kept connection turned out to be closed: before anything was written, or before any
        byte of an answer and the method may be repeated.
        """
        return await self.deliver(method, self.message(method, target, headers, body))

    def message(self, method: str, target: str, headers: Headers, body: bytes) -> bytes:
        """A request as it is written. Raises `InvalidRequest` for a field that would end its own line."""
        framing = f"Content-Length: {len(body)}\r\n" if body or method not in _READING else ""
        return self.start(method, target, headers) + framing.encode() + b"\r\n" + body

    def start(self, method: str, target: str, headers: Headers) -> bytes:
        """The same up to the last of these fields: more of them may follow."""
        address = self._address
        try:
            text = lines(headers)
        except BadField as error:
            raise InvalidRequest(str(error)) from None
        start = f"{method} {address.prefix}{target} HTTP/1.1\r\nHost: {address.authority}\r\n{_PLAIN}"
        head = start + text
        return head.encode("utf-8", "surrogateescape")

    async def deliver(self, method: str, message: bytes) -> Response:
        """Ask with a request that is written already. Raises as `send`."""
        started = self._loop.time()
        deadline = started + self._timeout_s
        try:
            connection = self._pool.take(started)
            if connection is None:
                await enter_task()
                connection = await self._pool.acquire(deadline)
            return await self._ask(connection, message, method, deadline)
        except (BadAnswer, Closed) as error:
            self.stats.count("protocol" if isinstance(error, BadAnswer) else "closed")
            raise _failure(method, error) from error

    async def _ask(self, connection: Connection, message: bytes, method: str, deadline: float) -> Response:
        if not connection.asked:
            return await self._exchange(connection, message, method, deadline)
        try:
            return await self._exchange(connection, message, method, deadline)
        except Closed as error:
            if error.answered or (error.sent and method not in _REPEATABLE):
                raise
        return await self._repeat(message, method, deadline)

    async def _exchange(
        self, connection: Connection, message: bytes, method: str, deadline: float
    ) -> Response:
        try:
            reader = await connection.ask(message, to_head=method == "HEAD", deadline=deadline)
            response = _response(reader, self._address)
            coding = _coding(reader)
            if coding:
                await enter_task()
                body = await decoded(response.body, coding, self._answer_bytes)
                reader.make_room(len(body))
                response = response._replace(body=body)
            reader.forget()
        except BadAnswer as error:
            error.status = connection.reader.status
            connection.abort()
            raise
        except UpstreamTimedOut:
            connection.abort()
            raise (UpstreamTimedOut if method in _READING else OutcomeNotInTime)() from None
        except BaseException:
            connection.abort()  # an error, the time limit, or a client that left: never reused
            raise
        self._pool.give_back(connection)
        return response

    async def _repeat(self, message: bytes, method: str, deadline: float) -> Response:
        await enter_task()
        self.stats.retries += 1
        self._pool.drop_idle()  # the others were kept as long
        return await self._exchange(await self._pool.acquire(deadline), message, method, deadline)

    async def reachable(self) -> bool:
        """Whether a connection can be had within a second; it is kept for the next request."""
        return await self._pool.reachable()

    async def close(self) -> None:
        """Close every connection; requests in flight fail."""
        await self._pool.close()


def _failure(method: str, error: BadAnswer | Closed) -> GatewayError:
    """What the client reads: whether something may have been changed."""
    if method in _READING and isinstance(error, TooMuch):
        return Unavailable("Too much is being answered at once, please retry")
    if method in _READING and isinstance(error, OverLimit):
        return AnswerTooLarge()
    if method in _READING or (isinstance(error, Closed) and not error.sent):
        return UpstreamFailed()
    done = isinstance(error, BadAnswer) and 200 <= error.status < 300
    return Written() if done else OutcomeUnknown()


def _response(reader: Reader, address: Address) -> Response:
    key = address, tuple(reader.headers)
    headers = _FIELDS.get(key)
    if headers is None:
        headers = tuple(_fields(reader, address))
        _FIELDS.put(key, headers)
    return Response(reader.status, headers, reader.body)


def _fields(reader: Reader, address: Address) -> Iterator[tuple[str, str]]:
    for raw_name, raw_value in for_client(reader.headers):
        name, value = raw_name.decode("ascii"), raw_value.decode("utf-8", "surrogateescape")
        if name.lower() != "content-encoding":
            yield name, address.relocated(name.lower(), value)


#: Answers of one second have the same fields.
_FIELDS: Final[Memo[tuple[Address, tuple[tuple[bytes, bytes], ...]], tuple[tuple[str, str], ...]]] = Memo(256)


def _coding(reader: Reader) -> str:
    """The content codings of a body, in the order in which they were applied; empty where there is nothing to undo."""
    values = [value for name, value in reader.headers if name.lower() == b"content-encoding"]
    return b",".join(values).decode("latin-1") if reader.body else ""
