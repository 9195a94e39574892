"""A circuit breaker: an upstream that refuses connections is left alone for a moment, then asked once."""

from collections.abc import Callable
from typing import Final

FAILURES: Final = 5
PAUSE_S: Final = 2.0


class Breaker:
    """Opens after `FAILURES` failures in a row, refuses for `PAUSE_S` seconds, then lets one probe through.

    ``clock`` gives seconds that never go back. A probe that fails opens it again; one success closes it.
    """

    def __init__(self, clock: Callable[[], float]) -> None:
        self._clock = clock
        self._failures = 0
        self._open_until = 0.0

    @property
    def is_open(self) -> bool:
        """Whether the last connections failed; true for the probe too, until it succeeds."""
        return self._failures >= FAILURES

    def refuses(self) -> bool:
        """Whether to fail at once. False once per pause when open: that call is the probe."""
        if self._failures < FAILURES:
            return False
        now = self._clock()
        if now < self._open_until:
            return True
        self._open_until = now + PAUSE_S
        return False

    def succeeded(self) -> None:
        """A connection was made."""
        self._failures = 0

    def failed(self) -> None:
        """A connection was refused or did not come in time."""
        self._failures += 1
        if self._failures >= FAILURES:
            self._open_until = self._clock() + PAUSE_S
