"""Up, verify and down on generated databases that contain every trap."""

import pytest

from migration.run import down, plan, status, up, verify
from tests.migration.databases import SCHEMA, USER, dump, filled, rows, value


@pytest.mark.parametrize("state", ["L", "P", "D"])
async def test_up_verify_down_leaves_the_database_as_it_was(make_database, state):
    dsn, known = await filled(make_database, state)
    before = dump(dsn)
    found = await plan(dsn)
    assert {c.name: c.count for c in found.conflicts} == known
    assert found.state == state
    assert dump(dsn) == before
    up_result = await up(dsn, backup=False)
    assert (up_result.state, up_result.phase, up_result.done, up_result.missing) == (
        state,
        "constrain",
        True,
        [],
    )
    assert (await verify(dsn)).differences == []
    back = await down(dsn)
    assert dump(dsn) == before
    assert back.quarantine == {}


@pytest.mark.parametrize("state", ["L", "P", "D"])
async def test_contract_and_every_phase_in_turn_can_be_taken_back(make_database, state):
    dsn, _ = await filled(make_database, state)
    before = dump(dsn)
    for phase in ("expand", "backfill", "merge", "constrain", "contract"):
        assert (await up(dsn, to=phase, backup=False)).phase == phase
        assert (await verify(dsn)).differences == []
    for phase in ("constrain", "merge", "backfill", "expand"):
        assert (await down(dsn, to=phase)).phase == phase
        assert (await verify(dsn)).differences == []
    await down(dsn)
    assert dump(dsn) == before


async def test_up_twice_does_nothing_twice(make_database):
    dsn, _ = await filled(make_database)
    await up(dsn, backup=False)
    once = await rows(dsn, "SELECT id, rule, key FROM chat_migration.journal ORDER BY id")
    assert (await up(dsn, backup=False)).done
    assert await rows(dsn, "SELECT id, rule, key FROM chat_migration.journal ORDER BY id") == once


async def test_status_names_a_column_that_the_triggers_need_and_that_is_gone(make_database):
    dsn = make_database(SCHEMA["L"])
    await up(dsn, to="expand", backup=False)
    before = (await status(dsn)).missing
    await rows(dsn, "ALTER TABLE conversation_participants RENAME COLUMN joined_at TO since")
    added = [line for line in (await status(dsn)).missing if line not in before]
    assert added == ["column conversation_participants.joined_at, which the triggers need"]


async def test_a_user_based_database_is_left_alone(make_database):
    dsn = make_database(USER)
    assert (await status(dsn)).state == "U"
    assert (await up(dsn, backup=False)).done
    assert await value(dsn, "SELECT to_regnamespace('chat_migration')") is None


@pytest.mark.parametrize("state", sorted(SCHEMA))
async def test_the_state_is_found_by_what_is_there(make_database, state):
    assert (await status(make_database(SCHEMA[state]))).state == state
