"""Logs that something happens again and again, without a line for each time."""

import logging
from collections.abc import Callable


class Sparing:
    """Writes at most one line per subject in ``every_s`` seconds, and how many were kept back since.

    ``clock`` gives seconds that never go back. Subjects must be few and fixed: they are remembered.
    """

    def __init__(self, log: logging.Logger, every_s: float, clock: Callable[[], float]) -> None:
        self._log = log
        self._every_s = every_s
        self._clock = clock
        self._last: dict[str, float] = {}
        self._kept_back: dict[str, int] = {}

    def warning(self, subject: str, **extra: object) -> None:
        """Something of this kind has happened; ``extra`` describes this one time."""
        now = self._clock()
        if now - self._last.get(subject, -self._every_s) < self._every_s:
            self._kept_back[subject] = self._kept_back.get(subject, 0) + 1
            return
        self._last[subject] = now
        self._log.warning(subject, extra={**extra, "kept_back": self._kept_back.pop(subject, 0)})
