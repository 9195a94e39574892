"""One connection of the migration: short locks with retries, one migration at a time, and what it measures."""

import asyncio
import contextlib
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any

import asyncpg

from contracts.model.database_errors import connection_lost
from migration.engine.address import Address, parse
from migration.engine.errors import RefusedError, StoppedError
from migration.engine.place import find_schema
from migration.schema.connection import Connection, identifier

LOCK_TIMEOUT_S = 2.0
ATTEMPTS = 60
# While another lock is held; and which part of the server's deadlock_timeout (1 s) at most.
HOLDING_MS = 200
HOLDING_PART = 0.2
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
    lock. `patience` is the number of tries before it gives up with StoppedError. `holding_ms`: how long a transaction
    waits for a lock while it holds another one.
    """

    def __init__(
        self, connection: Connection, patience: int = ATTEMPTS, holding_ms: int = HOLDING_MS
    ) -> None:
        self.connection = connection
        self.holding_ms = holding_ms
        self.patience = patience
        self.waits = 0
        self.longest_s = 0.0

    async def transaction(
        self,
        work: Callable[[Connection], Awaitable[Any]],
        *,
        strong: bool = False,
        holding: bool = False,
    ) -> Any:
        """Run `work` in a transaction of its own, again when a lock was in the way; return what it returns.

        `holding`: it takes more than one lock, and waits for each as `hold` says.
        """

        async def once() -> Any:
            async with self.connection.transaction():
                started = time.monotonic()
                if holding:
                    await self.hold()
                result = await work(self.connection)
            if strong:
                self.longest_s = max(self.longest_s, time.monotonic() - started)
            return result

        return await self._again(once)

    async def hold(self) -> None:
        """Wait a moment only for the locks that this transaction still wants.

        Whoever holds one lock and wants another one gives up long before PostgreSQL looks for deadlocks: so it is never
        a person's write that is cancelled.
        """
        await self.connection.execute(f"SET LOCAL lock_timeout = {self.holding_ms}")

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
async def connect(
    dsn: str, *, alone: bool = False, patience: int = ATTEMPTS, schema: str | None = None
) -> AsyncIterator[Session]:
    """Connect to a database and find the chat's schema in it; `alone` refuses a second migration at the same time.

    Raises RefusedError when the address is wrong or somebody else migrates, StoppedError when the connection breaks.
    """
    connection = await _open(parse(dsn))
    try:
        connection.schema = await _prepare(connection, schema)
        if alone and not await connection.fetchval("SELECT pg_try_advisory_lock($1)", ONE_AT_A_TIME):
            raise RefusedError("another migration is working on this database; wait for its end")
        yield Session(connection, patience, await _holding_ms(connection))
    except asyncpg.InsufficientPrivilegeError as failure:
        if await _begun(connection):
            raise StoppedError(f"missing rights: {failure.args[0]}") from failure
        raise RefusedError(f"missing rights: {failure.args[0]}") from failure
    except (*GONE, *LACKING) as failure:
        raise StoppedError(_why(failure)) from failure
    finally:
        with contextlib.suppress(*GONE):
            await connection.close(timeout=5)


async def _prepare(connection: Connection, schema: str | None) -> str:
    """Look for the chat while the role's own search path still says which one is meant."""
    # A limit of the role or the database may be shorter than the first question.
    await connection.execute("SET statement_timeout = 0")
    # Outside a transaction: a pooler in statement mode ends the connection when one begins.
    await _refuse_pooler(connection)
    async with connection.transaction():
        found = await find_schema(connection, schema)
        path = await connection.fetchval("SELECT current_setting('search_path')")
    await _settle(connection)
    # Under which search path the triggers of the application run when we write: the chat's schema first.
    theirs = f"{identifier(found)}, {path}" if path else identifier(found)
    await connection.fetchval("SELECT set_config('chat_migration.path', $1, false)", theirs)
    return found


async def _holding_ms(connection: Connection) -> int:
    """Return how long to wait with a lock in hand: a part of the time after which this server looks for deadlocks."""
    query = "SELECT setting::integer FROM pg_settings WHERE name = 'deadlock_timeout'"
    return max(1, min(HOLDING_MS, int(await connection.fetchval(query) * HOLDING_PART)))


