"""What a person sees while the demo begins: a line for each phase of the migration, not one for each of its steps."""

import sys
from typing import TextIO

from migration.engine.progress import Progress


class Phases(Progress):
    """Adds the steps of a phase up, and says the sum when it is over. ``out`` is standard error if not given."""

    def __init__(self, out: TextIO | None = None) -> None:
        self._out = out or sys.stderr
        self._phase = ""
        self._steps = self._rows = 0
        self._seconds = 0.0

    def finished(self, phase: str, step: str, rows: int, seconds: float) -> None:
        """One more step of a phase."""
        if phase != self._phase:
            self._end_phase()
            self._phase = phase
        self._steps += 1
        self._rows += rows
        self._seconds += seconds

    def note(self, text: str) -> None:
        """One line."""
        self._end_phase()
        self._line(text)

    def _end_phase(self) -> None:
        if self._phase:
            rows = f", {self._rows:,} rows updated" if self._rows else ""
            self._line(f"  ✓ {self._phase}: {self._steps} steps{rows} ({self._seconds:.2f} s)")
        self._phase, self._steps, self._rows, self._seconds = "", 0, 0, 0.0

    def _line(self, text: str) -> None:
        print(text, file=self._out, flush=True)
