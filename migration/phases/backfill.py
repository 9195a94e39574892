"""Phase 2, backfill: checksums of everything as it was, then both halves of every row, in committed batches."""

# SQL is put together from our own constants only: no value from outside reaches it.
# ruff: noqa: S608

from migration.anomalies.batches import Batch, backfills
from migration.anomalies.collisions import collisions
from migration.anomalies.identities import JOURNALED
from migration.engine.record import Done
from migration.engine.steps import BatchStep, Step
from migration.phases.table_functions import original_columns
from migration.schema.catalog import Catalog, Column
from migration.schema.rows import BUCKET, bucket, checksum, written


def seal(table: str, columns: dict[str, Column]) -> BatchStep:
    """Return the step that records the checksums of one table, a bucket of ids at a time."""
    sql = f"""
INSERT INTO chat_migration.sealed (table_name, bucket, rows, checksum, snapshot)
SELECT '{table}', {bucket("t.id")}, count(*), sum({checksum(written(columns))}::numeric), pg_current_snapshot()
FROM @{table} t WHERE t.id > $1::bigint AND t.id <= $2::bigint
    AND t.id <= (SELECT key FROM chat_migration.mark WHERE table_name = '{table}')
GROUP BY {bucket("t.id")} ON CONFLICT DO NOTHING"""
    return BatchStep(Batch(f"checksums {table}", "", table, (sql,), size=20_000), BUCKET)


def steps(catalog: Catalog, known: dict[str, Done]) -> list[Step]:
    """Return the checksums first: nothing may change before them."""
    column = "last_active_at" if "column chat_active_sessions.last_active" in known else "last_active"
    return [
        *(
            seal(table, original_columns(catalog, known, table))
            for table in JOURNALED
            if table in catalog.tables
        ),
        *_corrections(catalog, column, known),
    ]


def _corrections(catalog: Catalog, column: str, known: dict[str, Done]) -> list[Step]:
    """Return the data steps; before a key is corrected, rows that would become one with another are merged.

    Once a step is done, nothing is left to merge before it, whatever keys the tables have got since.
    """
    before = collisions(catalog)
    made: list[Step] = []
    for batch in backfills(column):
        if batch.table in catalog.tables:
            first = None if BatchStep(batch).name in known else before.get(batch.name)
            made += [BatchStep(b) for b in (first, batch) if b is not None]
    return made
