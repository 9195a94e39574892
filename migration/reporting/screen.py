"""The first screen of `plan`, for a person: what was found, what will change, what blocks, what it costs."""

from collections.abc import Iterable

from migration.anomalies.rules import TRAPS
from migration.reporting.outlook import Outlook, locks
from migration.reporting.result import Result
from migration.schema.statements import Statement
from migration.schema.states import EXPLAINED

WIDTH = 10
LOCKS = {
    "ACCESS EXCLUSIVE": "nobody reads or writes the table: a moment each, given up after 2 s and tried again",
    "SHARE ROW EXCLUSIVE": "nobody writes the table: a moment each, given up after 2 s and tried again",
    "SHARE UPDATE EXCLUSIVE": "everybody reads and writes: indexes are built, constraints validated",
    "ROW EXCLUSIVE": "the rows of one batch, about 0.4 s each",
}


def screen(result: Result, where: str) -> str:
    """Return the text of `plan` without --sql."""
    parts = [("Database", _database(result, where)), ("Blocks", _blocks(result))]
    if result.outlook is not None:
        parts += [("Rows", _tables(result.outlook))]
    parts += [("Changes", _changes(result))]
    if result.outlook is not None:
        parts += [
            ("Takes", _time(result.outlook)),
            ("Disk", _disk(result.outlook)),
            ("Locks", _locks(result.statements)),
        ]
    if result.rehearsal:
        parts.append(("Rehearsal", result.rehearsal))
    lines = [line for title, text in parts for line in _section(title, text)]
    lines += [f"D16, left as it is: {message}" for message in result.undecided]
    lines += [f"BLOCKED: {reason}" for reason in result.blocks]
    lines.append("Nothing was changed. --sql prints the statements, --rehearse tries everything on a copy.")
    return "\n".join(lines)


def script(statements: Iterable[tuple[str, Statement]], where: str) -> str:
    """Return the text of `plan --sql`: every statement with its phase and its lock."""
    lines = [f"-- {where}"]
    for phase, statement in statements:
        lines += [f"-- {phase}; lock: {statement.lock}", f"{statement.sql.strip().rstrip(';')};", ""]
    return "\n".join(lines)


def _section(title: str, lines: list[str]) -> list[str]:
    first, *more = lines or ["none"]
    return [f"{title:<{WIDTH}}{first}", *(" " * WIDTH + line for line in more), ""]


def _database(result: Result, where: str) -> list[str]:
    lines = [where]
    if result.outlook is not None:
        lines[0] += f", PostgreSQL {result.outlook.server}, {megabytes(result.outlook.database_bytes)}"
    lines.append(f"state {result.state} ({EXPLAINED.get(result.state, 'unknown')}), phase {result.phase}")
    return lines


def _tables(outlook: Outlook) -> list[str]:
    return [f"{t.name:<26}{t.rows:>14,}{megabytes(t.bytes):>12}" for t in outlook.tables if t.rows]


def _changes(result: Result) -> list[str]:
    """A line a class of data that needs a rule: how often, what it is, what becomes of it."""
    found = {c.name: c.count for c in result.conflicts}
    lines = [f"{found[t.name]:>9,} × {t.name}, {t.title}" for t in TRAPS if t.name in found]
    lines.append("the person beside the profile, in every row that lacks one of the two")
    return lines


def _blocks(result: Result) -> list[str]:
    number = len(result.blocks)
    return ["nothing"] if not number else [f"{number} {'thing' if number == 1 else 'things'}, see below"]


def _time(outlook: Outlook) -> list[str]:
    """The estimate; nothing left to do takes no time."""
    if not outlook.seconds:
        return ["nothing is left to do"]
    phases = ", ".join(f"{phase} {span(s)}" for phase, s in outlook.seconds.items())
    return [f"about {span(outlook.total_s)} while everybody goes on writing ({phases})"]


def _disk(outlook: Outlook) -> list[str]:
    return [
        f"about {megabytes(outlook.disk_bytes)} more in the database",
        f"at most {megabytes(outlook.database_bytes)} for the backup",
    ]


def _locks(statements: list[tuple[str, Statement]]) -> list[str]:
    return [f"{number:>4} × {name}: {LOCKS[name]}" for name, number in locks(statements).items()]


def megabytes(number: int) -> str:
    """Return a size as people say it."""
    return f"{number / 1e9:,.1f} GB" if number >= 1e9 else f"{max(number / 1e6, 0.1):,.1f} MB"


def span(seconds: float) -> str:
    """Return a duration as people say it."""
    if seconds < 100:
        return f"{seconds:.0f} s"
    return f"{seconds / 60:.0f} min" if seconds < 6000 else f"{seconds / 3600:.1f} h"
