"""What one socket may cost, and one person with all of its sockets: in frames, in bytes, in time of the process."""

from collections import OrderedDict
from collections.abc import Callable, Coroutine, Generator
from time import thread_time
from types import coroutine
from typing import Any, Final, NamedTuple, TypeVar

_T = TypeVar("_T")

#: An offer with all its candidates is about 10 kB; a whiteboard stroke is less.
MESSAGE_BYTES: Final = 256 * 1024
#: So many people's allowances are remembered: who opens a new socket must not begin anew.
_PEOPLE: Final = 10_000


class Limits(NamedTuple):
    """Bytes a message, frames a second (with what may come at once, and how many refusals end it), queue, sockets.

    All sockets of a person share ``bytes_per_s`` and ``busy_s_per_s``, the seconds for which its frames may keep the
    process busy in each second; ``bytes_burst`` and ``busy_burst_s`` may come at once.
    """

    message_bytes: int = MESSAGE_BYTES
    frames_per_s: float = 100.0
    burst: int = 300
    refused: int = 200
    queue_frames: int = 512
    queue_bytes: int = 4 * 1024 * 1024
    per_person: int = 20
    bytes_per_s: float = 512 * 1024
    bytes_burst: int = 4 * 1024 * 1024
    busy_s_per_s: float = 0.05
    busy_burst_s: float = 0.25


class Bucket:
    """A token bucket (so many a second, so many at once)."""

    __slots__ = ("_at", "_burst", "_left", "_per_s")

    def __init__(self, per_s: float, burst: float, now: float) -> None:
        self._per_s = per_s
        self._burst = float(burst)
        self._left = float(burst)
        self._at = now

    def take(self, now: float, amount: float = 1.0) -> bool:
        """Take so much; false, and nothing taken, when there is less. ``now`` is in seconds and may jump back."""
        self._left = min(self._burst, self._left + max(0.0, now - self._at) * self._per_s)
        self._at = now
        if self._left < amount:
            return False
        self._left -= amount
        return True

    def owe(self, amount: float) -> None:
        """Take what has been used already, below zero if need be."""
        self._left -= amount


class Allowance:
    """What all sockets of one person may cost together."""

    __slots__ = ("_busy", "_bytes")

    def __init__(self, limits: Limits, now: float) -> None:
        self._bytes = Bucket(limits.bytes_per_s, limits.bytes_burst, now)
        self._busy = Bucket(limits.busy_s_per_s, limits.busy_burst_s, now)

    def admits(self, size: int, now: float) -> bool:
        """Whether a frame of so many bytes may be carried now; they are taken then."""
        return self._busy.take(now, 0.0) and self._bytes.take(now, size)

    def spend(self, seconds: float) -> None:
        """So long the frame has kept the process busy."""
        self._busy.owe(seconds)


class Allowances:
    """The allowances of people, of the last ones to have opened a socket."""

    def __init__(self, limits: Limits) -> None:
        self._limits = limits
        self._of: OrderedDict[int, Allowance] = OrderedDict()

    def of(self, user_id: int, now: float) -> Allowance:
        """The person's."""
        found = self._of.get(user_id)
        if found is None:
            found = self._of[user_id] = Allowance(self._limits, now)
        self._of.move_to_end(user_id)
        if len(self._of) > _PEOPLE:
            self._of.popitem(last=False)
        return found


class Rate:
    """How fast one socket speaks: its frames, and what its person's sockets cost together.

    ``clock`` gives seconds. ``end`` is called once, when more than ``limits.refused`` frames were too many.
    """

    __slots__ = ("_allowance", "_clock", "_end", "_frames", "_most_refused", "_refused")

    def __init__(
        self, limits: Limits, allowance: Allowance, clock: Callable[[], float], end: Callable[[], None]
    ) -> None:
        self._frames = Bucket(limits.frames_per_s, limits.burst, clock())
        self._allowance = allowance
        self._clock = clock
        self._end = end
        self._refused = 0
        self._most_refused = limits.refused

    def takes(self, size: int) -> bool:
        """Whether a frame of so many bytes is carried; pings, pongs and pieces of a message count too."""
        now = self._clock()
        if self._frames.take(now) and self._allowance.admits(size, now):
            return True
        self._refused += 1
        if self._refused == self._most_refused + 1:
            self._end()
        return False

    def spend(self, seconds: float) -> None:
        """So long a message has kept the process busy."""
        self._allowance.spend(seconds)


@coroutine
def measured(
    work: Coroutine[Any, Any, _T], clock: Callable[[], float] = thread_time
) -> Generator[Any, Any, float]:
    """Await ``work``; the seconds of the processor that it took, without those in which it waited."""
    step: Callable[[], Any] = lambda: work.send(None)  # noqa: E731 - the first of many
    busy = 0.0
    while True:
        began = clock()
        try:
            waits_for = step()
        except StopIteration:
            return busy + clock() - began
        busy += clock() - began
        step = _next_step(work, (yield from _wait(waits_for)))


def _wait(waits_for: Any) -> Generator[Any, Any, BaseException | None]:
    """Hand on what is waited for; the error with which the wait ended, if one did (a cancellation)."""
    try:
        yield waits_for
    except BaseException as error:
        return error
    return None


def _next_step(work: Coroutine[Any, Any, _T], error: BaseException | None) -> Callable[[], Any]:
    return (lambda: work.send(None)) if error is None else (lambda: work.throw(error))