async def _begun(connection: Connection) -> bool:
    """Say whether something of ours is in the database: then it is no refusal any more."""
    with contextlib.suppress(asyncpg.PostgresError, *GONE):
        return bool(await connection.fetchval("SELECT to_regclass('chat_migration.run') IS NOT NULL"))
    return True


def _why(failure: Exception) -> str:
    """Say what is to be done, in one line: without the server's hints."""
    if isinstance(failure, asyncpg.DiskFullError):
        return f"the disk of the database is full ({failure.args[0]}); make room first"
    if isinstance(failure, LACKING):
        return f"the database cannot go on ({failure.args[0]})"
    return f"the connection to the database broke ({type(failure).__name__})"


# Where a text form depends on a setting, it is always the same one: texts are compared and kept.
TEXT_FORMS = {
    "TimeZone": "UTC",
    "DateStyle": "ISO, MDY",
    "IntervalStyle": "postgres",
    "bytea_output": "hex",
    "extra_float_digits": "1",
    "lc_monetary": "C",
}
SETTINGS = TEXT_FORMS | {
    "search_path": "pg_catalog, pg_temp",
    "lock_timeout": f"{int(LOCK_TIMEOUT_S * 1000)}ms",
    "statement_timeout": "0",
    "idle_in_transaction_session_timeout": "0",
    "default_transaction_isolation": "read committed",
    "client_min_messages": "warning",
}


async def _open(address: Address) -> Connection:
    try:
        connection: Connection = await asyncpg.connect(
            **address.arguments(),
            timeout=10,
            connection_class=Connection,
            # A pooler that gives each transaction another server knows no prepared statement of ours: it is found out
            # below, and not by an error about a statement.
            statement_cache_size=0,
            server_settings={"application_name": "chat-gateway migrate"},
        )
    except (OSError, asyncpg.PostgresError, asyncpg.InterfaceError, ValueError) as failure:
        raise RefusedError(f"cannot connect to {address.shown}: {_reason(failure)}") from failure
    return connection


def _reason(failure: Exception) -> str:
    """Say why, without repeating the address: a password may be in it."""
    if isinstance(failure, asyncpg.PostgresError):
        return str(failure.args[0])
    if isinstance(failure, OSError) and failure.strerror:
        return failure.strerror
    return {"TimeoutError": "no answer within 10 s", "gaierror": "no such host"}.get(
        type(failure).__name__, type(failure).__name__
    )


async def _settle(connection: Connection) -> None:
    """Make the settings of this session what they must be, and read them back: a pooler may drop them silently."""
    for name, value in SETTINGS.items():
        await connection.execute(f"SET {name} TO {_list(value)}")
    async with connection.transaction():
        rows = await connection.fetch(
            "SELECT name, current_setting(name) AS value FROM unnest($1::text[]) AS s (name)", list(SETTINGS)
        )
    lost = [r["name"] for r in rows if _plain(r["value"]) != _plain(SETTINGS[r["name"]])]
    if lost:
        raise RefusedError(f"the server, or a pooler before it, does not keep settings ({', '.join(lost)})")


def _list(value: str) -> str:
    return ", ".join(f"'{part}'" for part in value.split(", "))


def _plain(value: str) -> str:
    """Return a setting's value in one unit: lock_timeout is shown as 2s."""
    return "2000ms" if value == "2s" else value.replace('"', "").replace("00:00:00", "0")


async def _refuse_pooler(connection: Connection) -> None:
    """Refuse a pooled address: a lock timeout, an advisory lock and a prepared statement belong to one session."""
    row = await connection.fetchrow(
        "SELECT pg_backend_pid() AS pid, host(inet_server_addr()) AS host, current_database() AS name, "
        "current_setting('port') AS port"
    )
    if row["pid"] != connection.get_server_pid():
        where = row["host"] or "the socket on the server's own machine"
        raise RefusedError(
            "this address is a connection pool, and the migration needs a session of its own; give the address of "
            f"PostgreSQL itself: host {where}, port {row['port']}, database {row['name']}"
        )
