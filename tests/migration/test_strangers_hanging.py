"""Rows of other tables that refer to rows which are merged: they follow the one that stays, and come back."""

import pytest

from migration.engine.errors import RefusedError
from migration.run import down, plan, up, verify
from tests.migration.databases import LEGACY, connected, dump, rows

PEOPLE = """
INSERT INTO users (id, email, password_hash, first_name) VALUES (1, 'a@x', 'x', 'A'), (2, 'b@x', 'x', 'B');
INSERT INTO student_profiles (id, user_id, username) VALUES (10, 1, 's1'), (11, 2, 's2');
INSERT INTO tutor_profiles (id, user_id, username) VALUES (20, 1, 't1');
INSERT INTO conversations (id, type, created_by_profile_type, created_by_profile_id)
    VALUES (1, 'group', 'student', 10);
INSERT INTO conversation_participants (id, conversation_id, user_id, profile_type, profile_id, joined_at) VALUES
    (1, 1, 1, 'student', 10, '2020-01-01'), (2, 1, 1, 'tutor', 20, '2021-01-01'),
    (3, 1, 2, 'student', 11, '2020-01-01');
SELECT setval('conversation_participants_id_seq', 100);
"""
NOTES = """
CREATE TABLE notes (id serial PRIMARY KEY, about integer REFERENCES conversation_participants (id) ON DELETE {});
INSERT INTO notes (about) VALUES (1), (2), (2), (3), (NULL);
"""
ABOUT = "SELECT id, about FROM notes ORDER BY id"
TUTOR = (
    "INSERT INTO conversation_participants (conversation_id, user_id, profile_type, profile_id) "
    "VALUES (1, 1, 'tutor', 20) RETURNING id"
)


ACTIONS = pytest.mark.parametrize("action", ["NO ACTION", "RESTRICT", "CASCADE", "SET NULL", "SET DEFAULT"])


@ACTIONS
async def test_rows_follow_the_one_that_stays_and_come_back(make_database, action):
    dsn = make_database(LEGACY + PEOPLE + NOTES.format(action))
    before = dump(dsn)
    await up(dsn, backup=False)
    assert await rows(dsn, ABOUT) == [(1, 1), (2, 1), (3, 1), (4, 3), (5, None)]
    assert (await verify(dsn)).differences == []
    await rows(dsn, "UPDATE notes SET about = 3 WHERE id = 3")
    await down(dsn)
    assert await rows(dsn, ABOUT) == [(1, 1), (2, 2), (3, 3), (4, 3), (5, None)]
    await rows(dsn, "UPDATE notes SET about = 2 WHERE id = 3")
    assert [line for line in dump(dsn) if "notes" in line] == [line for line in before if "notes" in line]


@ACTIONS
async def test_a_late_legacy_row_takes_the_number_and_what_refers_to_it(make_database, action):
    dsn = make_database(LEGACY + PEOPLE + NOTES.format(action))
    await up(dsn, backup=False)
    assert await rows(dsn, TUTOR) == [(1,)]
    assert await rows(dsn, ABOUT) == [(1, 1), (2, 1), (3, 1), (4, 3), (5, None)]


async def test_a_reaction_that_replaces_another_takes_what_refers_to_it(make_database):
    message = (
        "INSERT INTO chat_messages (id, conversation_id, sender_user_id, sender_profile_type, sender_profile_id) "
        "VALUES (1, 1, 2, 'student', 11);"
    )
    react = (
        "INSERT INTO message_reactions (message_id, user_id, profile_type, profile_id, reaction) "
        "VALUES (1, 1, '{}', {}, '{}') RETURNING id"
    )
    marks = (
        "CREATE TABLE marks (reaction integer NOT NULL REFERENCES message_reactions (id) ON DELETE CASCADE);"
        "INSERT INTO marks SELECT id FROM message_reactions WHERE user_id = 1;"
    )
    other = react.replace("1, 1,", "1, 2,").format("student", 11, "x")
    first = react.format("student", 10, "a")
    dsn = make_database(LEGACY + PEOPLE + message + f"{other};{first};" + marks)
    await up(dsn, backup=False)
    async with connected(dsn) as writer:
        newest = await writer.fetchval(react.format("tutor", 20, "b"))
    assert await rows(dsn, "SELECT reaction FROM marks") == [(newest,)]
    await down(dsn)
    assert await rows(dsn, "SELECT m.user_id FROM marks k JOIN message_reactions m ON m.id = k.reaction") == [
        (1,)
    ]


BLOCKED = {
    "two of its rows cannot refer to the same one": (
        "CREATE TABLE notes (about integer PRIMARY KEY REFERENCES conversation_participants (id))"
    ),
    "it names them by more than their id": (
        "CREATE TABLE notes (c integer, p integer, t varchar(50), FOREIGN KEY (c, p, t) "
        "REFERENCES conversation_participants (conversation_id, profile_id, profile_type))"
    ),
    "its table is partitioned": (
        "CREATE TABLE notes (about integer REFERENCES conversation_participants (id)) PARTITION BY HASH (about)"
    ),
    "it must not be empty when a block of oneself goes": (
        "CREATE TABLE notes (about integer NOT NULL REFERENCES blocked_chat_contacts (id))"
    ),
    "has rows of conversations as values": "CREATE TABLE notes (about conversations)",
    "make it jsonb": "CREATE TABLE notes (about chat_messages[])",
}


@pytest.mark.parametrize("why", BLOCKED)
async def test_what_cannot_follow_is_said_beforehand(make_database, why):
    dsn = make_database(LEGACY + PEOPLE + BLOCKED[why])
    before = dump(dsn)
    (sentence,) = (await plan(dsn)).blocks
    assert why in sentence
    assert "public.notes" in sentence
    with pytest.raises(RefusedError):
        await up(dsn, backup=False)
    assert dump(dsn) == before
