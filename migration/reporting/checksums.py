"""Is every row what it was? Each table against its sealed checksums, a bucket of keys at a time.

The application goes on living: a column that it dropped, renamed or changed cannot be compared any more. Then the rows
are counted, and a note says so.
"""

# SQL is put together from our own constants and from names in quotes: no value from outside reaches it.
# ruff: noqa: S608

import json
from dataclasses import dataclass

from migration.reporting.views import overlay
from migration.schema.catalog import Catalog
from migration.schema.connection import Connection
from migration.schema.rows import BUCKET, bucket, checksum, checksum_of, kept, written

SHOWN = 20


@dataclass(frozen=True)
class Shape:
    """The columns that a table had (with their types), those of them that are still there, and those that came."""

    table: str
    had: dict[str, str]
    there: dict[str, str]
    came: tuple[str, ...]

    @property
    def same(self) -> bool:
        """Every column that it had is still there."""
        return self.had == self.there

    def notes(self) -> list[str]:
        """Say what the application changed since."""
        gone = [c for c in self.had if c not in self.there]
        made = [f"{self.table}.{c} was added by the application since" for c in self.came]
        if gone:
            names = ", ".join(f"{self.table}.{c}" for c in gone)
            made.append(
                f"{names}: dropped, renamed or changed by the application since; the rows of {self.table} are counted, "
                "their old values cannot be compared any more"
            )
        return made


async def read_shape(connection: Connection, catalog: Catalog, table: str) -> Shape | None:
    """Return what is recorded about a table, or None when its triggers never came."""
    query = "SELECT columns::text FROM chat_migration.mark WHERE table_name = $1"
    recorded = await connection.fetchval(query, table)
    if recorded is None:
        return None
    added = {
        row["name"].partition(".")[2]
        for row in await connection.fetch(
            "SELECT name FROM chat_migration.step WHERE starts_with(name, $1)", f"column {table}."
        )
    }
    had, today = json.loads(recorded), written(catalog.tables[table])
    there = {c: t for c, t in had.items() if today.get(c) == t}
    return Shape(
        table, had, there, tuple(c for c in catalog.tables[table] if c not in had and c not in added)
    )


async def listed(connection: Connection, query: str) -> list[str]:
    """Return the texts that a query gives, at most 20."""
    rows = await connection.fetch(f"SELECT x FROM ({query}) AS cases (x) ORDER BY 1 LIMIT {SHOWN}")
    return [row[0] for row in rows]


async def checksums(connection: Connection, shape: Shape) -> list[str]:
    """Compare every bucket: today's untouched rows as they were, removed ones, and what touched ones were."""
    found = []
    for row in await connection.fetch(_buckets(shape)):
        low = row["bucket"] * BUCKET
        where = f"{shape.table} ids {low} to {low + BUCKET - 1}"
        if row["was"] != row["is"]:
            found.append(f"{where}: {row['was'] or 0} rows before, {row['is'] or 0} accounted for")
        else:
            found.append(f"{where}: a row is not what it was, and nobody is known to have changed it")
    return found


BUCKETS = """
WITH {overlay},
first_touch AS MATERIALIZED (
    SELECT DISTINCT ON (t.key) t.key, t.hash, t.born FROM chat_migration.touched t
    LEFT JOIN chat_migration.sealed s ON s.table_name = t.table_name AND s.bucket = {touched_bucket}
    WHERE t.table_name = '{table}' AND pg_visible_in_snapshot(t.xid, s.snapshot) IS NOT TRUE ORDER BY t.key, t.seq),
mark AS (SELECT key FROM chat_migration.mark WHERE table_name = '{table}'),
rows AS (
    SELECT t.id::bigint AS key, {plain} AS hash FROM @{table} t
    WHERE t.id <= (SELECT key FROM mark) AND t.id NOT IN (SELECT key FROM patch)
        AND t.id NOT IN (SELECT key FROM first_touch)
    UNION ALL
    SELECT t.id, {patched} FROM @{table} t JOIN patch p ON p.key = t.id
    WHERE t.id <= (SELECT key FROM mark) AND t.id NOT IN (SELECT key FROM first_touch)
    UNION ALL
    SELECT r.key, {removed} FROM removed r
    WHERE r.key <= (SELECT key FROM mark) AND r.key NOT IN (SELECT key FROM first_touch)
    UNION ALL
    SELECT key, hash FROM first_touch WHERE NOT born),
today AS (SELECT {bucket} AS bucket, count(*) AS rows, sum(hash::numeric) AS checksum FROM rows GROUP BY 1)
SELECT coalesce(s.bucket, n.bucket) AS bucket, s.rows AS was, n.rows AS is
FROM (SELECT * FROM chat_migration.sealed WHERE table_name = '{table}') s FULL JOIN today n ON n.bucket = s.bucket
WHERE s.rows IS DISTINCT FROM n.rows {differs} ORDER BY 1 LIMIT {shown}"""


def _buckets(shape: Shape) -> str:
    table, columns = shape.table, shape.had
    plain = patched = removed = "0"
    if shape.same:
        plain, patched = checksum(columns), checksum(columns, "t", "p.old", columns)
        removed = checksum_of({c: kept(c, t, "r.old") for c, t in columns.items()})
    return BUCKETS.format(
        table=table,
        overlay=overlay(table, since_sealed=True),
        plain=plain,
        patched=patched,
        removed=removed,
        differs="OR s.checksum IS DISTINCT FROM n.checksum" if shape.same else "",
        bucket=bucket("key"),
        touched_bucket=bucket("t.key"),
        shown=SHOWN,
    )
