"""How much may be asked beside what clients ask: so many at once, so many a second."""

from collections.abc import Callable


class Rate:
    """At most ``per_s`` a second, and a second's worth at once. ``clock`` gives seconds that never go back."""

    def __init__(self, per_s: float, clock: Callable[[], float]) -> None:
        self._per_s = per_s
        self._clock = clock
        self._most = max(1.0, per_s)
        self._left = self._most
        self._at = clock()

    def take(self) -> bool:
        """Whether one more may be asked now."""
        now = self._clock()
        self._left = min(self._most, self._left + (now - self._at) * self._per_s)
        self._at = now
        if self._left < 1:
            return False
        self._left -= 1
        return True
