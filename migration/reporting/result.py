"""What every command of the migration ends with."""

from dataclasses import dataclass, field
from typing import Any

from migration.reporting.conflicts import Conflict
from migration.reporting.outlook import Outlook
from migration.reporting.story import Story
from migration.schema.statements import Statement


@dataclass
class Result:
    """What a command ends with; `as_json` is the object of --json. `state` is the one that was found at first."""

    command: str
    state: str
    phase: str
    done: bool
    rows: dict[str, int] = field(default_factory=dict)
    conflicts: list[Conflict] = field(default_factory=list)
    differences: list[str] = field(default_factory=list)
    seconds: float = 0.0
    statements: list[tuple[str, Statement]] = field(default_factory=list)
    blocks: list[str] = field(default_factory=list)
    missing: list[str] = field(default_factory=list)
    quarantine: dict[str, int] = field(default_factory=dict)
    undecided: list[str] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    longest_lock_s: float = 0.0
    outlook: Outlook | None = None
    story: Story | None = None
    rehearsal: list[str] = field(default_factory=list)

    def as_json(self) -> dict[str, Any]:
        """Return the object that --json prints."""
        return {
            "command": self.command,
            "state": self.state,
            "phase": self.phase,
            "done": self.done,
            "rows": self.rows,
            "conflicts": [
                {"class": c.name, "count": c.count, "examples": c.examples} for c in self.conflicts
            ],
            "differences": self.differences,
            "seconds": round(self.seconds, 3),
            "undecided": self.undecided,
            "notes": self.notes,
            "missing": self.missing,
            "quarantine": self.quarantine,
            "longest_lock_seconds": round(self.longest_lock_s, 4),
            **({"report": self.story.as_json()} if self.story is not None else {}),
            **(self._planned(self.outlook) if self.outlook is not None else {}),
        }

    def _planned(self, outlook: Outlook) -> dict[str, Any]:
        statements = [{"phase": p, "sql": s.sql, "lock": s.lock} for p, s in self.statements]
        return {
            **outlook.as_json(),
            "blocks": self.blocks,
            "rehearsal": self.rehearsal,
            "statements": statements,
        }
