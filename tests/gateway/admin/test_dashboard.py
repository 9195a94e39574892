"""The dashboard beside the admin's other pages, and the phase that it tells."""

import contextlib
from collections.abc import AsyncIterator, Callable

import asyncpg
import pytest
from aiohttp.test_utils import TestClient, TestServer

from gateway.admin.dashboard import Phase, mount
from gateway.admin.listener import admin_application
from gateway.telemetry.metrics import Metrics
from tests.support.pgbouncer import MODES, pgbouncer

RECORD = "CREATE SCHEMA chat_migration; CREATE TABLE chat_migration.run (phase text);"


@pytest.mark.parametrize(
    ("record", "phase"),
    [
        ("SELECT 1", "not begun"),
        (RECORD, "not begun"),
        (RECORD + "INSERT INTO chat_migration.run VALUES ('backfill')", "backfill"),
    ],
)
async def test_the_phase_is_read_from_the_migration_s_record(
    make_database: Callable[..., str], record: str, phase: str
) -> None:
    assert await Phase(make_database(record)).read() == phase


async def test_a_database_that_is_away_is_not_guessed_about() -> None:
    assert await Phase("postgresql://nobody@127.0.0.1:9/none").read() is None
    assert await Phase(None).read() is None


async def test_the_phase_is_remembered_for_a_moment(make_database: Callable[..., str]) -> None:
    now = [0.0]
    phase = Phase(make_database(RECORD + "INSERT INTO chat_migration.run VALUES ('merge')"), lambda: now[0])
    assert await phase.read() == "merge"
    phase._dsn = "postgresql://nobody@127.0.0.1:9/none"
    assert await phase.read() == "merge"
    now[0] = 11.0
    assert await phase.read() is None


@pytest.mark.parametrize("mode", MODES)
async def test_the_phase_is_read_through_a_pooler(make_database: Callable[..., str], mode: str) -> None:
    """Through one that has two connections to the server, and takes the other one for each transaction."""
    dsn = make_database(RECORD + "INSERT INTO chat_migration.run VALUES ('backfill')")
    with pgbouncer(dsn, f"{MODES[mode]}\nserver_round_robin = 1") as through:
        async with _transaction(through), _transaction(through):
            pass
        assert await Phase(through).read() == "backfill"


@contextlib.asynccontextmanager
async def _transaction(dsn: str) -> AsyncIterator[None]:
    connection = await asyncpg.connect(dsn, statement_cache_size=0)
    try:
        async with connection.transaction():
            yield
    finally:
        await connection.close()


@pytest.mark.parametrize(
    ("token", "header", "status"), [(None, "", 200), ("secret", "Bearer secret", 200), ("secret", "", 401)]
)
async def test_it_is_guarded_as_the_admin_address_is(token: str | None, header: str, status: int) -> None:
    metrics = Metrics()
    metrics.count("legacy", "messages.send", 200, 0.0002)
    app = admin_application(metrics, {}, token)
    assert mount(app, metrics.text, None) is True
    async with TestClient(TestServer(app)) as client:
        for path in ("/dashboard/", "/dashboard/data", "/dashboard/vendor/uplot.js"):
            answer = await client.get(path, headers={"Authorization": header})
            assert answer.status == status
        if status == 200:
            data = await (await client.get("/dashboard/data", headers={"Authorization": header})).json()
            assert data["operations"] == [
                {"name": "messages.send", "legacy": 1, "modern": 0, "refused": 0, "errors": 0}
            ]
            answer = await client.get(
                "/dashboard/data", headers={"Host": "evil.example", "Authorization": header}
            )
            assert answer.status == (403 if token is None else 200)
