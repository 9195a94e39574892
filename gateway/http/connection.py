"""One client connection: aiohttp's protocol, with the limits that it leaves to us, and the short way before it.

What is added watches the bytes that go in and never what aiohttp's parser makes of them.
"""

import asyncio
import logging
import re
import socket
from collections.abc import Callable
from typing import Any, Final, Protocol, cast

from aiohttp import web
from aiohttp.http_exceptions import LineTooLong
from aiohttp.streams import StreamReader
from aiohttp.web_protocol import RequestHandler

from contracts.model.errors import GatewayError, HeadersTooLarge, InvalidRequest, RequestTimedOut
from contracts.model.http import Headers
from gateway.fields.headers import MAX_BYTES
from gateway.fields.request_id import request_id
from gateway.http.answer import STALLED_S, Answer
from gateway.http.framing import Alignment
from gateway.http.head import peer_address
from gateway.http.known_request import Done, Failed
from gateway.http.lane import Runnable
from gateway.http.problem import early_answer, problem
from gateway.taskless.run import Run

#: Of a body that nobody takes twice this many bytes and one more read wait here, one piece on its way, and what the
#: upstream's transport holds (`gateway.http.strict_client`): together less than 256 KiB.
READ_BYTES: Final = 26 * 1024
#: So much a client may send ahead of its answers.
AHEAD_BYTES: Final = 64 * 1024
#: Linux only. Without it a client that never reads keeps what was written last for as long as it likes.
_USER_TIMEOUT: Final[int | None] = getattr(socket, "TCP_USER_TIMEOUT", None)
_UNIX: Final[int | None] = getattr(socket, "AF_UNIX", None)
_ORIGIN: Final = re.compile(rb"\n[Oo]rigin:[ \t]*([!-~]{1,200})[ \t]*\r?\n")
_log: Final = logging.getLogger("gateway.http")


class Listener(Protocol):
    """What this module wants of `gateway.http.listener.Listener`; ``header_s`` and ``idle_s`` are seconds."""

    header_s: float
    idle_s: float

    def take(self, data: bytes, address: str, done: Done, failed: Failed) -> Runnable | None:
        """See `gateway.http.lane.Lane.take`."""

    def count(self, change: int) -> None:
        """A client has come or gone."""

    def fields(self, origin: str | None) -> Headers:
        """What every answer to a page of this origin carries."""


class Connection(RequestHandler):
    """One client connection. What `gateway.http.lane` knows is answered here, by ``_run``; the rest is aiohttp's.

    ``before_parser`` is the sockets': what to put before the parser of an upgraded connection.
    """

    __slots__ = (
        "_address",
        "_alignment",
        "_head_bytes",
        "_head_timer",
        "_held",
        "_listener",
        "_payload",
        "_recent",
        "_run",
        "before_parser",
    )

    def __init__(self, listener: Any, **settings: Any) -> None:
        super().__init__(listener, **settings)
        self._listener: Listener = listener
        self._head_bytes = 0
        self._head_timer: asyncio.TimerHandle | None = None
        self._payload: StreamReader | None = None
        self.before_parser: Callable[[Any], Any] = lambda parser: parser
        self._alignment = Alignment()
        self._address = ""
        self._run: Runnable | None = None
        self._held = b""
        self._recent = b""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Also end, in the kernel, the connection of a client that acknowledges nothing for ``idle_s``."""
        super().connection_made(transport)
        self._address = peer_address(self.peername)
        self._listener.count(1)
        sock = transport.get_extra_info("socket")
        if sock is not None and _USER_TIMEOUT is not None and sock.family != _UNIX:
            sock.setsockopt(
                socket.IPPROTO_TCP, _USER_TIMEOUT, int(min(self._listener.idle_s, STALLED_S) * 1000)
            )

    def data_received(self, data: bytes) -> None:
        """What is known is answered at once; aiohttp gets the rest, and never sees what was answered here."""
        if self._run is not None or self._held:
            self._hold(data)
            return
        if self._may_take and (run := self._listener.take(data, self._address, self._answered, self._failed)):
            self._request_in_progress = True  # as aiohttp marks its own: the end of the process waits for it
            self._run = run
            run.start()
            return
        self._alignment.feed(data)
        self._parse(data)

    @property
    def _may_take(self) -> bool:
        """Whether aiohttp waits for a request's first byte, and the client takes what it is given."""
        waiter = self._waiter
        return (
            waiter is not None
            and not waiter.done()
            and self._alignment.at_start
            and not self._close
            and not self.writing_paused
        )

    def _hold(self, data: bytes) -> None:
        """The client is ahead of its answers: what it has sent waits, and it may send no more than this."""
        self._held += data
        if len(self._held) >= AHEAD_BYTES and self.transport is not None:
            self.transport.pause_reading()

    def _answered(self, answer: Answer) -> None:
        self._end_run()
        transport = self.transport
        if transport is None:
            return
        transport.write(answer.bytes)
        if answer.is_large:
            self._request_in_progress = True
            self._run = Run(answer.send_body(self), lambda _: self._sent(answer), self._failed)
            self._run.start()
        else:
            self._sent(answer)

    def _sent(self, answer: Answer) -> None:
        if self._run is not None:
            self._end_run()
        if not answer.keep_alive:
            self.force_close()
            return
        self._next_keepalive_close_time = self._loop.time() + self._keepalive_timeout
        if self._held:
            self._loop.call_soon(self._let_go)

    def _let_go(self) -> None:
        held, self._held = self._held, b""
        if self.transport is not None:
            self.transport.resume_reading()
            self.data_received(held)

    def _failed(self, error: BaseException) -> None:
        """Only a client that has left makes an answer fail."""
        self._end_run()
        self.force_close()

    def _end_run(self) -> None:
        self._run = None
        self._request_in_progress = False
        if self._handler_waiter is not None and not self._handler_waiter.done():
            self._handler_waiter.set_result(None)

    def _process_keepalive(self) -> None:
        """A connection that waits for an answer is not idle."""
        if self._run is not None:
            self._next_keepalive_close_time = self._loop.time() + self._keepalive_timeout
        super()._process_keepalive()

    def _parse(self, data: bytes) -> None:
        """Let aiohttp parse, and keep an eye on a head that does not end."""
        in_body = self._payload is not None and not self._payload.is_eof()
        before = self._request_count
        self._recent = self._recent + data if self._head_bytes else data
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
        """Forget the timer with the connection, and the request whose answer nobody waits for."""
        self._end_head()
        if self._run is not None:
            self._run.cancel()
            self._end_run()
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
            self.transport.write(early_answer(error, self._listener.fields(self._page())))
        self.force_close()

    def _page(self) -> str | None:
        """The page that sent what could not be read, as far as that can be: it is to read the refusal."""
        found = _ORIGIN.search(self._recent)
        return found[1].decode("ascii") if found else None

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
        extra = self._listener.fields(self._page())
        return cast(web.StreamResponse, problem("", error, request_id(None), keep_alive=False, extra=extra))
