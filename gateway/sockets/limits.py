"""What one socket may cost."""

from typing import Final, NamedTuple

#: An offer with all its candidates is about 10 kB; a whiteboard stroke is less.
MESSAGE_BYTES: Final = 256 * 1024


class Limits(NamedTuple):
    """Bytes a message, frames a second (with what may come at once, and how many refusals end it), queue, sockets."""

    message_bytes: int = MESSAGE_BYTES
    frames_per_s: float = 100.0
    burst: int = 300
    refused: int = 200
    queue_frames: int = 512
    queue_bytes: int = 4 * 1024 * 1024
    per_person: int = 20


class Bucket:
    """A token bucket (so many a second, so many at once)."""

    __slots__ = ("_at", "_burst", "_left", "_per_s")

    def __init__(self, per_s: float, burst: int, now: float) -> None:
        self._per_s = per_s
        self._burst = float(burst)
        self._left = float(burst)
        self._at = now

    def take(self, now: float) -> bool:
        """Take one; false when there is none. ``now`` is in seconds and may jump back."""
        self._left = min(self._burst, self._left + max(0.0, now - self._at) * self._per_s)
        self._at = now
        if self._left < 1:
            return False
        self._left -= 1
        return True
