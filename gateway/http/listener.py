"""aiohttp's HTTP server with the limits that it leaves to us: time and size of a request's head, errors as JSON.

Built on `aiohttp.web.Server`, without Application and router. `Connection` is aiohttp's protocol; what is added
watches the bytes that go in and never what its parser makes of them.
"""

import asyncio
import contextlib
import logging
import socket
from collections.abc import Callable
from typing import Any, Final, cast

from aiohttp import http_parser, web
from aiohttp.http_exceptions import LineTooLong
from aiohttp.streams import StreamReader
from aiohttp.web_protocol import RequestHandler

from contracts.model.errors import GatewayError, HeadersTooLarge, InvalidRequest, RequestTimedOut
from gateway.fields.headers import MAX_BYTES, MAX_FIELDS
from gateway.fields.request_id import request_id
from gateway.http.problem import early_answer, problem

#: Back-pressure on uploads starts at twice this many bytes.
READ_BYTES: Final = 64 * 1024
_LINGER_S: Final = 5.0
#: Linux only. Without it a client that never reads keeps what was written last for as long as it likes.
_USER_TIMEOUT: Final[int | None] = getattr(socket, "TCP_USER_TIMEOUT", None)
_UNIX: Final[int | None] = getattr(socket, "AF_UNIX", None)
_log: Final = logging.getLogger("gateway.http")


def assert_c_parser() -> None:
    """Refuse to start on aiohttp's pure-Python parser: it is slow, and not what was tested. RuntimeError."""
    if http_parser.HttpRequestParser is http_parser.HttpRequestParserPy:
        raise RuntimeError("aiohttp was installed without its C extensions; install a binary wheel of it")


class Connection(RequestHandler):
    """One client connection. ``memo`` is the server's: what it knows of the last request's fields.

    ``before_parser`` is the sockets': what to put before the parser of an upgraded connection.
    """

    __slots__ = ("_head_bytes", "_head_timer", "_listener", "_payload", "before_parser", "memo")

    def __init__(self, listener: "Listener", **settings: Any) -> None:
        super().__init__(listener, **settings)
        self._listener = listener
        self._head_bytes = 0
        self._head_timer: asyncio.TimerHandle | None = None
        self._payload: StreamReader | None = None
        self.memo: Any = None
        self.before_parser: Callable[[Any], Any] = lambda parser: parser

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Also end, in the kernel, the connection of a client that acknowledges nothing for ``idle_s``."""
        super().connection_made(transport)
        self._listener.count(1)
        sock = transport.get_extra_info("socket")
        if sock is not None and _USER_TIMEOUT is not None and sock.family != _UNIX:
            sock.setsockopt(socket.IPPROTO_TCP, _USER_TIMEOUT, int(self._listener.idle_s * 1000))

    def data_received(self, data: bytes) -> None:
        """Parse, and keep an eye on a head that does not end."""
        in_body = self._payload is not None and not self._payload.is_eof()
        before = self._request_count
        super().data_received(data)
        if self._request_count != before:
            self._end_head()
            if self._messages:
                self._payload = self._messages[-1][1]
        elif data and not in_body and not self._upgraded:
            self._continue_head(len(data))

    def set_parser(self, parser: Any, data_received_cb: Callable[[], None] | None = None) -> None:
        """The connection is upgraded: from here on its bytes are for this parser."""
        super().set_parser(self.before_parser(parser), data_received_cb)

    def connection_lost(self, exc: BaseException | None) -> None:
        """Forget the timer with the connection."""
        self._end_head()
        self._payload = None
        self._listener.count(-1)
        super().connection_lost(exc)

    def _continue_head(self, size: int) -> None:
        if self._manager is None:
            return
        self._head_bytes += size
        if self._head_bytes > MAX_BYTES:
            self._refuse(HeadersTooLarge())
        elif self._head_timer is None:
            self._head_timer = self._loop.call_later(self._listener.header_s, self._refuse, RequestTimedOut())

    def _end_head(self) -> None:
        self._head_bytes = 0
        if self._head_timer is not None:
            self._head_timer.cancel()
            self._head_timer = None

    def _refuse(self, error: GatewayError) -> None:
        """End a connection whose next request never became one; a request before it is still answered."""
        self._end_head()
        if self._request_in_progress or self._messages:
            self.close()
            return
        if self.transport is not None:
            self.transport.write(early_answer(error))
        self.force_close()

    def handle_error(
        self,
        request: web.BaseRequest,
        status: int = 500,
        exc: BaseException | None = None,
        message: str | None = None,
    ) -> web.StreamResponse:
        """What could not be parsed: an answer like any other, and no traceback in the log."""
        if request.writer.output_size > 0:
            raise ConnectionError("the answer has begun")
        error: GatewayError = InvalidRequest("Malformed HTTP request")
        if isinstance(exc, LineTooLong) or "Too many headers" in (message or ""):
            error = HeadersTooLarge()
        _log.debug("refused a malformed request: %s", type(exc).__name__)
        return cast(web.StreamResponse, problem("", error, request_id(None), keep_alive=False))


class Listener(web.Server):
    """Makes a `Connection` for every client. ``header_s`` and ``idle_s`` are seconds."""

    def __init__(self, handler: Any, *, header_s: float, idle_s: float) -> None:
        super().__init__(handler, handler_cancellation=True)
        self.header_s = header_s
        self.idle_s = idle_s
        self._clients = 0
        self._empty = asyncio.Event()
        self._empty.set()
        self.settings: dict[str, Any] = {
            "loop": asyncio.get_running_loop(),
            "keepalive_timeout": idle_s,
            "access_log": None,
            "logger": _log,
            "max_headers": MAX_FIELDS,
            "lingering_time": _LINGER_S,
            "read_bufsize": READ_BYTES,
            "auto_decompress": False,
        }

    def __call__(self) -> Connection:
        """A new connection's protocol."""
        return Connection(self, **self.settings)

    def count(self, change: int) -> None:
        """A client has come or gone."""
        self._clients += change
        if self._clients:
            self._empty.clear()
        else:
            self._empty.set()

    async def until_empty(self, at_most_s: float) -> None:
        """Return when no client is connected any more, or after so many seconds."""
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(self._empty.wait(), at_most_s)
