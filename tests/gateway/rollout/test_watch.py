"""The rules of a process follow a real PostgreSQL."""

import asyncio
from collections.abc import AsyncIterator, Callable

import asyncpg
import pytest

from gateway.rollout import store
from gateway.rollout.decision import Decider
from gateway.rollout.rules import Rules
from gateway.rollout.watch import Watcher

LONGEST_S = 20


@pytest.fixture
async def dsn(make_database: Callable[..., str]) -> str:
    return make_database("SELECT 1")


@pytest.fixture
async def connection(dsn: str) -> AsyncIterator[store.Connection]:
    found = await asyncpg.connect(dsn)
    yield found
    await found.close()


async def _until(seen: Callable[[], bool], connection: store.Connection) -> None:
    """Ask the database in between, so that others get their turn."""
    async with asyncio.timeout(LONGEST_S):
        while not seen():
            await connection.fetchval("SELECT 1")


async def _until_applied(connection: store.Connection, version: int, processes: int) -> None:
    async with asyncio.timeout(LONGEST_S):
        while await store.applied(connection, version) != (processes, processes):
            pass


async def test_a_change_is_followed_and_confirmed(dsn: str, connection: store.Connection) -> None:
    await store.init(connection)
    deciders = [Decider(Rules()) for _ in range(3)]
    watchers = [Watcher(dsn, decider) for decider in deciders]
    for watcher in watchers:
        await watcher.start()
    assert all(watcher.loaded.is_set() for watcher in watchers)
    await store.change(connection, Rules(stopped=True), "stop", "trouble", expected=1)
    await _until(lambda: all(decider.stopped for decider in deciders), connection)
    await _until_applied(connection, 2, len(watchers))
    for watcher in watchers:
        await watcher.close()
    assert await store.applied(connection, 2) == (0, 0), "who has ended is not waited for"


async def test_without_a_store_nothing_is_known_until_there_is_one(
    dsn: str, connection: store.Connection
) -> None:
    decider = Decider(Rules())
    watcher = Watcher(dsn, decider)
    await watcher.start()
    assert not watcher.loaded.is_set()
    await store.init(connection)
    await store.change(connection, Rules(percent=5), "set", "a few", expected=1)
    await _until(lambda: watcher.loaded.is_set() and decider.rules.percent == 5, connection)
    await watcher.close()


@pytest.mark.parametrize(
    "harm",
    [
        "DELETE FROM chat_rollout.rules",
        "UPDATE chat_rollout.rules SET document = document || '{\"format\": 99}'",
        "DROP SCHEMA chat_rollout CASCADE",
    ],
)
async def test_what_cannot_be_read_changes_nothing(
    dsn: str, connection: store.Connection, harm: str, caplog: pytest.LogCaptureFixture
) -> None:
    await store.init(connection)
    await store.change(connection, Rules(percent=25), "set", "more", expected=1)
    decider = Decider(Rules())
    watcher = Watcher(dsn, decider)
    await watcher.start()
    await connection.execute(harm)
    await connection.execute("SELECT pg_notify($1, '3')", store.CHANNEL)
    await _until(lambda: "stay" in caplog.text, connection)
    assert decider.rules.percent == 25
    assert watcher.loaded.is_set()
    await watcher.close()


async def test_a_connection_that_is_cut_is_made_again_and_what_was_missed_is_read(
    dsn: str, connection: store.Connection
) -> None:
    """The notice is lost; the state is read again all the same."""
    await store.init(connection)
    decider = Decider(Rules())
    watcher = Watcher(dsn, decider)
    await watcher.start()
    cut = """SELECT pg_terminate_backend(pid) FROM pg_stat_activity
        WHERE application_name = 'chat-gateway rollout' AND datname = current_database()"""
    await connection.execute(cut)
    await store.change(connection, Rules(percent=7), "set", "unheard", expected=1)
    await _until(lambda: decider.rules.percent == 7, connection)
    await watcher.close()
