"""What somebody signs: which database, who and when, rows and checksums before and after, rules, times, locks, backup.

Read from what the migration recorded; the checksums of now are computed, so it reads every table of the chat once.
"""

# SQL is put together from our own constants only: no value from outside reaches it.
# ruff: noqa: S608

from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from migration.anomalies.identities import JOURNALED
from migration.engine import record
from migration.engine.history import Command, history, operator, tool_version
from migration.reporting.checksums import Shape, read_shape
from migration.schema.catalog import Catalog
from migration.schema.connection import Connection
from migration.schema.rows import checksum


@dataclass(frozen=True)
class Balance:
    """One table: rows before and now, merged away, added since; checksums over the columns that it had before.

    `before` and `sum_before` are None when the migration has not read the table yet.
    """

    table: str
    before: int | None
    now: int
    merged: int
    added: int
    sum_before: str | None
    sum_now: str


@dataclass(frozen=True)
class Decision:
    """What one rule did to the rows of one table, with an example."""

    rule: str
    table: str
    action: str
    rows: int
    example: str


@dataclass(frozen=True)
class Story:
    """All facts of the report that the other results do not have. Times are UTC."""

    database: str
    server: str
    tool: str
    who: str
    at: datetime
    commands: list[Command] = field(default_factory=list)
    balances: list[Balance] = field(default_factory=list)
    decisions: list[Decision] = field(default_factory=list)
    phases: list[str] = field(default_factory=list)
    backup: str = "none"

    def as_json(self) -> dict[str, Any]:
        """Return what `report --json` adds."""
        return {
            "database": self.database,
            "server": self.server,
            "tool": self.tool,
            "who": self.who,
            "at": self.at.isoformat(),
            "commands": [vars(c) | {"ended_at": c.ended_at.isoformat()} for c in self.commands],
            "tables": [vars(b) for b in self.balances],
            "rules": [vars(d) for d in self.decisions],
            "phases": self.phases,
            "backup": self.backup,
        }


async def collect(connection: Connection, catalog: Catalog) -> Story:
    """Collect the story; on a database that was never migrated it is only who, where and when."""
    database, role, server = await _row(
        connection, "SELECT current_database()::text, session_user::text, current_setting('server_version')"
    )
    start = (database, server, tool_version(), operator(role), datetime.now(UTC))
    run = await record.read_run(connection)
    if run is None:
        return Story(*start)
    known = await record.read_steps(connection)
    balances = []
    for table in (t for t in JOURNALED if t in catalog.tables):
        sealed, shape = known.get(f"checksums {table}"), await read_shape(connection, catalog, table)
        if shape is not None:
            balances.append(await _balance(connection, shape, read=sealed is not None and sealed.done))
    return Story(
        *start,
        await history(connection),
        balances,
        await _decisions(connection),
        await _phases(connection),
        _backup(run.backup),
    )


async def _row(connection: Connection, sql: str, *arguments: Any) -> tuple[Any, ...]:
    row = await connection.fetchrow(sql, *arguments)
    return tuple(row) if row is not None else ()


async def _balance(connection: Connection, shape: Shape, *, read: bool) -> Balance:
    """`read`: the checksums of before are complete; an empty table has none."""
    table = shape.table
    was, sum_was = await _row(
        connection,
        "SELECT coalesce(sum(rows), 0)::bigint, sum(checksum) FROM chat_migration.sealed WHERE table_name = $1",
        table,
    )
    rows, sum_now = await _row(
        connection, f"SELECT count(*), sum({checksum(shape.there)}::numeric) FROM @{table} t"
    )
    merged, added = await _row(connection, MOVED.format(table=table), table)
    return Balance(
        table, was if read else None, rows, merged, added, _hex(sum_was) if read else None, _hex(sum_now)
    )


MOVED = """
SELECT (SELECT count(DISTINCT key) FROM chat_migration.journal WHERE table_name = $1 AND action = 'D'),
    (SELECT count(*) FROM @{table} t WHERE t.id >
        coalesce((SELECT key FROM chat_migration.mark WHERE table_name = $1), 0))
"""


def _hex(checksum: Any) -> str:
    """Write a sum of 64-bit checksums in 16 digits."""
    return f"{int(checksum or 0) % 2**64:016x}"


ACTIONS = {"U": "changed", "D": "merged away", "I": "added"}


async def _decisions(connection: Connection) -> list[Decision]:
    rows = await connection.fetch(
        "SELECT rule, table_name, action::text AS action, count(DISTINCT key) AS n, min(key) AS key, "
        "(array_agg(winner ORDER BY key))[1] AS winner FROM chat_migration.journal GROUP BY 1, 2, 3 ORDER BY 1, 2, 3"
    )
    return [
        Decision(r["rule"], r["table_name"], ACTIONS[r["action"]], r["n"], _example(r["key"], r["winner"]))
        for r in rows
    ]


def _example(key: int, winner: int | None) -> str:
    return f"id {key}" if winner is None else f"id {key} into {winner}"


async def _phases(connection: Connection) -> list[str]:
    """A line a phase: its steps, rows, and from when to when."""
    rows = await connection.fetch(
        "SELECT phase, count(*) AS steps, count(*) FILTER (WHERE NOT done) AS open, sum(rows)::bigint AS rows, "
        "min(finished_at) AS first, max(finished_at) AS last FROM chat_migration.step GROUP BY phase ORDER BY min(seq)"
    )
    return [
        f"{r['phase']}: {r['steps']} steps{_open(r['open'])}, {r['rows']:,} rows changed, "
        + _between(r["first"], r["last"])
        for r in rows
    ]


def _open(number: int) -> str:
    return f" ({number} not done)" if number else ""


def _between(first: datetime | None, last: datetime | None) -> str:
    if first is None or last is None:
        return "not finished"
    return (
        f"{first:%Y-%m-%d %H:%M:%S} to {last:%Y-%m-%d %H:%M:%S} UTC ({(last - first).total_seconds():.1f} s)"
    )


def _backup(path: str | None) -> str:
    """Say which file it is, and whether it is still there as far as this machine can see."""
    if path is None:
        return "none was made (--no-backup)"
    file = Path(path)
    try:
        return f"{path}, {file.stat().st_size:,} bytes" if file.exists() else f"{path}, not on this machine"
    except OSError:
        return f"{path}, cannot be read here"
