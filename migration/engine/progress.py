"""What a person sees while the migration works: one line a finished step, and on a terminal a moving line."""

import sys
import time
from datetime import UTC, datetime
from typing import TextIO


class Progress:
    """Hears what happens and says nothing; the base of the others."""

    def moved(self, phase: str, step: str, rows: int, total: int) -> None:
        """So many rows of about `total` have been looked at."""

    def finished(self, phase: str, step: str, rows: int, seconds: float) -> None:
        """A step is done; `rows` were changed."""

    def note(self, text: str) -> None:
        """Something that a person should know."""


class Lines(Progress):
    """The documents' form: a line a step with the time, a tick and the number of rows; then the closing line."""

    def __init__(self, out: TextIO | None = None) -> None:
        self.out = out or sys.stderr
        self.moving = self.out.isatty()
        self.step = ""
        self.since = 0.0

    def moved(self, phase: str, step: str, rows: int, total: int) -> None:
        """On a terminal: rows, rate, remaining time and phase on one line that is written over."""
        if not self.moving:
            return
        if step != self.step:
            self.step, self.since = step, time.monotonic()
        rate = rows / max(time.monotonic() - self.since, 0.001)
        left = (total - rows) / rate if rate else 0.0
        share = 100 * rows // max(total, 1)
        line = (
            f"{phase}: {step} {rows:,} of {total:,} rows ({share} %), {rate:,.0f} a second, {left:.0f} s left"
        )
        self.out.write(f"\r\x1b[K{line[:118]}")
        self.out.flush()

    def finished(self, phase: str, step: str, rows: int, seconds: float) -> None:
        """One line."""
        self._line(f"✓ {phase}: {step} ({rows:,} rows updated, {seconds:.2f} s)")

    def note(self, text: str) -> None:
        """One line."""
        self._line(text)

    def _line(self, text: str) -> None:
        erase = "\r\x1b[K" if self.moving else ""
        self.out.write(f"{erase}[{datetime.now(UTC):%Y-%m-%d %H:%M:%S}] {text}\n")
        self.out.flush()
