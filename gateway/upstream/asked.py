"""The answer of the upstream as a response; and `Asked`, a request of which the answer is told by a call.

A coroutine that waits is woken through everybody who waits for it. What is asked again and again needs none.
"""

import asyncio
from collections.abc import Callable, Iterator
from typing import Final, Protocol

import msgspec

from contracts.model.errors import (
    AnswerTooLarge,
    GatewayError,
    OutcomeUnknown,
    Unavailable,
    UpstreamFailed,
    Written,
)
from contracts.model.http import Response
from gateway.fields.headers import for_client
from gateway.fields.memo import Memo
from gateway.taskless.reply import Reply, reply_or_future
from gateway.upstream.address import Address
from gateway.upstream.connection import Closed, Connection
from gateway.upstream.pool import Pool
from gateway.upstream.reader import BadAnswer, OverLimit, Reader, TooMuch

READING: Final = frozenset({"GET", "HEAD", "OPTIONS"})


class Recovery(Protocol):
    """What this module wants of `gateway.upstream.client.Upstream`."""

    address: Address
    pool: Pool

    async def recover(self, asked: "Asked") -> Response:
        """The answer of a request that has no `response` yet: asked again, decoded, or an error."""


class Asked(msgspec.Struct, eq=False):
    """A GET on a kept connection. ``told`` is called once, when it has ended, with an answer or without.

    ``response`` is the answer; None before the end, after an error, and for a coded answer, which takes its time.
    """

    recovery: Recovery
    connection: Connection
    message: bytes
    deadline: float
    told: Callable[[], None]
    ended: bool = False
    error: BaseException | None = None
    response: Response | None = None
    waiter: Reply[None] | asyncio.Future[None] | None = None

    async def result(self) -> Response:
        """Wait for the answer. Raises as `gateway.upstream.client.Upstream.deliver`. Whoever gives up ends it."""
        if not self.ended:
            self.waiter = reply_or_future(asyncio.get_running_loop())
            try:
                await self.waiter
            except BaseException:
                self.cancel()
                raise
        return self.response or await self.recovery.recover(self)

    def cancel(self) -> None:
        """Nobody wants it any more."""
        if not self.ended:
            self.ended = True
            self.connection.abort()

    # What `Connection` wants of who waits.

    def set_result(self, reader: Reader) -> None:
        """The answer is complete."""
        if not coding_of(reader):
            self.response = response_of(reader, self.recovery.address)
            reader.forget()
            self.recovery.pool.give_back(self.connection)
        self._end()

    def set_exception(self, error: BaseException) -> None:
        """There will be none."""
        if isinstance(error, BadAnswer):
            error.status = self.connection.reader.status
        self.connection.abort()
        self.error = error
        self._end()

    def _end(self) -> None:
        self.ended = True
        if self.waiter is not None and not self.waiter.done():
            self.waiter.set_result(None)
        self.told()


def failure_of(method: str, error: BadAnswer | Closed) -> GatewayError:
    """What the client reads: whether something may have been changed."""
    if method in READING and isinstance(error, TooMuch):
        return Unavailable("Too much is being answered at once, please retry")
    if method in READING and isinstance(error, OverLimit):
        return AnswerTooLarge()
    if method in READING or (isinstance(error, Closed) and not error.sent):
        return UpstreamFailed()
    done = isinstance(error, BadAnswer) and 200 <= error.status < 300
    return Written() if done else OutcomeUnknown()


def response_of(reader: Reader, address: Address) -> Response:
    """The answer that a reader holds, with its body as it came."""
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


def coding_of(reader: Reader) -> str:
    """The content codings of a body, in the order in which they were applied; empty where there is nothing to undo."""
    values = [value for name, value in reader.headers if name.lower() == b"content-encoding"]
    return b",".join(values).decode("latin-1") if reader.body else ""
