"""aiohttp's HTTP server, without Application and router: a `gateway.http.connection.Connection` for every client."""

import asyncio
import contextlib
import logging
import socket
from typing import Any, Final

from aiohttp import http_parser, web

from contracts.model.http import Headers
from gateway.fields.headers import MAX_FIELDS
from gateway.http.connection import READ_BYTES, Connection
from gateway.http.cors import Cors
from gateway.http.lane import Lane

_LINGER_S: Final = 5.0
#: What the kernel keeps for a connection: it doubles this, and hands over 64 KiB of it in one read, where the
#: loop would take 256 KiB. A client far away sends no faster than so much a round trip; the proxy with its TLS is near.
RECEIVE_BYTES: Final = 48 * 1024
_log: Final = logging.getLogger("gateway.http")


def assert_c_parser() -> None:
    """Refuse to start on aiohttp's pure-Python parser: it is slow, and not what was tested. RuntimeError."""
    if http_parser.HttpRequestParser is http_parser.HttpRequestParserPy:
        raise RuntimeError("aiohttp was installed without its C extensions; install a binary wheel of it")


def _take_nothing(data: bytes, address: str, done: object, failed: object) -> None:
    return None


class Listener(web.Server):
    """Makes a `Connection` for every client. Times are in seconds; ``lane``: the short way, if any.

    ``cors`` says which pages may read the refusal of what could not be read.
    """

    def __init__(
        self,
        handler: Any,
        *,
        header_s: float,
        idle_s: float,
        lane: Lane | None = None,
        cors: Cors | None = None,
    ) -> None:
        super().__init__(handler, handler_cancellation=True)
        self._cors = cors or Cors(())
        self.take = lane.take if lane is not None else _take_nothing
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

    def fields(self, origin: str | None) -> Headers:
        """What every answer to a page of this origin carries, one to what could not be read too."""
        return self._cors.fields(origin)

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


async def listen(listener: Listener, host: str, port: int, **options: Any) -> asyncio.Server:
    """Accept clients; ``options`` are those of `asyncio.loop.create_server`.

    Connections inherit the size of the receive buffer: made smaller later, it would lose what is on its way.
    """
    create = asyncio.get_running_loop().create_server
    server = await create(listener, host, port, start_serving=False, **options)
    for sock in server.sockets:
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, RECEIVE_BYTES)
    await server.start_serving()
    return server
