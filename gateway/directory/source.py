"""One database of the directory: its connections, what is in it, and whether it is away.

While it is away every question fails at once, and a background task finds out when it is back: an outage costs
nobody a connect timeout but the first.
"""

import asyncio
import contextlib
import logging
import random
import time
from collections.abc import Awaitable, Callable, Collection, Sequence
from typing import Any, Final, TypeVar

import asyncpg

from contracts.model.errors import Unavailable
from contracts.model.pooler import Connector
from contracts.model.profile import Profile
from gateway.database.errors import AWAY, LOST, reason_of
from gateway.directory.query import COLUMNS, USERS, Row, Statement, build, table_of

logger = logging.getLogger(__name__)
_Answer = TypeVar("_Answer")

CONNECTIONS: Final = 8
CONNECT_S: Final = 2.0
#: PostgreSQL itself ends a statement after this; we stop waiting for a silent server a little later.
STATEMENT_S: Final = 2.0
ANSWER_S: Final = 3.0
#: The tables are looked at again that often: a migration adds columns, and may remove a table.
INSPECT_EVERY_S: Final = 300.0
FIRST_PAUSE_S: Final = 0.1
LONGEST_PAUSE_S: Final = 2.0

_SETTINGS: Final = {
    "application_name": "chat-gateway directory",
    "statement_timeout": str(int(STATEMENT_S * 1000)),
    "default_transaction_read_only": "on",
}
# The statement failed, the database is there.
_STATEMENT_FAILED: Final = (
    asyncpg.SyntaxOrAccessError,
    asyncpg.DataError,
    asyncpg.QueryCanceledError,
    LookupError,
)
# The tables have changed since we looked.
_CHANGED: Final = (asyncpg.UndefinedTableError, asyncpg.UndefinedColumnError)
# The connection has ended under us; with a server that ends, any of these may be the first sign.
_CUT: Final[tuple[type[Exception], ...]] = (*LOST, ConnectionError)


