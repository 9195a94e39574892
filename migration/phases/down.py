"""Backwards: phase after phase; what was recorded on the way up is taken back in reverse order."""

import time

import asyncpg

from migration.engine import record
from migration.engine.errors import StoppedError
from migration.engine.helper import drop_helper
from migration.engine.progress import Progress
from migration.engine.record import PHASES, Done
from migration.engine.session import Session
from migration.phases.restore import LOCK, giving_way
from migration.schema.connection import Connection

MARKS = """
SELECT table_name, last_value, pg_get_serial_sequence(place, 'id') AS name
FROM (SELECT *, format('%I.%I', :'schema', table_name) AS place FROM chat_migration.mark) m
WHERE table_name IN ('pinned_messages', 'chat_two_step_verification') AND to_regclass(place) IS NOT NULL
    AND NOT EXISTS (SELECT FROM chat_migration.step WHERE name = 'table ' || table_name)
"""
AT_ONCE = 500
TRIES = 10
# Before a statement that takes some rows at a time: again, until there are none.
AGAIN = "/* until none is left */ "
# Done already by a way back that was cut, or never made by a way there that was cut.
THERE_OR_GONE = (
    asyncpg.DuplicateObjectError,
    asyncpg.DuplicateTableError,
    asyncpg.DuplicateColumnError,
    asyncpg.UndefinedTableError,
    asyncpg.UndefinedColumnError,
    asyncpg.UndefinedFunctionError,
    asyncpg.UndefinedObjectError,
)


async def go_down(session: Session, to: str | None, progress: Progress) -> dict[str, int]:
    """Take back every phase after `to` (None: all); return what is in the quarantine, a number a table.

    `to` is the phase that stays. On a database that was never migrated nothing happens.
    """
    run = await record.read_run(session.connection)
    if run is None:
        progress.note("this database was never migrated; nothing to do")
        return {}
    keep = PHASES.index(to) + 1 if to else 0
    for number in range(len(PHASES) - 1, keep - 1, -1):
        await _phase(session, PHASES[number], PHASES[number - 1] if number else "none", progress)
    kept = await quarantined(session.connection)
    if not to:
        await session.transaction(_forget)
        await drop_helper(session, run.owner)
        progress.note("✓ the database is in its old shape again")
    for table, rows in kept.items():
        progress.note(f"{rows} rows of {table} have no place in the old shape: chat_quarantine.kept")
    return kept


async def quarantined(connection: Connection) -> dict[str, int]:
    """Return how many rows of each table are kept in the quarantine."""
    if await connection.fetchval("SELECT to_regclass('chat_quarantine.kept')") is None:
        return {}
    rows = await connection.fetch(
        "SELECT table_name, count(*) AS n FROM chat_quarantine.kept GROUP BY 1 ORDER BY 1"
    )
    return {row["table_name"]: row["n"] for row in rows}


async def _phase(session: Session, phase: str, before: str, progress: Progress) -> None:
    """Drop what the phase made, newest first; then give every row of its journal its old self."""
    steps = [s for s in (await record.read_steps(session.connection)).values() if s.phase == phase]
    reached = await record.read_run(session.connection)
    if reached is None or not (steps or await _journaled(session.connection, phase)):
        return
    await session.transaction(lambda c: record.reach(c, before))
    if phase == "expand":
        await _sequences(session)
        await session.transaction(_forget_checksums)
    for step in reversed(steps):
        started = time.monotonic()
        await _undo(session, step)
        await _forget_step(session, step.name)
        if step.undo:
            progress.finished(f"back from {phase}", step.name, 0, time.monotonic() - started)
    started = time.monotonic()
    async with giving_way(session, phase):
        rows = await _rows(session, phase, progress)
    if rows:
        progress.finished(f"back from {phase}", "rows", rows, time.monotonic() - started)


