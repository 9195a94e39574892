"""The commands, for Python: `await up(dsn, backup=False)`. The command line and the demo call these.

Every function raises RefusedError (nothing was touched) or StoppedError (run it again) of migration.errors.
"""

import time
from pathlib import Path

import asyncpg

from migration.anomalies.identities import IDENTITIES
from migration.anomalies.merges import MERGES
from migration.engine import backup as backups
from migration.engine import record
from migration.engine.checks import check_database, obstacles
from migration.engine.errors import RefusedError
from migration.engine.history import recorded
from migration.engine.progress import Progress
from migration.engine.record import PHASES
from migration.engine.session import connect
from migration.engine.traffic import check_contract, check_down
from migration.phases.down import go_down, quarantined
from migration.phases.up import go_up
from migration.rehearsal.rehearse import rehearse
from migration.reporting.conflicts import conflicts, undecided
from migration.reporting.outlook import look
from migration.reporting.plan import planned
from migration.reporting.result import Result
from migration.reporting.story import collect
from migration.reporting.unfinished import unfinished
from migration.reporting.verify import verify_database
from migration.schema.catalog import Catalog, read_catalog
from migration.schema.connection import Connection
from migration.schema.states import missing_tables, state_of
from migration.schema.target import target

NO_WORD = "say --backup FILE or --no-backup first"


async def up(
    dsn: str,
    *,
    to: str = "constrain",
    backup: Path | bool | None = None,
    progress: Progress | None = None,
    batch_rows: int | None = None,
    schema: str | None = None,
    pg_dump: Path | None = None,
) -> Result:
    """Migrate forwards to the end of phase `to`. `backup`: a file to write one to, or False for "none wanted".

    With backup=None a database that was never migrated is refused; one that continues needs no second word.
    """
    started, progress = time.monotonic(), progress or Progress()
    _check_phase(to)
    async with connect(dsn, alone=True, schema=schema) as session:
        run = await record.read_run(session.connection)
        if run is None and backup is None:
            raise RefusedError(NO_WORD)
        await _check_before(session.connection, run, to)
        made = None
        if isinstance(backup, Path) and not (run and backups.is_same(backup, run.backup)):
            programs = backups.fitting(session.connection.get_server_version().major, pg_dump)
            made = await backups.make(dsn, backup, progress, programs)
        async with recorded(session, f"up --to {to}"):
            state = await go_up(session, to, progress, made, batch_rows)
        return await _result("up", session.connection, state, started, longest=session.longest_s)


async def down(
    dsn: str, *, to: str | None = None, progress: Progress | None = None, schema: str | None = None
) -> Result:
    """Migrate backwards; `to` is the phase that stays, None takes everything back."""
    started = time.monotonic()
    if to is not None:
        _check_phase(to)
    async with connect(dsn, alone=True, schema=schema) as session:
        await _refuse_no_chat(session.connection)
        run = await record.read_run(session.connection)
        await check_down(session.connection)
        async with recorded(session, f"down --to {to}" if to else "down"):
            kept = await go_down(session, to, progress or Progress())
        result = await _result(
            "down", session.connection, run.state if run else None, started, session.longest_s
        )
        result.quarantine = kept
        return result


async def status(dsn: str, *, schema: str | None = None) -> Result:
    """Say which state or phase the database is in and what is left."""
    started = time.monotonic()
    async with connect(dsn, schema=schema) as session:
        await _refuse_no_chat(session.connection)
        return await _result("status", session.connection, None, started)


async def plan(
    dsn: str, *, rehearsed: bool = False, rehearse_dsn: str | None = None, schema: str | None = None
) -> Result:
    """List every statement with its lock and every data conflict; reads only. `blocks` says what stands in the way.

    `rehearsed`: try everything in a scratch database on the server of `rehearse_dsn` (default: this one), as well.
    """
    started = time.monotonic()
    async with connect(dsn, schema=schema) as session, session.connection.transaction(readonly=True):
        await _refuse_no_chat(session.connection)
        result = await _result("plan", session.connection, None, started)
        catalog = await read_catalog(session.connection)
        known = await record.read_steps(session.connection) if result.phase != "none" else {}
        result.statements = planned(catalog, known)
        result.blocks += await obstacles(session.connection) if result.phase == "none" else []
        await _look_at_rows(result, session.connection, catalog)
        if rehearsed:
            await _rehearse(result, session.connection, dsn, rehearse_dsn)
        result.seconds = time.monotonic() - started
        return result


