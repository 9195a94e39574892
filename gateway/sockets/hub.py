"""Every open socket, by person: `/ws/5/student` and `/ws/1` of the same person are one person."""

import asyncio
import struct
from collections.abc import Callable, Collection
from typing import Final

from aiohttp import WSMsgType, web

from contracts.model.profile import Profile
from contracts.model.send_queue import SendQueue, Transport
from contracts.model.socket_limits import Limits

#: Close codes of RFC 6455 (7.4.1) and of the range for applications.
TOO_FAST: Final = 1008
TOO_LARGE: Final = 1009
RESTART: Final = 1012
TOKEN_EXPIRED: Final = 4401
NO_LONGER_ALLOWED: Final = 4403

#: How long a client may take for its side of the closing handshake.
CLOSE_S: Final = 3.0


class Socket:
    """One open connection of one person, and what waits to be written to it.

    ``named`` is how the person asked to be called here; ``legacy`` the shape of its frames; ``authorization`` the
    person's bearer, for questions to the upstream in its name (empty when nobody knows it).
    """

    def __init__(
        self, user_id: int, named: Profile, *, legacy: bool, authorization: str, limits: Limits
    ) -> None:
        self.user_id = user_id
        self.named = named
        self.legacy = legacy
        self.authorization = authorization
        #: Who has allowed to be rung by this socket, and until when that is believed (unix seconds).
        self.welcome: dict[tuple[int, str | None], float] = {}
        self.closing: tuple[int, bytes] | None = None
        self.abort: Callable[[], None] = lambda: None
        self._queue = SendQueue(limits)
        self._deadline: asyncio.TimerHandle | None = None

    @property
    def key(self) -> str:
        """``student_5`` on a legacy socket, ``user_1`` on a modern one."""
        return str(self.named) if self.legacy else f"user_{self.user_id}"

    def send(self, data: bytes) -> None:
        """Queue a text frame; who reads too slowly loses the connection instead of filling our memory."""
        if self.closing is not None:
            return
        if not self._queue.put(data):
            self.shut(TOO_FAST, b"reads too slowly")
            self.abort()

    def shut(self, code: int, reason: bytes = b"") -> None:
        """Close after what is queued; the first reason counts. Who does not say goodbye loses the connection."""
        if self.closing is None:
            self.closing = (code, reason)
            self._queue.finish()
            self._deadline = asyncio.get_running_loop().call_later(CLOSE_S, self.abort)

    def ended(self) -> None:
        """The connection is over."""
        if self._deadline is not None:
            self._deadline.cancel()

    def watch(self, transport: Transport) -> None:
        """End the connection of a client that takes nothing for a while."""
        self._queue.watch(transport)

    async def write(self, ws: web.WebSocketResponse) -> None:
        """Write what is queued, at last the close frame; the reading side hears the client's own one."""
        try:
            await self._queue.run(lambda data: ws.send_frame(data, WSMsgType.TEXT))
            code, reason = self.closing or (TOO_FAST, b"")
            # Not ws.close(): while another task reads, that one drops the connection before the client has answered.
            await ws.send_frame(struct.pack("!H", code) + reason, WSMsgType.CLOSE)
        except (ConnectionError, RuntimeError):
            return  # the client left; the reading side notices too


class Hub:
    """Sockets by person."""

    def __init__(self) -> None:
        self._of: dict[int, list[Socket]] = {}

    def join(self, socket: Socket) -> bool:
        """Add a socket; true when the person comes online with it."""
        sockets = self._of.setdefault(socket.user_id, [])
        sockets.append(socket)
        return len(sockets) == 1

    def leave(self, socket: Socket) -> bool:
        """Take a socket out; true when it was the person's last one."""
        sockets = self._of.get(socket.user_id, [])
        if socket in sockets:
            sockets.remove(socket)
        if sockets:
            return False
        self._of.pop(socket.user_id, None)
        return True

    def of(self, user_id: int) -> list[Socket]:
        """The person's sockets that still take frames."""
        return [socket for socket in self._of.get(user_id, ()) if socket.closing is None]

    def count(self, user_id: int) -> int:
        """How many sockets the person holds, closing ones too."""
        return len(self._of.get(user_id, ()))

    def people(self) -> Collection[int]:
        """Everybody who is online."""
        return list(self._of)

    def all(self) -> list[Socket]:
        """Every socket."""
        return [socket for sockets in self._of.values() for socket in sockets]