async def _journaled(connection: Connection, phase: str) -> bool:
    """Say whether rows of a phase are still to be taken back: its steps may be gone already when a way back was cut."""
    query = "SELECT EXISTS (SELECT FROM chat_migration.journal WHERE phase = $1)"
    return bool(await connection.fetchval(query, phase))


async def _forget_step(session: Session, name: str) -> None:
    await session.transaction(lambda c: c.execute("DELETE FROM chat_migration.step WHERE name = $1", name))


async def _undo(session: Session, step: Done) -> None:
    """Run a step's way back, each statement for itself; again from its start when writes came in between.

    From the first statement on the step counts as not done, for an `up` that follows a way back that was cut.
    """
    reopen = "UPDATE chat_migration.step SET done = false WHERE name = $1"
    await session.transaction(lambda c: c.execute(reopen, step.name))
    for attempt in range(1, TRIES + 1):
        try:
            for sql in step.undo:
                await _one(session, sql)
        except (
            asyncpg.CheckViolationError,
            asyncpg.NotNullViolationError,
            asyncpg.UniqueViolationError,
        ) as failure:
            if attempt == TRIES:
                raise StoppedError(
                    f"{step.name}: rows that the old shape cannot hold are still being written"
                ) from failure
        else:
            return


async def _one(session: Session, sql: str) -> None:
    try:
        if "CONCURRENTLY" in sql:
            await session.alone(sql)
        else:
            # A foreign key is two tables: a writer who holds one and wants the other is never the one to give up.
            status = await session.transaction(lambda c: c.execute(sql), strong=True, holding=True)
            while sql.startswith(AGAIN) and not status.endswith(" 0"):
                status = await session.transaction(lambda c: c.execute(sql), holding=True)
    except THERE_OR_GONE:
        return


async def _rows(session: Session, phase: str, progress: Progress) -> int:
    total = 0
    while True:
        rows = await session.transaction(lambda c: _take_back(c, phase), holding=True)
        if not rows:
            return total
        total += rows
        progress.moved(f"back from {phase}", "rows", total, total)


async def _take_back(connection: Connection, phase: str) -> int:
    """Take the newest entries back and forget them, in one transaction; newest first, one by one."""
    await connection.execute(
        f"SELECT pg_advisory_xact_lock({LOCK}), set_config('chat_migration.rule', 'down', true)"
    )
    return int(
        await connection.fetchval(
            """
            WITH newest AS (
                DELETE FROM chat_migration.journal WHERE id IN (
                    SELECT id FROM chat_migration.journal WHERE phase = $1 ORDER BY id DESC LIMIT $2)
                RETURNING *)
            SELECT chat_migration.take_all_back(array_agg(n::chat_migration.journal ORDER BY n.id DESC))
            FROM newest n""",
            phase,
            AT_ONCE,
        )
        or 0
    )


async def _sequences(session: Session) -> None:
    """Let the sequences that only the migration itself used stand where they stood."""

    async def work(connection: Connection) -> None:
        rows = await connection.fetch(MARKS)
        for row in rows:
            highest = await connection.fetchval(f"SELECT coalesce(max(id), 0) FROM @{row['table_name']}")  # noqa: S608
            if highest <= (row["last_value"] or 0):
                await connection.execute(
                    "SELECT setval($1::text::regclass, $2, $3)",
                    row["name"],
                    row["last_value"] or 1,
                    row["last_value"] is not None,
                )

    await session.transaction(work)


async def _forget_checksums(connection: Connection) -> None:
    """Without the triggers nobody tells who wrote what: a later `up` takes new ones."""
    await connection.execute("DELETE FROM chat_migration.sealed; DELETE FROM chat_migration.touched")


async def _forget(connection: Connection) -> None:
    await connection.execute("DROP SCHEMA chat_migration CASCADE")
    if not await connection.fetchval("SELECT EXISTS (SELECT FROM chat_quarantine.kept)"):
        await connection.execute("DROP SCHEMA chat_quarantine CASCADE")
