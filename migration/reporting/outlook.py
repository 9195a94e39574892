"""What a migration of this database will cost: rows, time, disk and locks. Reads only.

The time is measured and not guessed from sizes: `plan` reads some thousand messages as the batches of `up` will, on
this server, with all else that it does. Every phase takes so many times as long a row (docs/benchmarks-migration.md),
and for its steps as long as so many looks at the catalog, however small the tables are.
"""

# SQL is put together from our own constants only: no value from outside reaches it.
# ruff: noqa: S608

import time
from collections import Counter
from collections.abc import Awaitable, Callable, Iterable
from dataclasses import dataclass, field
from statistics import median
from typing import Any

from migration.anomalies.identities import JOURNALED
from migration.reporting.conflicts import identity_cte
from migration.schema.catalog import Catalog, read_catalog
from migration.schema.connection import Connection
from migration.schema.statements import Statement

# Each phase beside the probe, a row of all tables.
TIMES_THE_PROBE = {"expand": 0.0, "backfill": 3.0, "merge": 0.7, "constrain": 0.3}
# All its steps on empty tables beside one look at the catalog.
TIMES_THE_CATALOG = {"expand": 70, "backfill": 75, "merge": 50, "constrain": 30}
# The two things that batches do with every row: its checksum, and who its profile belongs to.
PROBE = """
{identity} SELECT count(*), sum(hashtextextended(ROW(t.*)::text, 0)::numeric), count(o.user_id) FROM (
    SELECT * FROM @chat_messages ORDER BY id LIMIT 20000) t
LEFT JOIN identity o ON o.profile_type = lower(btrim(t.sender_profile_type)) AND o.profile_id = t.sender_profile_id"""
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
    connection: Connection, catalog: Catalog, statements: list[tuple[str, Statement]], cases: int
) -> Outlook:
    """Measure tables and server. `cases`: rows that need a rule, each goes into the journal."""
    tables = [await _size(connection, name) for name in JOURNALED if name in catalog.tables]
    server = await connection.fetchval("SELECT current_setting('server_version')")
    size = await connection.fetchval("SELECT pg_database_size(current_database())")
    row_s = await _row_s(connection, catalog)
    catalog_s = await _median_s(lambda: read_catalog(connection))
    seconds = estimated(statements, sum(t.rows for t in tables) * row_s, catalog_s)
    return Outlook(server, size, tables, seconds, grown(tables, statements, cases))


async def _row_s(connection: Connection, catalog: Catalog) -> float:
    """Return the seconds that the probe takes a row."""
    query = PROBE.format(identity=identity_cte(catalog))
    rows: int = await connection.fetchval(query)
    return await _median_s(lambda: connection.fetchval(query)) / max(rows, 1)


async def _median_s(work: Callable[[], Awaitable[object]]) -> float:
    """Return how long something takes: in the middle of some tries."""
    taken = []
    for _ in range(PROBES):
        started = time.monotonic()
        await work()
        taken.append(time.monotonic() - started)
    return median(taken)


async def _size(connection: Connection, table: str) -> TableSize:
    rows = await connection.fetchval(f"SELECT count(*) FROM @{table}")
    size = await connection.fetchval(
        "SELECT pg_total_relation_size(format('%I.%I', :'schema', $1::text)::regclass)", table
    )
    return TableSize(table, rows, size)


def estimated(statements: list[tuple[str, Statement]], probe_s: float, catalog_s: float) -> dict[str, float]:
    """Return the seconds of each phase that has something left to do; contract is on demand and not counted.

    `probe_s`: what the probe would take for all rows; `catalog_s`: one look at the catalog.
    """
    left = dict.fromkeys(phase for phase, _ in statements if phase in TIMES_THE_PROBE)
    return {phase: TIMES_THE_PROBE[phase] * probe_s + TIMES_THE_CATALOG[phase] * catalog_s for phase in left}


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
