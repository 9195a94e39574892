"""Who ran which command, when, with which version, how long it took and how it ended: kept beside the journal."""

import contextlib
import getpass
import socket
import time
from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import datetime
from importlib.metadata import PackageNotFoundError, version

from migration.engine.session import Session
from migration.schema.connection import Connection

# Beside the journal's tables and not among them: a journal of before gets it, too.
MAKE = """
CREATE TABLE IF NOT EXISTS chat_migration.command (
    id serial PRIMARY KEY,
    command text NOT NULL,
    who text NOT NULL,
    tool text NOT NULL,
    server text NOT NULL DEFAULT current_setting('server_version'),
    ended_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    seconds double precision NOT NULL,
    longest_lock_seconds double precision NOT NULL,
    lock_waits integer NOT NULL,
    outcome text NOT NULL
)"""
THERE = "SELECT to_regclass('chat_migration.command') IS NOT NULL"


@dataclass(frozen=True)
class Command:
    """One command that changed something. `outcome`: done, or the sentence with which it stopped."""

    command: str
    who: str
    tool: str
    server: str
    ended_at: datetime
    seconds: float
    longest_lock_seconds: float
    lock_waits: int
    outcome: str


def tool_version() -> str:
    """Return the version of this tool."""
    try:
        return version("chat-gateway")
    except PackageNotFoundError:
        return "unknown"


def operator(role: str) -> str:
    """Return who this is: the login of this machine and the role in the database."""
    try:
        login = getpass.getuser()
    except (KeyError, OSError):  # a container without a name for the user
        login = "unknown"
    return f"{login} on {socket.gethostname()}, as {role}"


@contextlib.asynccontextmanager
async def recorded(session: Session, command: str) -> AsyncIterator[None]:
    """Record what the block did, however it ends; nothing when it did nothing, or when the journal is gone with it."""
    started, before = time.monotonic(), await _stands(session.connection)
    try:
        yield
    except Exception as failure:
        with contextlib.suppress(Exception):
            await _remember(
                session, command, time.monotonic() - started, str(failure) or type(failure).__name__
            )
        raise
    if await _stands(session.connection) not in (None, before):
        await _remember(session, command, time.monotonic() - started, "done")


async def _stands(connection: Connection) -> tuple[str, int] | None:
    """Return the phase and the number of steps, or None where there is no journal."""
    if await connection.fetchval("SELECT to_regclass('chat_migration.run')") is None:
        return None
    phase = await connection.fetchval("SELECT phase FROM chat_migration.run")
    return phase, await connection.fetchval("SELECT count(*) FROM chat_migration.step WHERE done")


async def _remember(session: Session, command: str, seconds: float, outcome: str) -> None:
    connection = session.connection
    who = operator(await connection.fetchval("SELECT session_user::text"))
    columns = "command, who, tool, seconds, longest_lock_seconds, lock_waits, outcome"
    async with connection.transaction():
        await connection.execute(MAKE)
        await connection.execute(
            f"INSERT INTO chat_migration.command ({columns}) VALUES ($1, $2, $3, $4, $5, $6, $7)",  # noqa: S608
            command, who, tool_version(), seconds, session.longest_s, session.waits, outcome,
        )  # fmt: skip


async def history(connection: Connection) -> list[Command]:
    """Return the recorded commands, the oldest first."""
    if not await connection.fetchval(THERE):
        return []
    rows = await connection.fetch(
        "SELECT command, who, tool, server, ended_at, seconds, longest_lock_seconds, lock_waits, outcome "
        "FROM chat_migration.command ORDER BY id"
    )
    return [Command(**dict(row)) for row in rows]
