"""The pool of connections: UTC, times as aware datetimes, jsonb as Python values."""

from datetime import UTC, datetime, timedelta
from typing import Any, Final, TypeAlias

import asyncpg
import msgspec
from asyncpg.pool import PoolConnectionProxy

from contracts.model.pooler import Connector

Connection: TypeAlias = "asyncpg.Connection[asyncpg.Record] | PoolConnectionProxy[asyncpg.Record]"
Pool: TypeAlias = "asyncpg.Pool[asyncpg.Record]"
Row: TypeAlias = asyncpg.Record

#: The largest id that a row can have: all ids are PostgreSQL's integer.
MAX_ROW_ID: Final = 2**31 - 1

# PostgreSQL counts timestamps in microseconds from here, and writes the infinities as the int64 limits.
_EPOCH: Final = datetime(2000, 1, 1, tzinfo=UTC)
_INFINITE: Final = 2**63 - 1


def row_id(number: int) -> int:
    """The id as a row may have it; 0, which no row has, for one beyond PostgreSQL's integer."""
    return number if number <= MAX_ROW_ID else 0


def utc(time: datetime | None) -> datetime | None:
    """The time with its zone: the tables keep UTC without saying so."""
    return time.replace(tzinfo=UTC) if time is not None and time.tzinfo is None else time


def open_pool(dsn: str, size: int = 10, **more: Any) -> Pool:
    """A pool that connects when first awaited or entered. ``size`` is the largest number of connections.

    ``more`` are settings of its connections.
    """
    return asyncpg.create_pool(
        dsn,
        **more,
        min_size=1,
        max_size=size,
        init=prepare,
        reset=_keep,
        connect=Connector(asyncpg, {"timezone": "UTC", "application_name": "chat-backend"}),
    )


async def prepare(connection: Connection) -> None:
    """Teach a connection our types. In a transaction, since it may go through a pooler."""
    async with connection.transaction():
        await _teach(connection)


async def _teach(connection: Connection) -> None:
    await connection.set_type_codec(
        "jsonb",
        schema="pg_catalog",
        format="text",
        encoder=lambda value: msgspec.json.encode(value).decode(),
        decoder=msgspec.json.decode,
    )
    await connection.set_type_codec(
        "timestamp", schema="pg_catalog", format="tuple", encoder=_to_postgres, decoder=_from_postgres
    )


async def _keep(_: Connection) -> None:
    # Nothing here outlives its transaction, so the usual reset (a round trip a request) has nothing to undo.
    return


def _to_postgres(time: datetime) -> tuple[int]:
    since = (time if time.tzinfo else time.replace(tzinfo=UTC)) - _EPOCH
    return (since // timedelta(microseconds=1),)


def _from_postgres(value: tuple[Any, ...]) -> datetime | None:
    return None if abs(value[0]) >= _INFINITE else _EPOCH + timedelta(microseconds=value[0])