async def _look_at_rows(result: Result, connection: Connection, catalog: Catalog) -> None:
    """Count conflicts and measure tables, as far as this role may read them."""
    try:
        async with connection.transaction():
            result.conflicts = await conflicts(connection, catalog)
            result.undecided = await undecided(connection, catalog)
            cases = sum(c.count for c in result.conflicts)
            result.outlook = await look(connection, catalog, result.statements, cases)
    except asyncpg.InsufficientPrivilegeError as failure:
        if not result.blocks:
            result.blocks.append(f"missing rights: {failure.args[0]}")


async def _rehearse(result: Result, connection: Connection, dsn: str, server: str | None) -> None:
    """Add what a rehearsal says; what is blocked or begun already has none."""
    if result.blocks or result.phase != "none" or result.state == "U":
        result.rehearsal = ["not rehearsed: it is blocked, begun or done already"]
        return
    response = await rehearse(connection, dsn, server)
    result.rehearsal = response.lines
    result.blocks += response.blocks


async def verify(dsn: str, progress: Progress | None = None, *, schema: str | None = None) -> Result:
    """Compare everything with the declared rules; `differences` is empty when all is well."""
    started = time.monotonic()
    async with connect(dsn, schema=schema) as session:
        await _refuse_no_chat(session.connection)
        result = await _result("verify", session.connection, None, started)
        found = await verify_database(session.connection, progress or Progress())
        result.differences = [*await unfinished(session.connection), *found.differences]
        result.notes = found.notes
        result.done = not result.differences
        result.seconds = time.monotonic() - started
        return result


async def report(dsn: str, *, schema: str | None = None) -> Result:
    """Collect the whole story: what was found, decided, changed and kept, and the result of `verify`."""
    result = await verify(dsn, schema=schema)
    result.command = "report"
    async with connect(dsn, schema=schema) as session, session.connection.transaction(readonly=True):
        catalog = await read_catalog(session.connection)
        result.conflicts = await conflicts(session.connection, catalog)
        result.undecided = await undecided(session.connection, catalog)
        result.story = await collect(session.connection, catalog)
    return result


async def _check_before(connection: Connection, run: record.Run | None, to: str) -> None:
    if run is None:
        await check_database(connection)
    if to == "contract":
        await check_contract(connection)


def _check_phase(name: str) -> None:
    if name not in PHASES:
        raise RefusedError(f"no phase {name}; there are {', '.join(PHASES)}")


async def _refuse_no_chat(connection: Connection) -> None:
    missing = missing_tables(await read_catalog(connection))
    if missing:
        raise RefusedError(f"this is no chat database: no table {', '.join(missing)}")


async def _result(
    command: str, connection: Connection, state: str | None, started: float, longest: float = 0.0
) -> Result:
    run = await record.read_run(connection)
    catalog = await read_catalog(connection)
    phase = run.phase if run else "none"
    found = state or (run.state if run else state_of(catalog, target()))
    missing = [*_missing(catalog), *(_gone(catalog) if run else [])]
    done = not missing if command != "down" else True
    result = Result(command, found, phase, done, await _changed(connection, run is not None), missing=missing)
    result.quarantine = await quarantined(connection)
    result.seconds, result.longest_lock_s = time.monotonic() - started, longest
    return result


def _missing(catalog: Catalog) -> list[str]:
    return [item.label for item in target() if not item.exists(catalog)]


def _gone(catalog: Catalog) -> list[str]:
    """Return the columns that the application dropped or renamed, and that the triggers need."""
    needed = {(i.table, column) for i in IDENTITIES for column in i.columns}
    needed |= {(m.table, column) for m in MERGES for column in (*m.key, *m.pair, *m.columns)}
    return [
        f"column {table}.{column}, which the triggers need"
        for table, column in sorted(needed)
        if table in catalog.tables and catalog.column(table, column) is None
    ]


async def _changed(connection: Connection, migrated: bool) -> dict[str, int]:
    if not migrated:
        return {}
    rows = await connection.fetch(
        "SELECT table_name, count(DISTINCT key) AS n FROM chat_migration.journal GROUP BY 1 ORDER BY 1"
    )
    return {row["table_name"]: row["n"] for row in rows}
