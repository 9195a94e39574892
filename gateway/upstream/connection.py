"""One connection to the upstream: one request at a time, each written at once, answered in a reply or a future."""

import asyncio
from collections.abc import Callable
from typing import Protocol, TypeAlias, cast

from contracts.model.errors import UpstreamTimedOut
from gateway.taskless.reply import Reply, reply_or_future
from gateway.upstream.budget import Budget
from gateway.upstream.reader import BadAnswer, Reader

#: What a coroutine that asked waits for.
Awaited: TypeAlias = "Reply[Reader] | asyncio.Future[Reader]"


class Waiter(Protocol):
    """Who asked; one of these is called, once."""

    def set_result(self, reader: Reader, /) -> None:
        """The answer is complete."""

    def set_exception(self, error: BaseException, /) -> None:
        """There is none."""


class _Coroutine:
    """A coroutine that asked, and may have given up since."""

    __slots__ = ("_awaited",)

    def __init__(self, awaited: Awaited) -> None:
        self._awaited = awaited

    def set_result(self, reader: Reader, /) -> None:
        if not self._awaited.done():
            self._awaited.set_result(reader)

    def set_exception(self, error: BaseException, /) -> None:
        if not self._awaited.done():
            self._awaited.set_exception(error)


class Closed(Exception):
    """The connection ended before the answer.

    ``sent``: some of the request had been written; ``answered``: some of an answer had come.
    """

    def __init__(self, why: str, *, sent: bool, answered: bool) -> None:
        self.sent = sent
        self.answered = answered
        super().__init__(why)


class Connection(asyncio.Protocol):
    """``on_lost`` is called once, with the connection, when it can no longer be used."""

    __slots__ = ("_deadline", "_loop", "_on_lost", "_transport", "_waiter", "asked", "idle_since", "reader")

    def __init__(
        self, limit: int, on_lost: Callable[["Connection"], None], budget: Budget | None = None
    ) -> None:
        self._loop = asyncio.get_running_loop()
        self._on_lost = on_lost
        self._transport: asyncio.Transport | None = None
        self._waiter: Waiter | None = None
        self.reader = Reader(limit, budget)
        self._deadline = 0.0
        self.asked = 0
        self.idle_since = 0.0

    def ask(self, message: bytes, *, to_head: bool, deadline: float) -> Awaited:
        """Write one complete request; what is returned holds the reader with the answer.

        It raises `Closed`, `BadAnswer`, and `UpstreamTimedOut` once `expire` is called after ``deadline``.
        Whoever no longer wants the answer must `abort`.
        """
        awaited: Awaited = reply_or_future(self._loop)
        self.begin(_Coroutine(awaited), message, to_head=to_head, deadline=deadline)
        return awaited

    def begin(self, waiter: Waiter, message: bytes, *, to_head: bool, deadline: float) -> None:
        """The same for whoever waits in a way of its own."""
        self.asked += 1
        if self._transport is None or self._transport.is_closing():
            waiter.set_exception(Closed("closed while idle", sent=False, answered=False))
            return
        self.reader.expect(to_head=to_head)
        self._waiter = waiter
        self._deadline = deadline
        self._transport.write(message)

    def expire(self, now: float) -> bool:
        """Give up waiting when the deadline has passed; true when that happened now."""
        waiter = self._waiter
        if waiter is None or now < self._deadline:
            return False
        self._waiter = None
        waiter.set_exception(UpstreamTimedOut())
        return True

    @property
    def usable(self) -> bool:
        """Whether another request may be written."""
        transport = self._transport
        return transport is not None and self.reader.reusable and not transport.is_closing()

    def abort(self) -> None:
        """Close at once; whatever was going on is over."""
        self.reader.reusable = False
        self.reader.forget()
        self._waiter = None
        if self._transport is not None:
            self._transport.abort()

    # What asyncio calls.

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Keep the transport (uvloop's is none of asyncio's classes, but does the same)."""
        self._transport = cast(asyncio.Transport, transport)

    def data_received(self, data: bytes) -> None:
        """Part of an answer, or bytes that nobody asked for: then the connection is closed."""
        reader = self.reader
        try:
            reader.feed(data)
        except BadAnswer as error:
            self._fail(error)
            return
        if reader.done:
            self._succeed()

    def eof_received(self) -> None:
        """The upstream has sent everything; asyncio closes the connection."""
        self._end("closed by the upstream", clean=True)

    def connection_lost(self, exc: Exception | None) -> None:
        """The end, wanted or not."""
        self._end(str(exc or "closed by the upstream"), clean=exc is None)
        self._transport = None
        self._on_lost(self)

    def _end(self, why: str, *, clean: bool) -> None:
        reader, waiter = self.reader, self._waiter
        reader.reusable = False
        if waiter is None:
            return
        if not reader.started or not clean:
            self._fail(Closed(why, sent=True, answered=reader.started))
            return
        try:
            reader.feed_eof()
        except BadAnswer as error:
            self._fail(error)
        else:
            self._succeed()

    def _succeed(self) -> None:
        reader, waiter, transport = self.reader, self._waiter, self._transport
        self._waiter = None
        reader.awaited = False
        # An answer that came before its request had left: the rest in the buffer would garble the next one.
        if transport is not None and transport.get_write_buffer_size():
            reader.reusable = False
        if not reader.reusable and transport is not None:
            transport.close()
        if waiter is not None:
            waiter.set_result(reader)

    def _fail(self, error: Exception) -> None:
        waiter = self._waiter
        self.abort()
        if waiter is not None:
            waiter.set_exception(error)
