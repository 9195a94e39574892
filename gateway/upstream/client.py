"""The chat operations' way to the backend: a few kept connections, small complete messages, no streams.

Lean on purpose: aiohttp's ClientSession costs more than all else that the gateway does for a small request.
"""

import asyncio
import ssl
from collections.abc import Awaitable, Callable
from typing import Final

from contracts.model.errors import InvalidRequest, OutcomeNotInTime, UpstreamTimedOut
from contracts.model.http import Headers, Response
from contracts.model.task import enter_task
from gateway.fields.headers import BadField, lines
from gateway.taskless.reply import Reply
from gateway.upstream.address import Address
from gateway.upstream.asked import READING, Asked, coding_of, failure_of, response_of
from gateway.upstream.budget import BUDGET_BYTES, Budget
from gateway.upstream.connection import Closed, Connection
from gateway.upstream.decoding import decoded
from gateway.upstream.pool import Pool
from gateway.upstream.reader import BadAnswer, Reader

CONNECTIONS: Final = 128
#: An answer that is larger could never be held.
ANSWER_BYTES: Final = BUDGET_BYTES
#: Asked twice, the result is the same. DELETE is not here: its second answer would be 404.
_REPEATABLE: Final = frozenset({"GET", "HEAD", "OPTIONS", "PUT"})
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
        self.address = address
        self._timeout_s = timeout_s
        self._answer_bytes = answer_bytes
        self._loop = asyncio.get_running_loop()
        context = (tls or ssl.create_default_context()) if address.tls else None
        self.pool = Pool(
            address,
            size=connections,
            answer_bytes=answer_bytes,
            tls=context,
            tick_s=timeout_s / 4,
            budget=budget,
        )
        self.budget = self.pool.budget
        self.breaker = self.pool.breaker
        self.stats = self.pool.stats

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
        framing = f"Content-Length: {len(body)}\r\n" if body or method not in READING else ""
        return self.start(method, target, headers) + framing.encode() + b"\r\n" + body

    def start(self, method: str, target: str, headers: Headers) -> bytes:
        """The same up to the last of these fields: more of them may follow."""
        address = self.address
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
            connection = self.pool.take(started)
            if connection is None:
                await enter_task()
                connection = await self.pool.acquire(deadline)
            return await self._ask(connection, message, method, deadline)
        except (BadAnswer, Closed) as error:
            self.stats.count("protocol" if isinstance(error, BadAnswer) else "closed")
            raise failure_of(method, error) from error

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
        return await self._answer(
            connection, method, connection.ask(message, to_head=method == "HEAD", deadline=deadline)
        )

    async def _answer(self, connection: Connection, method: str, waiter: Awaitable[Reader]) -> Response:
        try:
            reader = await waiter
            response = response_of(reader, self.address)
            coding = coding_of(reader)
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
            raise (UpstreamTimedOut if method in READING else OutcomeNotInTime)() from None
        except BaseException:
            connection.abort()  # an error, the time limit, or a client that left: never reused
            raise
        finally:
            del waiter  # it knows its error, which knows this frame
        self.pool.give_back(connection)
        return response

    async def _repeat(self, message: bytes, method: str, deadline: float) -> Response:
        await enter_task()
        self.stats.retries += 1
        self.pool.drop_idle()  # the others were kept as long
        return await self._exchange(await self.pool.acquire(deadline), message, method, deadline)

    def ask(self, message: bytes, told: Callable[[], None]) -> Asked | None:
        """Ask a written GET on a kept connection, where there is one. ``told`` may be called before this returns."""
        now = self._loop.time()
        connection = self.pool.take(now)
        if connection is None:
            return None
        asked = Asked(self, connection, message, now + self._timeout_s, told)
        connection.begin(asked, message, to_head=False, deadline=asked.deadline)
        return asked

    async def recover(self, asked: Asked) -> Response:
        """The answer of what was asked by `ask` and has none yet. Raises as `deliver`."""
        error = asked.error
        try:
            if error is None:
                coded: Reply[Reader] = Reply()
                coded.set_result(asked.connection.reader)
                return await self._answer(asked.connection, "GET", coded)
            if isinstance(error, Closed) and not error.answered:
                return await self._repeat(asked.message, "GET", asked.deadline)
            raise error
        except (BadAnswer, Closed) as failed:
            self.stats.count("protocol" if isinstance(failed, BadAnswer) else "closed")
            raise failure_of("GET", failed) from failed

    async def reachable(self) -> bool:
        """Whether a connection can be had within a second; it is kept for the next request."""
        return await self.pool.reachable()

    async def close(self) -> None:
        """Close every connection; requests in flight fail."""
        await self.pool.close()
