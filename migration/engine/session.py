"""One connection of the migration: short locks with retries, one migration at a time, and what it measures."""

import asyncio
import contextlib
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any
from urllib.parse import urlsplit

import asyncpg

from contracts.model.database_errors import connection_lost
from migration.engine.errors import RefusedError, StoppedError
from migration.schema.catalog import Connection

LOCK_TIMEOUT_S = 2.0
ATTEMPTS = 60
ONE_AT_A_TIME = 0x63686174  # "chat"; the key of the advisory lock
IN_THE_WAY = (asyncpg.LockNotAvailableError, asyncpg.DeadlockDetectedError, asyncpg.SerializationError)
GONE: tuple[type[Exception], ...] = (*connection_lost(asyncpg), OSError)
# What the server itself lacks. A quota or a file size limit is no ENOSPC: PostgreSQL calls it an internal error.
LACKING: tuple[type[Exception], ...] = (
    asyncpg.InsufficientResourcesError,
    asyncpg.PostgresSystemError,
    asyncpg.PostgresIOError,
    asyncpg.InternalServerError,
)


class Session:
    """A connection whose statements never wait long. Use `connect`.

    `waits` counts the times that a lock was not to be had; `longest_s` is the longest transaction that held a strong
    lock. `patience` is the number of tries before it gives up with StoppedError.
    """

    def __init__(self, connection: Connection, patience: int = ATTEMPTS) -> None:
        self.connection = connection
        self.patience = patience
        self.waits = 0
        self.longest_s = 0.0

    async def transaction(
        self,
        work: Callable[[Connection], Awaitable[Any]],
        *,
        strong: bool = False,
        wait_ms: int | None = None,
    ) -> Any:
        """Run `work` in a transaction of its own, again when a lock was in the way; return what it returns.

        `wait_ms`: wait less than the 2 s for a lock. Whoever holds one lock and wants another one gives up long before
        PostgreSQL looks for deadlocks (1 s): so it is never a person's write that is cancelled.
        """

        async def once() -> Any:
            async with self.connection.transaction():
                started = time.monotonic()
                if wait_ms is not None:
                    await self.connection.execute(f"SET LOCAL lock_timeout = {wait_ms}")
                result = await work(self.connection)
            if strong:
                self.longest_s = max(self.longest_s, time.monotonic() - started)
            return result

        return await self._again(once)

    async def alone(self, sql: str) -> None:
        """Run a statement that PostgreSQL refuses inside a transaction."""
        await self._again(lambda: self.connection.execute(sql))

    async def _again(self, once: Callable[[], Awaitable[Any]]) -> Any:
        for attempt in range(1, self.patience + 1):
            try:
                return await once()
            except IN_THE_WAY as failure:
                self.waits += 1
                if attempt == self.patience:
                    raise StoppedError(f"a lock was not to be had in {attempt} tries: {failure}") from failure
                await asyncio.sleep(min(0.05 * attempt, 2.0))
        raise AssertionError("unreachable")


@contextlib.asynccontextmanager
async def connect(dsn: str, *, alone: bool = False, patience: int = ATTEMPTS) -> AsyncIterator[Session]:
    """Connect to a database; `alone` refuses a second migration at the same time.

    Raises RefusedError when the address is wrong or somebody else migrates, StoppedError when the connection breaks.
    """
    connection = await _open(dsn)
    try:
        if alone and not await connection.fetchval("SELECT pg_try_advisory_lock($1)", ONE_AT_A_TIME):
            raise RefusedError("another migration is working on this database; wait for its end")
        yield Session(connection, patience)
    except asyncpg.InsufficientPrivilegeError as failure:
        raise RefusedError(f"missing rights: {failure}") from failure
    except (*GONE, *LACKING) as failure:
        raise StoppedError(_why(failure)) from failure
    finally:
        with contextlib.suppress(*GONE):
            await connection.close(timeout=5)


def _why(failure: Exception) -> str:
    """Say what is to be done, in one line: without the server's hints."""
    if isinstance(failure, asyncpg.DiskFullError):
        return f"the disk of the database is full ({failure.args[0]}); make room first"
    if isinstance(failure, LACKING):
        return f"the database cannot go on ({failure.args[0]})"
    return f"the connection to the database broke ({type(failure).__name__})"


async def _open(dsn: str) -> Connection:
    try:
        return await asyncpg.connect(
            dsn,
            timeout=10,
            command_timeout=None,
            server_settings={
                "application_name": "chat-gateway migrate",
                "lock_timeout": f"{int(LOCK_TIMEOUT_S * 1000)}",
                "client_min_messages": "warning",
            },
        )
    except (OSError, asyncpg.PostgresError, asyncpg.ClientConfigurationError, ValueError) as failure:
        reason = failure if isinstance(failure, asyncpg.PostgresError) else type(failure).__name__
        raise RefusedError(f"cannot connect to {shown(dsn)}: {reason}") from failure


def shown(dsn: str) -> str:
    """Return the address without its password, to be printed."""
    try:
        parts = urlsplit(dsn)
        port = f":{parts.port}" if parts.port else ""
    except ValueError:
        return "the given address"
    user = f"{parts.username}@" if parts.username else ""
    return f"{parts.scheme}://{user}{parts.hostname or ''}{port}{parts.path}"