class Source:
    """A database that knows the profiles of ``types``; the first of them (``with_users``) also knows the people.

    ``query`` is a SELECT of (type, id, user_id, username, is_active) for a database whose tables differ.
    ``available`` is set unless the database is known to be away. Counters: ``queries`` that asked for people,
    ``inspections`` of the tables.
    """

    def __init__(
        self, dsn: str, types: Sequence[str], query: str | None = None, with_users: bool = False
    ) -> None:
        self.dsn = dsn
        self.types = tuple(types)
        self._query = query
        self._with_users = with_users
        self._pool: asyncpg.Pool[asyncpg.Record] | None = None
        self._connect = Connector(asyncpg, _SETTINGS)
        self._statement: Statement | None = None
        self._inspected_at: float | None = None
        self.available = asyncio.Event()
        self.available.set()
        self._coming_back: asyncio.Task[None] | None = None
        self.queries = 0
        self.inspections = 0

    @property
    def ready(self) -> bool:
        """Whether it has answered, and is not away."""
        return self._inspected_at is not None and self.available.is_set()

    async def start(self) -> None:
        """Make the first connection; the database may be away (never longer than `ANSWER_S` seconds here).

        Raises `ValueError` for a DSN that cannot be right.
        """
        await self._open()
        try:
            async with asyncio.timeout(ANSWER_S):
                await self._inspect()
        except ValueError:
            raise ValueError("the DSN of a directory source is not valid") from None
        except _STATEMENT_FAILED as failure:
            logger.warning("the directory's database cannot be read: %s", reason_of(failure))
        except AWAY as failure:
            self._lost(failure)

    async def close(self) -> None:
        """Close the connections; questions in flight fail."""
        self.available.clear()
        if self._coming_back is not None:
            self._coming_back.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._coming_back
        if self._pool is not None:
            self._pool.terminate()

    async def read(self, profiles: Collection[Profile], users: Collection[int]) -> list[Row]:
        """The rows of these people and of the owners of these profiles, in one query.

        Raises `Unavailable`: at once while the database is away, else after `ANSWER_S` seconds at the latest.
        """
        return await self._in_time(lambda: self._read(profiles, users))

    async def fetch(self, sql: str, *arguments: object) -> list[Any]:
        """The rows of a statement about something else than people. Raises `Unavailable` as `read` does."""
        return await self._in_time(lambda: self._once_more(sql, *arguments))

    async def _in_time(self, ask: Callable[[], Awaitable[_Answer]]) -> _Answer:
        if self._pool is None or not self.available.is_set():
            raise Unavailable
        try:
            async with asyncio.timeout(ANSWER_S):
                return await ask()
        except _STATEMENT_FAILED as failure:
            logger.warning("the directory's database cannot be read: %s", reason_of(failure))
        except AWAY as failure:
            self._lost(failure)
        raise Unavailable

    async def _once_more(self, sql: str, *arguments: object) -> list[Any]:
        try:
            return await self._fetch(sql, *arguments)
        except _CUT:
            return await self._fetch(sql, *arguments)  # a connection that died while it was idle; see `_read`

    async def _read(self, profiles: Collection[Profile], users: Collection[int]) -> list[Row]:
        if self._inspected_at is None or time.monotonic() - self._inspected_at > INSPECT_EVERY_S:
            await self._inspect()
        try:
            return await self._ask(profiles, users)
        except _CHANGED:
            await self._inspect()
        except _CUT:
            # A connection that died while it was idle says nothing about the database: one more try.
            pass
        return await self._ask(profiles, users)

    async def _ask(self, profiles: Collection[Profile], users: Collection[int]) -> list[Row]:
        if self._statement is None:
            return []
        arguments = self._statement.arguments(profiles, users)
        if not any(arguments):
            return []
        self.queries += 1
        return await self._fetch(self._statement.sql, *arguments)

    async def _inspect(self) -> None:
        """Look at the tables, and build the statement for them."""
        self.inspections += 1
        names = [USERS, *map(table_of, self.types)]
        tables: dict[str, set[str]] = {}
        for row in await self._fetch(COLUMNS, names):
            tables.setdefault(row["table_name"], set()).add(row["column_name"])
        self._statement = build(self.types, tables, self._query, self._with_users)
        self._inspected_at = time.monotonic()

    async def _fetch(self, sql: str, *arguments: object) -> list[Any]:
        if self._pool is None:
            raise Unavailable
        async with self._pool.acquire() as connection:
            return await connection.fetch(sql, *arguments)

    async def _open(self) -> None:
        """A pool without connections: they are made when needed, and kept."""
        self._pool = await asyncpg.create_pool(
            self.dsn,
            min_size=0,
            max_size=CONNECTIONS,
            max_inactive_connection_lifetime=0,
            timeout=CONNECT_S,
            command_timeout=ANSWER_S,
            connect=self._connect,
        )

    def _lost(self, failure: BaseException) -> None:
        """The database is away."""
        if not self.available.is_set():
            return
        logger.warning("the directory's database is away: %s", reason_of(failure))
        self.available.clear()
        self._coming_back = asyncio.create_task(self._come_back())

    async def _come_back(self) -> None:
        pause = FIRST_PAUSE_S
        while not self.available.is_set():
            # Many gateways lose one database in the same moment; they should not come back in the same one.
            await asyncio.sleep(pause * random.uniform(0.5, 1.0))  # noqa: S311
            pause = min(2 * pause, LONGEST_PAUSE_S)
            with contextlib.suppress(*AWAY, LookupError):
                async with asyncio.timeout(ANSWER_S):
                    await self._inspect()
                self.available.set()
        logger.info("the directory's database is back")


async def read_all(
    sources: Sequence[Source], profiles: Collection[Profile], users: Collection[int]
) -> list[Row]:
    """One query per source for a whole batch; one more where another source names people not seen before.

    Raises `Unavailable` when a source that is needed is away: an answer without it might name the wrong profile.
    """
    if not sources:
        raise Unavailable
    rows: list[Row] = []
    known = set(users)
    asked: dict[Source, set[int]] = {source: set() for source in sources}
    wanted = set(profiles)
    while any(not known <= seen for seen in asked.values()) or wanted:
        for source in sources:
            own = {profile for profile in wanted if profile.type in source.types}
            new = known - asked[source]
            if own or new:
                part = await source.read(own, new)
                rows += part
                asked[source] |= new | {row["user_id"] for row in part}
                known |= asked[source]
        wanted = set()
    return rows
