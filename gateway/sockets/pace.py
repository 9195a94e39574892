"""How fast one socket speaks, and what its client is told when that is too fast."""

from contracts.model.document import encode
from contracts.model.errors import RateLimited
from contracts.model.socket_limits import Allowance, Limits, Rate
from gateway.sockets.clock import Clock
from gateway.sockets.hub import TOO_FAST, Socket


class Pace(Rate):
    """Tells which frames are carried. Who is refused again and again loses the connection (1008)."""

    __slots__ = ("_socket",)

    def __init__(self, socket: Socket, limits: Limits, allowance: Allowance, clock: Clock) -> None:
        super().__init__(
            limits, allowance, clock.time, lambda: socket.shut(TOO_FAST, b"too many frames a second")
        )
        self._socket = socket

    def admits(self, size: int) -> bool:
        """Whether a message of so many bytes is heard; the client is told when it is not."""
        if self.takes(size):
            return True
        self._socket.send(_TOO_FAST)
        return False


_ERROR = RateLimited("too many frames a second, or too large ones")
_TOO_FAST = encode({"type": "error", "code": _ERROR.code, "detail": _ERROR.message, "about": None})
