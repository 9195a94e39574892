"""One WebSocket and its limits: bytes a message, frames a second, and what all sockets of a person cost together."""

import asyncio
import logging
from collections.abc import AsyncIterator, Callable
from typing import Any, Final

import msgspec
from aiohttp import WSCloseCode, WSMsgType, web
from aiohttp.http_websocket import WebSocketWriter

from contracts.model.errors import InvalidValue, RateLimited
from contracts.model.send_queue import SendQueue
from contracts.model.socket_limits import Allowance, Limits, Rate
from contracts.model.socket_wire import Wire

TOO_FAST: Final = 1008
HEARTBEAT_S: Final = 30.0
CLOSE_S: Final = 5.0
logger = logging.getLogger("chat.backend.sockets")


class Connection(web.WebSocketResponse):
    """What a client opened; it says only as much as ``limits`` and its person's ``allowance`` let it."""

    def __init__(self, limits: Limits, allowance: Allowance, clock: Callable[[], float]) -> None:
        super().__init__(
            timeout=CLOSE_S,
            heartbeat=HEARTBEAT_S,
            protocols=("bearer",),
            compress=False,
            max_msg_size=limits.message_bytes + 1,  # the first size that aiohttp refuses
        )
        self._rate = Rate(limits, allowance, clock, self._end)
        self._ending: asyncio.Task[bool] | None = None
        self._queue = SendQueue(limits)
        self._writing: asyncio.Task[None] | None = None
        self._transport: asyncio.Transport | None = None

    def _post_start(self, request: web.BaseRequest, protocol: str | None, writer: WebSocketWriter) -> None:
        """Put `Wire` before aiohttp's reader; frames that came together with the handshake go through it too.

        From here on what is said is written, by a task of its own: who does not read keeps nobody else waiting.
        """
        connection: Any = request.protocol
        early, connection._message_tail = connection._message_tail, b""
        super()._post_start(request, protocol, writer)
        connection._payload_parser = Wire(connection._payload_parser, self._rate.takes)
        if early:
            connection._payload_parser.feed_data(early)
        self._transport = request.transport
        if self._transport is not None:
            self._queue.watch(self._transport)
        self._writing = asyncio.create_task(self._write())

    async def texts(self) -> AsyncIterator[str]:
        """The messages that are heard, until the end; the client is told which are not."""
        async for message in self:
            data = message.data
            size = len(data) if isinstance(data, bytes) else len(data.encode("utf-8", "surrogatepass"))
            if not self._rate.takes(size):
                self.say(_TOO_FAST)
            elif message.type is WSMsgType.TEXT:
                yield data
            else:
                self.say(_NO_TEXT)

    def spend(self, seconds: float) -> None:
        """So long a message has kept the process busy."""
        self._rate.spend(seconds)

    def say(self, frame: dict[str, Any]) -> None:
        """To the client, if it is still there; one that reads too slowly loses the connection."""
        if (
            not self.closed
            and not self._queue.put(msgspec.json.encode(frame))
            and self._transport is not None
        ):
            self._transport.abort()

    async def _write(self) -> None:
        try:
            await self._queue.run(lambda data: self.send_frame(data, WSMsgType.TEXT))
        except (ConnectionError, RuntimeError):
            logger.debug("a socket went while it was spoken to")

    async def close(self, *, code: int = WSCloseCode.OK, message: bytes = b"", drain: bool = True) -> bool:
        """Close after what has been said, a few seconds later at most; aiohttp closes so too."""
        self._queue.finish()
        if self._writing is not None:
            await asyncio.wait({self._writing}, timeout=CLOSE_S)
        return await super().close(code=code, message=message, drain=drain)

    async def ended(self) -> None:
        """Wait until the client has been told why it loses the connection, if it does; a few seconds at most."""
        if self._ending is not None:
            await self._ending
        if self._writing is not None:
            self._writing.cancel()

    def _end(self) -> None:
        self._ending = asyncio.create_task(self.close(code=TOO_FAST, message=b"too many frames a second"))


def error_frame(code: str, detail: str) -> dict[str, Any]:
    """What a client reads about a frame that was not carried out."""
    return {"type": "error", "code": code, "detail": detail}


_SLOWER: Final = RateLimited("too many frames a second, or too large ones")
_TOO_FAST: Final = error_frame(_SLOWER.code, _SLOWER.message)
_BYTES: Final = InvalidValue("must be text", place="$")
_NO_TEXT: Final = error_frame(_BYTES.code, _BYTES.message)
