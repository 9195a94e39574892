"""Batches: their pace, and that what runs in them cannot run half or twice."""

import pytest

from migration.anomalies.batches import Batch
from migration.engine.progress import Progress
from migration.engine.session import LOCK_TIMEOUT_S, connect
from migration.engine.steps import LARGEST, TARGET_S, BatchStep, StepRunner
from migration.run import up
from tests.migration.databases import LEGACY, filled, rows, value


@pytest.mark.parametrize(
    ("size", "seconds", "waited", "expected"),
    [
        (1000, TARGET_S, False, 1000),
        (1000, TARGET_S / 10, False, 2000),
        (1000, TARGET_S * 3, False, 500),
        (1000, TARGET_S / 10, True, 500),
        (150, TARGET_S * 3, False, 100),
        (LARGEST, TARGET_S / 10, False, LARGEST),
    ],
)
async def test_the_pace_follows_time_and_waiting(make_database, size, seconds, waited, expected):
    async with connect(make_database(LEGACY)) as session:
        assert await StepRunner(session, "backfill", Progress())._pace(size, seconds, waited) == expected


async def test_every_connection_waits_two_seconds_at_most(make_database):
    async with connect(make_database(LEGACY)) as session:
        assert await session.connection.fetchval("SHOW lock_timeout") == f"{LOCK_TIMEOUT_S:.0f}s"


async def test_a_batch_and_its_progress_are_one_transaction(make_database):

    dsn, _ = await filled(make_database)
    await up(dsn, to="expand", backup=False)
    count = "UPDATE @users SET bio = coalesce(bio, '') || 'x' WHERE id > $1 AND id <= $2"
    fails = "SELECT 1 / (id - 7) FROM @users WHERE id > $1 AND id <= $2"
    async with connect(dsn, alone=True) as session:
        walk = BatchStep(Batch("broken", "", "users", (count, fails)))
        with pytest.raises(Exception, match="division by zero"):
            await StepRunner(session, "backfill", Progress(), batch_rows=2).run(walk)
    done = await rows(dsn, "SELECT last_key, rows, done FROM chat_migration.step WHERE name = 'broken'")
    assert done == [(6, 6, False)]
    assert (
        await value(dsn, "SELECT string_agg(bio, '' ORDER BY id) FROM users WHERE bio IS NOT NULL")
        == "xxxxxx"
    )
