"""A user-based backend changes all reactions of a person to a message at once, in the middle of the migration (D11)."""

import pytest

from migration.run import down, up
from tests.migration.databases import SCHEMA, connected, rows
from tests.migration.test_bridge import PEOPLE

REACT = (
    "INSERT INTO message_reactions (message_id, profile_type, profile_id, user_id, reaction) "
    "VALUES (20, $1, $2, 1, $3)"
)
CHANGE = "UPDATE message_reactions SET reaction = 'c' WHERE message_id = 20 AND user_id = 1"
LEFT = "SELECT profile_type, reaction FROM message_reactions ORDER BY profile_type"


@pytest.mark.parametrize(
    ("before", "left"),
    [
        ([("student", 5, "a")], [("student", "c")]),
        ([("student", 5, "a"), ("student", 5, "b")], [("student", "c")]),
        # The wanted one is there already, before or behind the other.
        ([("student", 5, "a"), ("student", 5, "c")], [("student", "c")]),
        ([("student", 5, "c"), ("student", 5, "a")], [("student", "c")]),
        ([("student", 5, "a"), ("student", 5, "c"), ("student", 5, "b")], [("student", "c")]),
        ([("student", 5, "a"), ("tutor", 7, "a")], [("student", "c"), ("tutor", "c")]),
    ],
)
async def test_all_are_changed_and_none_is_refused(make_database, before, left):
    dsn = make_database(SCHEMA["L"])
    async with connected(dsn) as connection:
        await connection.execute(PEOPLE)
        await connection.executemany(REACT, before)
    await up(dsn, to="expand", backup=False)
    await rows(dsn, CHANGE)
    assert await rows(dsn, LEFT) == left
    await up(dsn, backup=False)
    assert await rows(dsn, "SELECT reaction FROM message_reactions") == [("c",)]
    await down(dsn)
    assert await rows(dsn, LEFT) == left
