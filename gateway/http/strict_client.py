"""aiohttp's client for what streams, made strict about answers and faithful about requests.

Its response parser takes what it can get: a bare LF, a status of 099, any number of interim answers, a switch of
protocols that nobody asked for. Whoever reads such an answer after us may cut it elsewhere. So the same bytes go
through a strict parser first (llhttp by httptools, without looking at bodies), and what that refuses is no answer.

Its writer leaves out bytes of a header field that are not UTF-8; here they leave as they came.
"""

import functools
import socket
import ssl
from collections.abc import Iterable
from typing import Any, Final, cast

import aiohttp
import httptools
from aiohappyeyeballs import AddrInfoType
from aiohttp.abc import AbstractStreamWriter
from aiohttp.base_protocol import BaseProtocol
from aiohttp.client_proto import ResponseHandler
from aiohttp.connector import Connection
from aiohttp.http_writer import StreamWriter

from gateway.fields.headers import lines
from gateway.http.splice import Splice
from gateway.upstream.reader import MAX_INTERIM, BadAnswer


class AnswerCheck:
    """Looks at the bytes of one answer; `feed` raises `BadAnswer`. ``complete``: its end was seen."""

    def __init__(self) -> None:
        self._parser = httptools.HttpResponseParser(self)
        self._interim = 0
        self._final = False
        self.complete = False

    def feed(self, data: bytes) -> None:
        """Take what arrived."""
        try:
            self._parser.feed_data(data)
        except httptools.HttpParserUpgrade:
            raise BadAnswer("switched protocols unasked") from None
        except httptools.HttpParserError as error:
            raise BadAnswer(str(error.__context__ or error)) from None

    def on_headers_complete(self) -> None:
        """An interim answer may come a few times, and then one that is final."""
        status = self._parser.get_status_code()
        if status == 101 or not 100 <= status <= 599 or self._final:
            raise BadAnswer("an answer that may not come here")
        self._final = status >= 200
        self._interim += not self._final
        if self._interim > MAX_INTERIM:
            raise BadAnswer("too many interim answers")

    def on_message_complete(self) -> None:
        """The end of an interim answer, or of the answer."""
        self.complete = self._final


class StrictProtocol(ResponseHandler):
    """A connection that fails at the first byte that is not allowed."""

    _check: AnswerCheck | None = None
    _splice: Splice | None = None
    _over = False

    def set_response_params(self, **settings: Any) -> None:
        """A request is about to be written: another answer begins."""
        self._check = AnswerCheck()
        self._over = False
        super().set_response_params(**settings)

    def data_received(self, data: bytes) -> None:
        """Check, then let aiohttp parse. Bytes behind a complete answer are its business: the connection ends."""
        if self._splice is not None and data:
            self._over = bool(self._splice.feed(data))
            if self._over:
                self.force_close()
            return
        check = self._check
        if self._over or (check is not None and check.complete and data):
            self._fail(aiohttp.ClientPayloadError("bytes that nobody asked for"))
            return
        if check is not None and data:
            try:
                check.feed(data)
            except BadAnswer as error:
                if not check.complete:
                    self._fail(aiohttp.ClientPayloadError(str(error)))
                    return
        super().data_received(data)

    async def splice(self, client: BaseProtocol, left: int, *, fresh_s: float, idle_s: float) -> None:
        """Write the rest of the answer's body, ``left`` bytes, to a client as they come. Raises as `Splice.run`."""
        assert self._payload is not None  # noqa: S101 - an answer has begun
        payload, self._splice = self._payload, Splice(self, client, left, fresh_s)
        try:
            await self._splice.run(idle_s)
        finally:
            self._splice, self._over = None, True  # aiohttp's parser is left behind in the middle of the body
        payload.feed_eof()

    def connection_lost(self, exc: BaseException | None) -> None:
        """Whoever waits for the rest of a body waits in vain."""
        super().connection_lost(exc)
        if self._splice is not None:
            self._splice.lose()

    def _fail(self, error: aiohttp.ClientPayloadError) -> None:
        payload = self._payload
        if payload is not None and not payload.is_eof():
            payload.set_exception(error)
        self.set_exception(error)
        if self.transport is not None:
            self.transport.abort()


