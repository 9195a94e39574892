"""The way back: what was written in between, and what the old shape cannot hold."""

import asyncio
import contextlib
from contextlib import contextmanager
from itertools import pairwise
from types import SimpleNamespace

import pytest

from migration.engine import record
from migration.engine.progress import Progress
from migration.engine.session import Session
from migration.run import down, up, verify
from tests.migration.databases import LEGACY, SMALL, connected, dump, filled, outcome, rows

OLD = "a" * 64
PROTECTED = """
INSERT INTO users (id, email, password_hash) SELECT i, i || '@x.test', 'x' FROM generate_series(1, 3) i;
INSERT INTO student_profiles (id, user_id) SELECT i + 10, i FROM generate_series(1, 3) i;
INSERT INTO chat_settings (user_id, profile_type, profile_id, two_step_verification, two_step_password_hash)
    SELECT i, 'student', i + 10, true, repeat('a', 64) FROM generate_series(1, 3) i;
"""
# Our backend's writes: the same password in a newer form; another password; both in one transaction each.
UPGRADED = f"""
UPDATE chat_settings SET two_step_password_hash = '{OLD}' WHERE user_id = 1;
UPDATE chat_two_step_verification SET password_hash = 'scrypt$1' WHERE user_id = 1;
"""
CHANGED = """
UPDATE chat_settings SET two_step_password_hash = NULL WHERE user_id = 2;
UPDATE chat_two_step_verification SET is_enabled = true, password_hash = 'scrypt$2' WHERE user_id = 2;
"""


async def test_two_step_protection_is_never_off_and_no_password_is_lost(make_database):
    dsn = make_database(LEGACY + PROTECTED)
    await up(dsn, backup=False)
    await rows(dsn, f"DO $$ BEGIN {UPGRADED} END $$")
    await rows(dsn, f"DO $$ BEGIN {CHANGED} END $$")
    result = await down(dsn)
    found = await rows(
        dsn, "SELECT user_id, two_step_verification, two_step_password_hash FROM chat_settings ORDER BY 1"
    )
    assert found == [(1, True, OLD), (2, True, None), (3, True, OLD)]
    kept = "SELECT value ->> 'password_hash' FROM chat_quarantine.kept ORDER BY key"
    assert await rows(dsn, kept) == [("scrypt$1",), ("scrypt$2",)]
    assert result.quarantine == {"chat_two_step_verification": 2}


class Cut(Exception):
    """The migration ended here, as if it had been killed."""


@contextmanager
def cut_before(number):
    """Let the migration's transactions pass up to this one; say how many there were, and where a phase began."""
    real, passed, phases = Session._again, [0], []

    async def again(self, once):
        passed[0] += 1
        if passed[0] == number:
            raise Cut
        return await real(self, once)

    async def reach(connection, phase):
        phases.append(passed[0])
        await record.reach(connection, phase)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Session, "_again", again)
        patch.setattr("migration.phases.down.record", SimpleNamespace(**{**vars(record), "reach": reach}))
        yield passed, phases


@pytest.fixture
async def contracted(make_database):
    """A database after contract, what it was before, and the transactions of its way back: their number, its phases."""
    dsn, _ = await filled(make_database)
    before = dump(dsn)
    await up(dsn, to="contract", backup=False)
    copy = make_database(template=dsn.rsplit("/", 1)[1])
    with cut_before(0) as (passed, phases):
        await down(copy)
    assert dump(copy) == before
    assert len(phases) == 5
    return dsn, before, passed[0], phases


async def cut_and_continued(dsn, numbers):
    """Cut the way back at each of these places, and go up again each time."""
    calm = await outcome(dsn)
    for number in numbers:
        assert not await ended(dsn, number), number
        assert (await up(dsn, to="contract", backup=False)).phase == "contract", number
        assert await outcome(dsn) == calm, number
    assert (await verify(dsn)).differences == []


async def ended(dsn, number):
    """Go back until so many transactions are taken; say whether that was the end."""
    with contextlib.suppress(Cut), cut_before(number):
        await down(dsn)
        return True
    return False


async def test_a_way_back_that_was_cut_may_be_followed_by_up_or_down(contracted):
    dsn, before, end, phases = contracted
    middles = [(a + b) // 2 for a, b in pairwise([*phases, end])]
    await cut_and_continued(dsn, middles)
    # The first one when the votes' key is there again and its step not forgotten; each from where the last was cut.
    for number in (phases[0] + 4, 60, 60, 60):
        assert not await ended(dsn, number)
    await down(dsn)
    assert dump(dsn) == before


@pytest.mark.slow
@pytest.mark.parametrize("start", range(4))
async def test_a_way_back_that_was_cut_anywhere(contracted, start):
    dsn, before, end, phases = contracted
    edges = [number + more for number in phases for more in (0, 1, 2)]
    await cut_and_continued(dsn, sorted({*edges, *range(1, end + 1, 16)})[start::4])
    cuts = 0
    # Each goes on where the one before was cut; a step is taken back from its start, up to some twenty statements.
    while not await ended(dsn, 40 + start):
        cuts += 1
        assert cuts < 100
    assert cuts > 10
    assert dump(dsn) == before


WAITING = """
SELECT held.relation::regclass::text FROM pg_locks waits JOIN pg_stat_activity a ON a.pid = waits.pid
JOIN pg_locks held ON held.pid = waits.pid AND held.granted AND held.mode = 'AccessExclusiveLock'
JOIN pg_class c ON c.oid = held.relation AND c.relkind = 'r'
WHERE NOT waits.granted AND waits.relation = 'users'::regclass AND a.application_name = 'chat-gateway migrate'"""


class Told(Progress):
    """Says when a step has been taken back."""

    def __init__(self, step):
        self.step, self.event = step, asyncio.Event()

    def finished(self, phase, step, rows, seconds):
        if step == self.step:
            self.event.set()


async def test_the_way_back_cancels_nobody_who_holds_one_table_and_wants_another(make_database):
    dsn, _ = await filled(make_database, "L", SMALL)
    await up(dsn, backup=False)
    # From then on only foreign keys need the table of users.
    told = Told("directory triggers")
    async with connected(dsn) as person, asyncio.timeout(120):
        going = asyncio.ensure_future(down(dsn, progress=told))
        await told.event.wait()
        # It looks for deadlocks before the tool's server process does: a person who waited longer would be the victim.
        await person.execute("SET deadlock_timeout = '500ms'")
        transaction = person.transaction()
        await transaction.start()
        await person.execute("LOCK TABLE users IN ROW SHARE MODE")
        async with connected(dsn) as watcher:
            while (held := await watcher.fetchval(WAITING)) is None:  # noqa: ASYNC110
                await asyncio.sleep(0.005)
        await person.execute(f"SELECT count(*) FROM {held}")
        await transaction.commit()
        await going


async def test_not_null_comes_back_under_its_own_name(make_database):
    """Since PostgreSQL 18 it has one; a table that was made like ours has taken the one that would be chosen."""
    dsn = make_database(LEGACY + "CREATE TABLE twin (LIKE chat_messages INCLUDING ALL);")
    before = dump(dsn)
    await up(dsn, to="expand", backup=False)
    await down(dsn)
    assert dump(dsn) == before
