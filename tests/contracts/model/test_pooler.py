"""Directory, facts and backend behind a real PgBouncer, in its modes, and reached directly."""

import asyncio
import logging
from collections.abc import Callable, Iterator

import asyncpg
import pytest

from backend.database import open_pool
from contracts.model.pooler import Connector
from contracts.model.profile import Profile
from gateway.database.facts import UpstreamFacts
from gateway.database.v2_2_facts import V2_2_FACTS
from gateway.directory.directory import Directory
from gateway.directory.invalidation import POOLED
from gateway.directory.source import Source
from tests.gateway.directory.world import TRIGGERS, TYPES, filled
from tests.support.pgbouncer import MODES, pgbouncer

PROBE = """SELECT current_setting('statement_timeout') AS patience, current_setting('transaction_read_only') AS only,
    pg_sleep(0.001)"""


@pytest.fixture(params=[None, *MODES])
def dsns(request: pytest.FixtureRequest, make_database: Callable[..., str]) -> Iterator[tuple[str, str]]:
    """The database directly, and the way that is tried: direct, or through PgBouncer."""
    direct = make_database(filled(more=TRIGGERS))
    if request.param is None:
        yield direct, direct
        return
    with pgbouncer(direct, MODES[request.param]) as through:
        yield direct, through


async def test_480_questions_at_once_are_all_answered_with_the_settings_of_a_reader(
    dsns: tuple[str, str],
) -> None:
    source = Source(dsns[1], TYPES, with_users=True)
    await source.start()
    try:
        rows = await asyncio.gather(*(source.fetch(PROBE) for _ in range(480)))
        assert {(row[0]["patience"], row[0]["only"]) for row in rows} == {("2s", "on")}
        found = await asyncio.gather(*(source.read([Profile("tutor", 5)], [1]) for _ in range(48)))
        assert {row["user_id"] for row in found[0]} == {1, 2}
        assert source.ready
    finally:
        await source.close()


async def test_facts_are_read(dsns: tuple[str, str]) -> None:
    facts = UpstreamFacts(dsns[1], V2_2_FACTS)
    try:
        read = await asyncio.gather(*(facts.facts("archived", 1) for _ in range(40)))
        assert read == [[]] * 40
    finally:
        await facts.close()


async def test_the_backends_pool_reads_and_writes(dsns: tuple[str, str]) -> None:
    async def ask(number: int) -> object:
        async with pool.acquire() as connection:
            if number % 2:
                return await connection.fetchval("SELECT $1::jsonb", {"n": number})
            async with connection.transaction():
                await connection.execute("SELECT set_config('chat.profile', $1, true)", f"tutor:{number}")
                return await connection.fetchval("SELECT current_setting('chat.profile')")

    async with open_pool(dsns[1]) as pool:
        told = await asyncio.gather(*(ask(number) for number in range(480)))
        assert told == [{"n": n} if n % 2 else f"tutor:{n}" for n in range(480)]
        moment = await pool.fetchval("SELECT '2026-01-01 10:00'::timestamp")
        assert moment.isoformat() == "2026-01-01T10:00:00+00:00"
        await pool.executemany("UPDATE users SET last_name = $2 WHERE id = $1", [(1, "a"), (2, "b")])
        assert await pool.fetchval("SELECT last_name FROM users WHERE id = 2") == "b"


async def test_what_changes_is_heard_by_a_direct_way_and_without_one_it_is_said(
    dsns: tuple[str, str], caplog: pytest.LogCaptureFixture
) -> None:
    direct, through = dsns
    caplog.set_level(logging.WARNING, "gateway.directory")
    for listen_dsn in (None, direct):
        caplog.clear()
        source = Source(through, TYPES, with_users=True)
        directory = Directory([source], listen_dsn=listen_dsn)
        await directory.start()
        try:
            (listener,) = directory.listeners
            listening = through == direct or listen_dsn == direct
            if listening:
                await asyncio.wait_for(listener.listening.wait(), 30)
            else:
                assert listener._task is not None
                await asyncio.wait_for(listener._task, 30)
            assert [record.getMessage() for record in caplog.records] == ([] if listening else [POOLED])
        finally:
            await directory.close()


async def test_a_direct_connection_keeps_its_statements(make_database: Callable[..., str]) -> None:
    connect = Connector(asyncpg, {"application_name": "x", "statement_timeout": "7000"})
    connection = await connect(make_database("SELECT 1"))
    assert connect.pooled is False
    assert type(connection) is asyncpg.Connection
    assert await connection.fetchval("SELECT current_setting('statement_timeout')") == "7s"
    await connection.close()


async def test_why_there_is_no_database_is_said_in_postgresqls_words(
    make_database: Callable[..., str], caplog: pytest.LogCaptureFixture
) -> None:
    dsn = make_database("SELECT 1")
    source = Source(dsn.rpartition("/")[0] + "/there_is_none", TYPES)
    with caplog.at_level(logging.WARNING):
        await source.start()
    await source.close()
    assert 'database "there_is_none" does not exist' in caplog.text
