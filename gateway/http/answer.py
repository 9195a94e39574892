"""Writes answers to clients: framing is ours alone, and one answer is one write.

`Answer` takes the place of `aiohttp.web.Response`, which costs as much again as parsing the request did. It offers
what `aiohttp.web_protocol.RequestHandler` uses of a response: `prepare`, `write_eof` and `keep_alive`.
"""

import asyncio
import time
from email.utils import formatdate
from http import HTTPStatus
from typing import Final, cast

from aiohttp import web
from aiohttp.base_protocol import BaseProtocol
from aiohttp.http_writer import StreamWriter
from aiohttp.web_protocol import RequestHandler

from contracts.model.http import Headers
from contracts.model.task import enter_task
from gateway.fields.headers import lines
from gateway.upstream.budget import Hold

_REASONS: Final = {status.value: status.phrase for status in HTTPStatus}
#: A body is written in pieces of so many bytes.
PIECE: Final = 64 * 1024
#: A client that takes nothing for so many seconds is gone.
STALLED_S: Final = 30.0
_date: tuple[int, str] = (0, "")


def has_no_body(method: str, status: int) -> bool:
    """Whether an answer consists of its head only (RFC 9112 section 6.3)."""
    return method == "HEAD" or status in {204, 304} or status < 200


def date() -> str:
    """The time as `Date` wants it; made once a second."""
    global _date  # noqa: PLW0603
    now = int(time.time())
    if _date[0] != now:
        _date = (now, formatdate(now, usegmt=True))
    return _date[1]


def head(status: int, fields: Headers, *framing: str, close: bool) -> bytes:
    """Status line and fields. ``framing`` are finished lines; `Date` is added where the upstream sent none.

    Raises `gateway.fields.headers.BadField`.
    """
    text = lines(fields)
    if "\nDate: " not in text and "\ndate: " not in text and text[:6].lower() != "date: ":
        text += f"Date: {date()}\r\n"
    if close:
        text += "Connection: close\r\n"
    start = f"HTTP/1.1 {status} {_REASONS.get(status, 'Unknown')}\r\n"
    return (start + text + "".join(framing) + "\r\n").encode("utf-8", "surrogateescape")


def begin(status: int, fields: Headers, *, close: bool) -> bytes:
    """A head without framing, up to where more fields may follow."""
    return head(status, fields, close=close)[:-2]


class Answer:
    """A complete answer. ``idle_s`` bounds how long a client may refuse to read it; ``hold`` is what it takes.

    ``bytes`` is written at once: head and body, and of one that ``is_large``, of which the body goes in pieces
    (`send_body`), the head.
    """

    __slots__ = (
        "_body",
        "_head",
        "_idle_s",
        "_request",
        "body_length",
        "bytes",
        "hold",
        "is_large",
        "keep_alive",
        "status",
    )

    def __init__(
        self, method: str, status: int, fields: Headers, body: bytes, *, keep_alive: bool, idle_s: float
    ) -> None:
        framing = "" if status in {204, 304} or status < 200 else f"Content-Length: {len(body)}\r\n"
        self._head = head(status, fields, framing, close=not keep_alive)
        self._body = b"" if has_no_body(method, status) else body
        self._idle_s = idle_s
        self._settle()
        self.keep_alive = keep_alive
        self.status = status
        self.hold: Hold | None = None

    @classmethod
    def begun(
        cls, start: "bytes", name: str, status: int, body: "bytes", *, keep_alive: bool, idle_s: float
    ) -> "Answer":
        """An answer with a body, of which the head is written up to its request's id; see `begin`."""
        answer = cls.__new__(cls)
        answer._head = b"%bX-Request-Id: %b\r\nContent-Length: %d\r\n\r\n" % (start, name.encode(), len(body))
        answer._body = body
        answer._idle_s = idle_s
        answer._settle()
        answer.keep_alive = keep_alive
        answer.status = status
        answer.hold = None
        return answer

    def _settle(self) -> None:
        self.body_length = len(self._body)
        self.is_large = self.body_length > PIECE
        self.bytes = self._head if self.is_large else self._head + self._body

    async def prepare(self, request: web.BaseRequest) -> None:
        """Write what goes at once."""
        self._request = request
        await write(request, self.bytes)

    async def write_eof(self) -> None:
        """Wait until a slow client has taken most of it."""
        if self.is_large:
            await self.send_body(self._request.protocol)
        else:
            await drain(self._request.protocol, self._idle_s)

    async def send_body(self, protocol: RequestHandler) -> None:
        """The body in pieces, at the client's speed: what is written is copied, and waits in memory."""
        await enter_task()
        try:
            for start in range(0, self.body_length, PIECE):
                if protocol.transport is None:
                    raise ConnectionResetError("the client has left")
                protocol.transport.write(self._body[start : start + PIECE])
                await drain(protocol, self._idle_s)
        finally:
            self._body = b""  # aiohttp keeps us until the next request
            if self.hold is not None:
                self.hold.settle(0)


async def write(request: web.BaseRequest, data: bytes) -> None:
    """Handler bytes to the transport at once; `drain` is the one to wait, since aiohttp's own waits for ever."""
    await cast(StreamWriter, request.writer).write(data, drain=False)


async def drain(protocol: BaseProtocol, idle_s: float) -> None:
    """Back-pressure: wait while the client's buffer is full; a client that takes nothing for ``idle_s`` is cut."""
    while protocol.writing_paused and protocol.transport is not None:
        transport = protocol.transport
        waiting = transport.get_write_buffer_size()
        try:
            async with asyncio.timeout(idle_s):
                await protocol._drain_helper()
        except TimeoutError:
            if transport.get_write_buffer_size() >= waiting:
                transport.abort()
                raise ConnectionResetError("the client does not read") from None


class Streamed:
    """What the handler returns after it has written an answer piece by piece."""

    __slots__ = ("body_length", "keep_alive", "status")

    def __init__(self, status: int, *, keep_alive: bool, body_length: int) -> None:
        self.status = status
        self.keep_alive = keep_alive
        self.body_length = body_length

    async def prepare(self, request: web.BaseRequest) -> None:
        """Nothing is left to write."""

    async def write_eof(self) -> None:
        """Nothing is left to write."""
