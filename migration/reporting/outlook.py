"""What a migration of this database will cost: rows, time, disk and locks. Reads only.

The time is measured and not guessed from sizes: `plan` has just looked for conflicts in every table, on this server,
with its disk and with all else that it does. `up` takes so many times as long (docs/benchmarks-migration.md), and each
of its steps a few short transactions however small the tables are.
"""

# SQL is put together from our own constants only: no value from outside reaches it.
# ruff: noqa: S608

import time
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from migration.anomalies.identities import JOURNALED
from migration.schema.catalog import Catalog
from migration.schema.connection import Connection
from migration.schema.statements import Statement

# Each phase beside the search for conflicts in the same data.
TIMES_THE_SEARCH = {"expand": 0.0, "backfill": 1.2, "merge": 0.95, "constrain": 0.15}
STEP_S = 0.025  # a step beside `PROBE_S`, which is what the probe takes
PROBE_S = 0.065
PROBE = "SELECT sum(hashtextextended(repeat('x', 200) || n, 0)::numeric) FROM generate_series(1, 50000) n"
PROBES = 5
# Bytes a row of a B-tree on two integers, and what a row of the journal takes.
INDEX_BYTES = 24
JOURNAL_BYTES = 700


@dataclass(frozen=True)
class TableSize:
    """One table of the chat: its rows, counted, and its bytes with indexes."""

    name: str
    rows: int
    bytes: int


@dataclass(frozen=True)
class Outlook:
    """What is there and what `up` will cost. Seconds a phase; bytes that the database will grow by."""

    server: str
    database_bytes: int
    tables: list[TableSize] = field(default_factory=list)
    seconds: dict[str, float] = field(default_factory=dict)
    disk_bytes: int = 0

    @property
    def total_s(self) -> float:
        """How long `up` will take, in seconds."""
        return sum(self.seconds.values())

    def as_json(self) -> dict[str, Any]:
        """Return what `plan --json` says about it."""
        return {
            "server": self.server,
            "database_bytes": self.database_bytes,
            "tables": [{"table": t.name, "rows": t.rows, "bytes": t.bytes} for t in self.tables],
            "estimate": {
                "seconds": round(self.total_s, 1),
                "phases": {phase: round(s, 1) for phase, s in self.seconds.items()},
                "disk_bytes": self.disk_bytes,
                "backup_bytes": self.database_bytes,
            },
        }


async def look(
    connection: Connection,
    catalog: Catalog,
    statements: list[tuple[str, Statement]],
    cases: int,
    search_s: float,
) -> Outlook:
    """Measure tables and server. `cases`: rows that need a rule, each goes into the journal; `search_s`: how long the
    search for them took.
    """
    tables = [await _size(connection, name) for name in JOURNALED if name in catalog.tables]
    server = await connection.fetchval("SELECT current_setting('server_version')")
    size = await connection.fetchval("SELECT pg_database_size(current_database())")
    seconds = estimated(statements, search_s, await _slowness(connection))
    return Outlook(server, size, tables, seconds, grown(tables, statements, cases))


async def _size(connection: Connection, table: str) -> TableSize:
    rows = await connection.fetchval(f"SELECT count(*) FROM @{table}")
    size = await connection.fetchval(
        "SELECT pg_total_relation_size(format('%I.%I', :'schema', $1::text)::regclass)", table
    )
    return TableSize(table, rows, size)


async def _slowness(connection: Connection) -> float:
    """Return how many times longer than the measured server this one takes for a little work."""
    started = time.monotonic()
    for _ in range(PROBES):
        await connection.fetchval(PROBE)
    return (time.monotonic() - started) / PROBES / PROBE_S


def estimated(statements: list[tuple[str, Statement]], search_s: float, slowness: float) -> dict[str, float]:
    """Return the seconds of each phase that has something left to do; contract is on demand and not counted."""
    left = Counter(phase for phase, _ in statements if phase in TIMES_THE_SEARCH)
    return {
        phase: TIMES_THE_SEARCH[phase] * search_s + steps * STEP_S * slowness for phase, steps in left.items()
    }


def grown(tables: Iterable[TableSize], statements: list[tuple[str, Statement]], cases: int) -> int:
    """Return the bytes that indexes, journal and rewritten rows will take."""
    rows = {t.name: t.rows for t in tables}
    words = [s.sql.split() for _, s in statements if s.sql.startswith("CREATE") and " CONCURRENTLY " in s.sql]
    indexed = [rows.get(w[w.index("ON") + 1].rpartition(".")[2], 0) for w in words]
    return sum(indexed) * INDEX_BYTES + cases * JOURNAL_BYTES


def locks(statements: Iterable[tuple[str, Statement]]) -> dict[str, int]:
    """Return how many statements take which lock, the strongest first."""
    order = ("ACCESS EXCLUSIVE", "SHARE ROW EXCLUSIVE", "SHARE UPDATE EXCLUSIVE", "ROW EXCLUSIVE")
    found = Counter(name for _, s in statements for name in order if s.lock.startswith(name))
    return {name: found[name] for name in order if found[name]}
