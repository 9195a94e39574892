"""What a person sees while the migration works: on a terminal a line a phase that moves, in a log a line a step."""

import shutil
import sys
import time
from datetime import UTC, datetime
from typing import TextIO


class Progress:
    """Hears what happens and says nothing; the base of the others."""

    def started(self, phase: str, steps: int, rows: int) -> None:
        """Of a phase so many steps are to be taken, which will look at about so many rows; may come in parts."""

    def ended(self, phase: str) -> None:
        """All steps of a phase are done."""

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


REDRAW_S = 0.1


class Phases(Progress):
    """On a terminal: a line a phase with what it did, and under it one that moves: share, rate and remaining time."""

    def __init__(self, out: TextIO | None = None) -> None:
        self.out = out or sys.stderr
        self.drawn = 0.0
        self._begin("")

    def _begin(self, phase: str) -> None:
        self.phase, self.since = phase, time.monotonic()
        self.steps = self.taken = self.rows = self.seen = self.changed = self.at = self.of = 0

    def started(self, phase: str, steps: int, rows: int) -> None:
        """Count what is to be done."""
        self._of(phase)
        self.steps += steps
        self.rows += rows

    def moved(self, phase: str, step: str, rows: int, total: int) -> None:
        """Draw the moving line, at most ten times a second."""
        self._of(phase)
        self.at, self.of = rows, total
        if time.monotonic() - self.drawn > REDRAW_S:
            self.drawn = time.monotonic()
            self._write(f"\r\x1b[K{self._moving(step)[: shutil.get_terminal_size().columns - 1]}")

    def finished(self, phase: str, step: str, rows: int, seconds: float) -> None:
        """Count a step."""
        self._of(phase)
        self.taken += 1
        self.changed += rows
        self.seen += max(self.of, self.at)
        self.at = self.of = 0

    def ended(self, phase: str) -> None:
        """Leave one line about the phase."""
        if self.phase:
            spent = time.monotonic() - self.since
            self._write(
                f"\r\x1b[K✓ {self.phase:<20}{self.taken:>4} steps{self.changed:>14,} rows changed{spent:>9.1f} s\n"
            )
        self._begin("")

    def note(self, text: str) -> None:
        """One line that stays."""
        self.ended(self.phase)
        self._write(f"\r\x1b[K{text}\n")

    def _of(self, phase: str) -> None:
        if phase != self.phase:
            self.ended(self.phase)
            self._begin(phase)

    def _moving(self, step: str) -> str:
        """The rate is that of the phase, so that the remaining time is that of the phase, too."""
        seen = self.seen + self.at
        total = max(self.rows, self.seen + self.of)
        rate = seen / max(time.monotonic() - self.since, 0.001)
        left = (total - seen) / rate if rate else 0.0
        share = 100 * seen // max(total, 1)
        return f"  {self.phase} {share} %, {rate:,.0f} rows a second, {left:.0f} s left: {step}"

    def _write(self, text: str) -> None:
        self.out.write(text)
        self.out.flush()


def for_person(out: TextIO, *, verbose: bool) -> Progress:
    """Return a line a phase for a terminal, and a line a step for a log or for whoever asks for it."""
    return Phases(out) if out.isatty() and not verbose else Lines(out)
