"""On the way to the store: nothing lost while it is away, nothing doubled, and what ends is written."""

import asyncio
from collections.abc import AsyncIterator, Callable
from datetime import UTC, datetime, timedelta

import asyncpg
import pytest

from gateway.comparison.tally import Tally
from gateway.rollout import store
from gateway.rollout.ledger import Ledger
from gateway.traffic.flush import HEALTH_DAYS, Flusher
from gateway.traffic.health import Health


@pytest.fixture
async def dsn(make_database: Callable[..., str]) -> str:
    return make_database()


@pytest.fixture
async def connection(dsn: str) -> AsyncIterator[asyncpg.Connection]:
    connection = await asyncpg.connect(dsn)
    yield connection
    await connection.close()


async def test_what_could_not_be_written_is_written_later_and_once(
    dsn: str, connection: asyncpg.Connection
) -> None:
    ledger, health = Ledger(), Health()
    flusher = Flusher(dsn, ledger, health, lambda: {"a.b": Tally(equal=1)})
    ledger.note("a.b", "web", 1)
    health.count("a.b", "old", 0.001, failed=False)
    with pytest.raises(asyncpg.UndefinedTableError):  # there is no store yet
        await flusher.flush()
    await store.init(connection)
    ledger.note("a.b", "web", 1)
    await flusher.flush()
    await flusher.close()
    assert await connection.fetchval("SELECT requests FROM chat_rollout.ledger") == 2
    assert await connection.fetchval("SELECT sum(requests) FROM chat_rollout.health") == 1
    assert await connection.fetchval("SELECT equal FROM chat_rollout.compared") == 2
    assert await connection.fetchval("SELECT kind FROM chat_rollout.marks") == "watched"


async def test_a_first_sighting_wakes_it(dsn: str, connection: asyncpg.Connection) -> None:
    await store.init(connection)
    wake = asyncio.Event()
    ledger = Ledger(wake=wake.set)
    flusher = Flusher(dsn, ledger, Health(), dict, wake=wake)
    flusher.start()
    ledger.note("a.b", "web", 1)
    async with asyncio.timeout(30):
        while not await connection.fetchval("SELECT count(*) FROM chat_rollout.ledger"):
            pass
    await flusher.close()


async def test_what_is_old_is_forgotten(dsn: str, connection: asyncpg.Connection) -> None:
    await store.init(connection)
    old = datetime.now(UTC) - timedelta(days=HEALTH_DAYS + 1)
    await connection.execute("INSERT INTO chat_rollout.health VALUES ($1, 'a.b', 'old', 1, 1, 0)", old)
    await connection.execute(
        "INSERT INTO chat_rollout.ledger VALUES ($1, 'a.b', 'web', 1, 1, $2, $2)", old.date(), old
    )
    flusher = Flusher(dsn, Ledger(), Health(), dict, keep_days=10)
    await flusher.flush()
    await flusher.close()
    assert await connection.fetchval("SELECT count(*) FROM chat_rollout.health") == 0
    assert await connection.fetchval("SELECT count(*) FROM chat_rollout.ledger") == 0


async def test_a_store_that_is_away_stops_nothing() -> None:
    flusher = Flusher("postgresql://127.0.0.1:1/none", Ledger(), Health(), dict)
    flusher.start()
    await flusher.close()
