"""What the migration remembers in the database about its own steps (schema chat_migration)."""

from dataclasses import dataclass

from migration.engine.errors import RefusedError
from migration.schema.connection import Connection, qualified

VERSION = 3
PHASES = ("expand", "backfill", "merge", "constrain", "contract")


@dataclass(frozen=True)
class Run:
    """The one migration of this database: the state it was found in, and the last phase that is complete."""

    version: int
    state: str
    phase: str
    backup: str | None
    owner: str | None


@dataclass(frozen=True)
class Done:
    """One step as it was recorded."""

    seq: int
    name: str
    phase: str
    done: bool
    undo: list[str]
    last_key: int | None
    rows: int
    seconds: float


async def read_run(connection: Connection) -> Run | None:
    """Return what is recorded, or None on a database that was never migrated. Raises RefusedError for a newer one."""
    if await connection.fetchval("SELECT to_regclass('chat_migration.run')") is None:
        return None
    version = await connection.fetchval("SELECT version FROM chat_migration.run")
    if version is None:
        return None
    if version != VERSION:
        age = "newer" if version > VERSION else "older"
        raise RefusedError(
            f"a migration by a {age} version of this tool (journal {version}, this one knows {VERSION}) is in this "
            "database; go on with that version"
        )
    return Run(
        **dict(
            await connection.fetchrow("SELECT version, state, phase, backup, owner FROM chat_migration.run")
        )
    )


async def read_steps(connection: Connection) -> dict[str, Done]:
    """Return all recorded steps by name, in the order in which they were taken."""
    rows = await connection.fetch(
        "SELECT seq, name, phase, done, undo, last_key, rows, seconds FROM chat_migration.step ORDER BY seq"
    )
    return {row["name"]: Done(**dict(row)) for row in rows}


async def intend(connection: Connection, name: str, phase: str, undo: list[str]) -> None:
    """Record a step before it is taken, with the way back; the first record of a name stays."""
    await connection.execute(
        "INSERT INTO chat_migration.step (name, phase, undo) VALUES ($1, $2, $3) ON CONFLICT (name) DO NOTHING",
        name,
        phase,
        [qualified(sql, connection.schema) for sql in undo],
    )


async def complete(connection: Connection, name: str, seconds: float) -> None:
    """Record that a step is done."""
    await connection.execute(
        "UPDATE chat_migration.step SET done = true, seconds = seconds + $2, finished_at = clock_timestamp() "
        "WHERE name = $1",
        name,
        seconds,
    )


async def advance(connection: Connection, name: str, last_key: int, rows: int, seconds: float) -> None:
    """Record a batch, in the transaction of the batch."""
    await connection.execute(
        "UPDATE chat_migration.step SET last_key = $2, rows = rows + $3, seconds = seconds + $4 WHERE name = $1",
        name,
        last_key,
        rows,
        seconds,
    )


async def reach(connection: Connection, phase: str) -> None:
    """Record the last complete phase."""
    await connection.execute("UPDATE chat_migration.run SET phase = $1", phase)
