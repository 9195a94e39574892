"""How fast one socket speaks: its frames, and what its person's sockets cost together."""

from contracts.model.document import encode
from contracts.model.errors import RateLimited
from gateway.sockets.clock import Clock
from gateway.sockets.hub import TOO_FAST, Socket
from gateway.sockets.limits import Allowance, Bucket, Limits


class Pace:
    """Tells which frames are carried. Who is refused again and again loses the connection (1008)."""

    def __init__(self, socket: Socket, limits: Limits, allowance: Allowance, clock: Clock) -> None:
        self._socket = socket
        self._frames = Bucket(limits.frames_per_s, limits.burst, clock.time())
        self._allowance = allowance
        self._clock = clock
        self._refused = 0
        self._most_refused = limits.refused

    def admits(self, size: int) -> bool:
        """Whether a message of so many bytes is heard; the client is told when it is not."""
        if self._takes(size):
            return True
        self._socket.send(_TOO_FAST)
        return False

    def other(self, size: int) -> None:
        """A ping, a pong or a piece of a message: it counts like any other frame."""
        self._takes(size)

    def spend(self, seconds: float) -> None:
        """So long a message has kept the process busy."""
        self._allowance.spend(seconds)

    def _takes(self, size: int) -> bool:
        now = self._clock.time()
        if self._frames.take(now) and self._allowance.admits(size, now):
            return True
        self._refused += 1
        if self._refused > self._most_refused:
            self._socket.shut(TOO_FAST, b"too many frames a second")
        return False


_ERROR = RateLimited("too many frames a second, or too large ones")
_TOO_FAST = encode({"type": "error", "code": _ERROR.code, "detail": _ERROR.message, "about": None})
