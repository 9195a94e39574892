"""Forwards: phase after phase, from wherever it stands."""

from migration.engine import record
from migration.engine.checks import check_database
from migration.engine.errors import RefusedError
from migration.engine.helper import make_helper
from migration.engine.progress import Progress
from migration.engine.record import PHASES
from migration.engine.session import Session
from migration.engine.steps import Step, StepRunner
from migration.phases import backfill, constrain, contract, expand, merge
from migration.phases.restore import stand_firm
from migration.phases.trial import refuse_what_fails
from migration.schema.catalog import read_catalog
from migration.schema.connection import Connection
from migration.schema.states import state_of
from migration.schema.target import script, target


async def begin(connection: Connection, state: str, backup: str | None) -> None:
    """Make the journal and record what was found. In one transaction: a database has all of it or nothing."""
    owner = await make_helper(connection)
    await connection.execute(script("journal.sql"))
    await connection.execute(script("hanging.sql"))
    await connection.execute(
        "INSERT INTO chat_migration.run (version, state, phase, backup, schema, owner) "
        "VALUES ($1, $2, 'none', $3, $4, $5)",
        record.VERSION,
        state,
        backup,
        connection.schema,
        owner,
    )


async def go_up(
    session: Session, to: str, progress: Progress, backup: str | None = None, batch_rows: int | None = None
) -> str:
    """Take every step up to the end of phase `to` that is not taken yet; return the state that was found.

    `batch_rows` fixes the size of a batch (tests); otherwise it follows the clock. Raises RefusedError, StoppedError.
    """
    connection = session.connection
    run = await record.read_run(connection)
    if run is None:
        state = state_of(await read_catalog(connection), target())
        if state == "U":
            progress.note("this database is user-based already; nothing to do")
            return state
        await check_database(connection)
        await refuse_what_fails(session, lambda c: begin(c, state, backup))
        await session.transaction(lambda c: begin(c, state, backup))
    else:
        state = run.state
        await stand_firm(session)
    for phase in PHASES[: PHASES.index(to) + 1]:
        await _phase(session, phase, progress, batch_rows)
    progress.note(f"✓ migration completed: {to}")
    return state


async def _phase(session: Session, phase: str, progress: Progress, batch_rows: int | None) -> None:
    connection = session.connection
    run = await record.read_run(connection)
    if run is None:
        raise RefusedError("the journal of this migration is gone")
    if run.phase in PHASES and PHASES.index(run.phase) >= PHASES.index(phase):
        return
    parts = (0, 1) if phase == "expand" else (0,)
    for part in parts:
        runner = StepRunner(session, phase, progress, batch_rows, await record.read_steps(connection))
        steps = await _steps(connection, phase, part, runner.known)
        progress.started(phase, len(steps), await runner.rows_of(steps))
        for step in steps:
            await runner.run(step)
    await session.transaction(lambda c: record.reach(c, phase))
    progress.ended(phase)


async def _steps(connection: Connection, phase: str, part: int, known: dict[str, record.Done]) -> list[Step]:
    catalog = await read_catalog(connection)
    if phase == "expand":
        return expand.bridges(catalog, known) if part else expand.objects(catalog)
    if phase == "backfill":
        return backfill.steps(catalog, known)
    if phase == "merge":
        return merge.steps(catalog)
    return constrain.steps(catalog) if phase == "constrain" else contract.steps(catalog)
