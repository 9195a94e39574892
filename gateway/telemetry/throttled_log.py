"""Logs that something happens again and again, without a line for each time."""

import logging
from collections.abc import Callable


class ThrottledLogger:
    """Writes at most one line per subject in ``every_s`` seconds, and how many were kept back since.

    ``clock`` gives seconds that never go back. Subjects must be few and fixed: they are remembered.
    """

    def __init__(self, log: logging.Logger, every_s: float, clock: Callable[[], float]) -> None:
        self._log = log
        self._every_s = every_s
        self._clock = clock
        self._last: dict[str, float] = {}
        self._suppressed: dict[str, int] = {}

    def warning(self, subject: str, **extra: object) -> None:
        """Something of this kind has happened; ``extra`` describes this one time."""
        now = self._clock()
        if now - self._last.get(subject, -self._every_s) < self._every_s:
            self._suppressed[subject] = self._suppressed.get(subject, 0) + 1
            return
        self._last[subject] = now
        self._log.warning(subject, extra={**extra, "suppressed": self._suppressed.pop(subject, 0)})