class StrictResponse(aiohttp.ClientResponse):
    """Refuses an answer of which the end could be found in two places.

    The connection of such an answer may have been given back already: it is closed, so that nobody uses it again.
    """

    async def start(self, connection: Connection) -> "StrictResponse":
        """Read the head. Raises `aiohttp.ClientPayloadError` for a framing that is not exactly one."""
        protocol = connection.protocol
        await super().start(connection)
        if not is_framed_once(self.raw_headers):
            if protocol is not None:
                protocol.close()
            raise aiohttp.ClientPayloadError("more than one framing")
        return self


class FaithfulRequest(aiohttp.ClientRequest):
    """Writes header fields byte for byte where they are not UTF-8 (surrogates stand for such bytes)."""

    def update_body_from_data(self, body: Any, *more: Any) -> None:
        """Without a body aiohttp would write the head without coming by `write_bytes`: so there is an empty one."""
        if body is None and not is_text(self.headers.values()):
            body = b""
        super().update_body_from_data(body, *more)

    async def write_bytes(
        self, writer: AbstractStreamWriter, conn: Connection, content_length: int | None = None
    ) -> None:
        """Replace the head, which waits for the first bytes of the body, by ours. A body leaves piece by piece."""
        if isinstance(writer, StreamWriter) and content_length != 0 and conn.transport is not None:
            conn.transport.set_write_buffer_limits(high=WRITE_BYTES)
            writer._on_chunk_sent = functools.partial(_drained, writer)
        if isinstance(writer, StreamWriter) and not is_text(self.headers.values()):
            fields = [field for field in self.headers.items() if self.chunked or field != _ADDED]
            head = f"{self.method} {self.url.raw_path_qs} HTTP/1.1\r\n{lines(fields)}\r\n"
            writer._headers_buf = head.encode("utf-8", "surrogateescape")
        await super().write_bytes(writer, conn, content_length)


async def _drained(writer: StreamWriter, piece: object) -> None:
    """Before each piece of a body: left alone, aiohttp waits for the upstream once in 64 KiB only."""
    await writer.drain()


#: A body waits while more bytes than this of it wait for the upstream.
WRITE_BYTES: Final = 16 * 1024
#: The kernel doubles it, and hands over no more in one read than it has: the loop would take 256 KiB at once.
RECEIVE_BYTES: Final = 64 * 1024


class StrictConnector(aiohttp.TCPConnector):
    """Makes strict connections."""

    def __init__(self, limit: int, tls: ssl.SSLContext | None) -> None:
        super().__init__(limit=limit, ssl=tls if tls is not None else True, socket_factory=_make_socket)
        # The only way in: aiohttp has no parameter for it.
        self._factory = cast(
            "functools.partial[ResponseHandler]", functools.partial(StrictProtocol, loop=self._loop)
        )


def _make_socket(info: AddrInfoType) -> socket.socket:
    made = socket.socket(info[0], info[1], info[2])
    made.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, RECEIVE_BYTES)
    return made


_ADDED: Final = ("Content-Length", "0")


def is_text(values: Iterable[str]) -> bool:
    """Whether none of these holds a byte that is not UTF-8."""
    try:
        "".join(values).encode()
    except UnicodeEncodeError:
        return False
    return True


def is_framed_once(raw: Iterable[tuple[bytes, bytes]]) -> bool:
    """Whether an answer's fields say one way to find its end, or none."""
    lengths = [value for name, value in raw if name.lower() == b"content-length"]
    codings = [value.lower() for name, value in raw if name.lower() == b"transfer-encoding"]
    if len(lengths) + len(codings) > 1 or codings not in ([], [b"chunked"]):
        return False
    return not lengths or (lengths[0].isdigit() and lengths[0].isascii())
