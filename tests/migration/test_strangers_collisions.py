"""Rows that collide when a wrong person is corrected: in old data, and in what legacy clients go on writing."""

import pytest

from migration.run import down, plan, up, verify
from tests.migration.databases import SCHEMA, dump, rows, value

PEOPLE = """
INSERT INTO users (id, email, password_hash) VALUES (1, 'a@x.test', 'x'), (2, 'b@x.test', 'x');
INSERT INTO student_profiles (id, user_id) VALUES (5, 1);
INSERT INTO tutor_profiles (id, user_id) VALUES (7, 2);
INSERT INTO conversations (id, type, created_by_profile_id, created_by_profile_type) VALUES (10, 'group', 5, 'student');
"""
SETTING = (
    "INSERT INTO chat_settings (user_id, profile_type, profile_id, who_can_message) "
    "VALUES ({}, 'student', 5, '{}')"
)
MINE, WRONG = SETTING.format(1, "everyone"), SETTING.format(2, "none")
SETTINGS = "SELECT user_id, who_can_message FROM chat_settings ORDER BY id"


async def test_rows_that_collide_in_old_data_become_one(make_database):
    dsn = make_database(SCHEMA["L"] + PEOPLE + f"{MINE}; {WRONG};")
    before = dump(dsn)
    assert {c.name: c.count for c in (await plan(dsn)).conflicts}["D32"] == 1
    await up(dsn, backup=False)
    assert await rows(dsn, SETTINGS) == [(1, "none")]
    assert (await verify(dsn)).differences == []
    await down(dsn)
    assert dump(dsn) == before


async def test_rows_that_collide_with_each_other_become_one(make_database):
    third = "INSERT INTO users (id, email, password_hash) VALUES (3, 'c@x.test', 'x')"
    dsn = make_database(SCHEMA["L"] + PEOPLE + f"{third}; {WRONG}; {SETTING.format(3, 'connections')};")
    before = dump(dsn)
    await up(dsn, backup=False)
    assert await rows(dsn, SETTINGS) == [(1, "none")]
    assert (await verify(dsn)).differences == []
    await down(dsn)
    assert dump(dsn) == before


@pytest.mark.parametrize("phase", ["expand", "backfill", "merge", "constrain"])
@pytest.mark.parametrize(
    "clause", ["", " ON CONFLICT (user_id, profile_id, profile_type) DO UPDATE SET font_size = 'x'"]
)
async def test_a_live_write_under_a_wrong_person_becomes_one_with_the_row_there(make_database, phase, clause):
    dsn = make_database(SCHEMA["L"] + PEOPLE + f"{MINE};")
    await up(dsn, to=phase, backup=False)
    assert await value(dsn, f"{WRONG}{clause} RETURNING user_id") == 1
    assert await rows(dsn, SETTINGS) == [(1, "none")]
    await up(dsn, backup=False)
    assert (await verify(dsn)).differences == []
    await down(dsn)
    assert await rows(dsn, "SELECT user_id, who_can_message FROM chat_settings WHERE user_id = 1") == [
        (1, "everyone")
    ]


async def test_a_participant_without_a_profile_beside_one_with_it(make_database):
    columns = "conversation_id, user_id, profile_type, profile_id"
    member = f"INSERT INTO conversation_participants ({columns}) VALUES (10, 1, {{}})"
    dsn = make_database(
        SCHEMA["D"] + PEOPLE + member.format("'student', 5") + ";" + member.format("NULL, NULL") + ";"
    )
    before = dump(dsn)
    await up(dsn, backup=False)
    assert await value(dsn, "SELECT count(*) FROM conversation_participants") == 1
    assert (await verify(dsn)).differences == []
    await down(dsn)
    assert dump(dsn) == before
