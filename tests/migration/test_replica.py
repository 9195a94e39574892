"""A streaming replica: the migration gives it time to follow, does not wait for ever, and it ends up the same."""

import asyncio
import os
import time

import pytest

from demo.postgres import EmbeddedPostgres
from migration.engine import steps
from migration.engine.progress import Progress
from migration.engine.session import connect
from migration.engine.steps import TARGET_S, StepRunner
from migration.run import up
from tests.migration.databases import SCHEMA, SMALL, connected, dump, generate, rows, value
from tests.support.processes import LONGEST_S

LAG_S, PAUSE_S = 0.2, 0.3
ANYTHING = "UPDATE users SET bio = bio WHERE id = 1"


class Replica(EmbeddedPostgres):
    """A server that follows another one."""

    def __init__(self, primary):
        super().__init__()
        self.primary = primary
        self._password = primary._password

    def _prepare(self):
        if os.geteuid() == 0:
            self._give_to_nobody()
        options = ["-d", self.primary.dsn, "-D", str(self._data), "-R", "-c", "fast", "--no-sync"]
        assert self._spawn("pg_basebackup", *options).wait(LONGEST_S) == 0, self._log_tail()

    def create_database(self, name, template=None):
        """It has what its primary has."""
        return self.dsn_of(name)


@pytest.fixture(scope="module")
def servers():
    with EmbeddedPostgres() as primary, Replica(primary) as replica:
        yield primary, replica


async def until(condition):
    async with asyncio.timeout(30):
        # Replication tells nobody how far it is: it can only be asked.
        while not await condition():  # noqa: ASYNC110
            await asyncio.sleep(0.02)


async def test_a_replica_that_lags_slows_it_down_and_does_not_stop_it(servers, monkeypatch):
    monkeypatch.setattr(steps, "LAG_S", LAG_S)
    monkeypatch.setattr(steps, "LAG_PAUSE_S", PAUSE_S)
    primary, replica = servers
    dsn, its = primary.create_database("story"), replica.dsn_of("story")
    async with connected(dsn) as connection:
        await connection.execute(SCHEMA["L"])
        await generate(connection, SMALL, seed=1, state="L")
    async with connect(dsn) as session:
        runner = StepRunner(session, "backfill", Progress())

        async def behind():
            await rows(dsn, ANYTHING)
            return await runner._lag() > LAG_S

        async def abreast():
            return not await behind()

        async def pace():
            started = time.monotonic()
            return await runner._pace(1000, TARGET_S / 10, False), time.monotonic() - started >= PAUSE_S

        await rows(replica.dsn, "SELECT pg_wal_replay_pause()")
        await until(behind)
        assert await pace() == (500, True)
        await rows(replica.dsn, "SELECT pg_wal_replay_resume()")
        await until(abreast)
        assert await pace() == (2000, False)
    await rows(replica.dsn, "SELECT pg_wal_replay_pause()")
    monkeypatch.setattr(steps, "LAG_PAUSE_S", 0.01)
    assert (await up(dsn, backup=False)).done
    assert await value(its, "SELECT to_regclass('chat_migration.run')") is None
    end = await value(dsn, "SELECT pg_current_wal_lsn()::text")
    await rows(replica.dsn, "SELECT pg_wal_replay_resume()")

    async def followed():
        return await value(replica.dsn, "SELECT pg_last_wal_replay_lsn() >= $1::text::pg_lsn", end)

    await until(followed)
    assert without_sequences(its) == without_sequences(dsn)


def without_sequences(dsn):
    """The dump; a replica's sequences are always a few numbers ahead."""
    return [line for line in dump(dsn) if "setval" not in line]
