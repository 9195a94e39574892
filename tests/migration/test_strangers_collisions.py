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


MEMBERS = (
    "INSERT INTO conversation_participants (id, conversation_id, user_id, profile_type, profile_id, role) "
    "VALUES (1, 10, 1, 'student', 5, 'admin'), (2, 10, 2, 'tutor', 7, 'member');"
    "SELECT setval('conversation_participants_id_seq', 100);"
)
BOTH = "INSERT INTO tutor_profiles (id, user_id) VALUES (8, 1);"
MOVED = (
    "UPDATE conversation_participants SET user_id = 1, profile_type = 'tutor', profile_id = 8 WHERE id = 2"
)


@pytest.mark.parametrize("phase", ["merge", "constrain"])
async def test_a_live_update_onto_somebody_who_is_there_becomes_one_with_that_row(make_database, phase):
    dsn = make_database(SCHEMA["L"] + PEOPLE + BOTH + MEMBERS)
    await up(dsn, to=phase, backup=False)
    await rows(dsn, MOVED)
    columns = "id, user_id, profile_type, profile_id, role"
    there = f"SELECT {columns} FROM conversation_participants ORDER BY id"
    assert await rows(dsn, there) == [(2, 1, "tutor", 8, "admin")]
    await up(dsn, backup=False)
    assert (await verify(dsn)).differences == []
    await down(dsn)
    assert await rows(dsn, there) == [(1, 1, "student", 5, "admin"), (2, 1, "tutor", 8, "admin")]


@pytest.mark.parametrize("phase", ["expand", "backfill", "merge", "constrain"])
async def test_a_live_update_whose_person_is_corrected_becomes_one_with_the_row_there(make_database, phase):
    other = "INSERT INTO chat_settings (id, user_id, profile_type, profile_id) VALUES (90, 2, 'tutor', 7);"
    dsn = make_database(SCHEMA["L"] + PEOPLE + f"{MINE}; {other}")
    await up(dsn, to=phase, backup=False)
    await rows(dsn, "UPDATE chat_settings SET profile_type = 'student', profile_id = 5 WHERE id = 90")
    assert await rows(dsn, "SELECT id, user_id FROM chat_settings") == [(90, 1)]
    await up(dsn, backup=False)
    assert (await verify(dsn)).differences == []
    await down(dsn)
