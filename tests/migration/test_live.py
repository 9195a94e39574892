"""Both generations write during every phase: no write fails because of the migration, no row is without its person."""

import asyncio
from contextlib import asynccontextmanager

import pytest

from migration.anomalies.identities import IDENTITIES
from migration.run import down, up, verify
from tests.migration.databases import SMALL, filled, rows, value
from tests.migration.writers import Legacy, Modern

AT_LEAST = 60


@asynccontextmanager
async def writing(*writers):
    """Let them write beside the block; after it each writes at least so often."""
    tasks = [asyncio.ensure_future(writer.run()) for writer in writers]
    yield
    before = [writer.count for writer in writers]
    async with asyncio.timeout(60):
        for writer, start, task in zip(writers, before, tasks, strict=True):
            await asyncio.wait(
                [task, asyncio.ensure_future(writer.written(start + AT_LEAST))], return_when="FIRST_COMPLETED"
            )
    for writer in writers:
        writer.stopped.set()
    await asyncio.gather(*tasks)


# What a legacy write may be told once the old shape is off: that it is, or that this person has such a row.
REFUSALS = (
    "FeatureNotSupportedError the profile-based shape is switched off",
    "UniqueViolationError duplicate key",
)


def impossible(state, phase):
    """What the old backend cannot write on such a database, migrated or not: in D sessions are by person already."""
    return ("write_heartbeat",) if state == "D" and phase in ("expand", "backfill", "merge") else ()


def refused(failures):
    """Whether each was refused with a clear word, those among them that only say whom they mean by profile."""
    word = [failure.partition(": ")[2] for failure in failures]
    return all(w.startswith(REFUSALS) for w in word) and any(w.startswith(REFUSALS[0]) for w in word)


# P is L with columns added: what is true of P and D is true of L.
@pytest.mark.parametrize("state", [pytest.param("L", marks=pytest.mark.slow), "P", "D"])
async def test_both_generations_write_during_every_phase(make_database, state):
    dsn, _ = await filled(make_database, state, SMALL)
    everybody = []
    for number, phase in enumerate(("expand", "backfill", "merge", "constrain", "contract")):
        # Before expand there are no columns that a user-based writer could name.
        legacy, modern = Legacy(dsn, number, impossible(state, phase)), Modern(dsn, number)
        writers = [legacy, modern] if phase != "expand" else [legacy]
        everybody += writers
        async with writing(*writers):
            assert (await up(dsn, to=phase, backup=False, batch_rows=5)).phase == phase
        assert modern.failures == [], phase
        if phase == "contract":
            assert refused(legacy.failures), legacy.failures
        else:
            assert legacy.failures == [], phase
        if phase != "expand":
            assert await without_person(dsn) == []
            assert phase == "contract" or await without_profile(dsn) == []
        assert (await verify(dsn)).differences == [], phase
    assert sum(writer.count for writer in everybody) > 9 * AT_LEAST
    assert await without_profile(dsn) != []
    assert (await down(dsn, to="constrain")).quarantine == {}
    assert await without_profile(dsn) == []
    assert (await verify(dsn)).differences == []


async def without_person(dsn):
    """Rows that name a profile with an owner, but no person."""
    found = []
    for i in IDENTITIES:
        found += await rows(
            dsn,
            f"SELECT '{i.table}', t.id, '{i.user}' FROM {i.table} t JOIN chat_migration.identity o "
            f"ON o.profile_type = lower(btrim(t.{i.type})) AND o.profile_id = t.{i.id} WHERE t.{i.user} IS NULL",
        )
    return found


async def without_profile(dsn):
    """Rows that name a person who has a profile, but no profile; a vote may be (D13)."""
    found = []
    for i in IDENTITIES:
        if i.table != "poll_votes":
            found += await rows(
                dsn,
                f"SELECT '{i.table}', t.id, '{i.id}' FROM {i.table} t "
                f"WHERE t.{i.user} IS NOT NULL AND t.{i.id} IS NULL "
                f"AND t.{i.user} IN (SELECT user_id FROM chat_migration.identity)",
            )
    return found


async def test_writes_in_between_survive_the_way_back(make_database):
    dsn, _ = await filled(make_database, "L", SMALL)
    await up(dsn, backup=False)
    legacy, modern = Legacy(dsn, 1), Modern(dsn, 2)
    async with writing(legacy, modern):
        pass
    assert legacy.failures + modern.failures == []
    count = "SELECT count(*) FROM chat_messages"
    nobody = "INSERT INTO users (email, password_hash) VALUES ('nobody@example.test', 'x') RETURNING id"
    person = await value(dsn, nobody)
    messages = await value(dsn, count)
    conversation = await value(dsn, "SELECT min(id) FROM conversations")
    for sql in (
        "INSERT INTO conversation_participants (conversation_id, user_id) VALUES ($1, $2)",
        "INSERT INTO chat_messages (conversation_id, sender_user_id, content) VALUES ($1, $2, 'no profile')",
    ):
        await rows(dsn, sql, conversation, person)
    result = await down(dsn)
    assert result.quarantine["chat_messages"] == 1
    assert result.quarantine["conversation_participants"] >= 1
    assert await value(dsn, count) == messages
    kept = "SELECT value ->> 'content' FROM chat_quarantine.kept WHERE table_name = 'chat_messages'"
    assert await value(dsn, kept) == "no profile"
    assert await value(dsn, "SELECT count(*) FROM chat_messages WHERE content = 'modern'") > 0
