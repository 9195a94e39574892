"""Was a migration cut off? After a crash the data is whole, but between two phases: `verify` must say so."""

from migration.engine import record
from migration.engine.record import PHASES
from migration.engine.session import ONE_AT_A_TIME
from migration.schema.connection import Connection

AT_WORK = """
SELECT EXISTS (SELECT FROM pg_locks WHERE locktype = 'advisory' AND granted AND objid = $1
    AND database = (SELECT oid FROM pg_database WHERE datname = current_database()) AND pid <> pg_backend_pid())
"""


async def unfinished(connection: Connection) -> list[str]:
    """Return one sentence when a phase was begun, not finished, and nobody works on it; else nothing."""
    run = await record.read_run(connection)
    if run is None or await connection.fetchval(AT_WORK, ONE_AT_A_TIME):
        return []
    reached = PHASES.index(run.phase) if run.phase in PHASES else -1
    steps = (await record.read_steps(connection)).values()
    begun = [s for s in steps if s.phase in PHASES and PHASES.index(s.phase) > reached]
    if not begun:
        return []
    phase = min((s.phase for s in begun), key=PHASES.index)
    done = sum(s.done for s in begun)
    where = next((f", in {s.name}" for s in begun if not s.done), "")
    done_of = f"{done} of the {len(begun)} steps that it began are done{where}"
    return [f"the migration was cut off in {phase}: {done_of}; the same command goes on, `down` goes back"]
