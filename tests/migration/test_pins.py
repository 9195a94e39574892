"""Pins stand in two places, and both generations may pin one message at the same moment."""

import asyncio

from backend.resources.messages import PIN, UNPIN
from migration.run import up
from tests.migration.databases import SCHEMA, USER, connected, rows
from tests.migration.test_bridge import PEOPLE

TIMES = 150
LEGACY = "UPDATE chat_messages SET is_pinned = $1 WHERE id = 20"
DROPPED = "DELETE FROM pinned_messages WHERE message_id = 20"
ADDED = (
    "INSERT INTO pinned_messages (message_id, conversation_id, pinned_by_user_id) VALUES (20, 10, 2) "
    "ON CONFLICT DO NOTHING"
)
FRESH = """
INSERT INTO users (id, email, password_hash) VALUES (1, 'a@x.test', 'x');
INSERT INTO conversations (id, type) VALUES (10, 'group');
INSERT INTO chat_messages (id, conversation_id, sender_user_id, content) VALUES (20, 10, 1, 'hello')
"""


async def legacy(connection):
    for number in range(TIMES):
        await connection.execute(LEGACY, number % 2 == 0)


async def modern(connection):
    for number in range(TIMES):
        await connection.execute(ADDED if number % 2 else DROPPED)


async def ours(connection, first=0):
    for number in range(first, first + TIMES):
        async with connection.transaction():
            for statement in PIN if number % 2 else UNPIN:
                await connection.execute(statement, 20, *([1] if number % 2 else []))


async def test_nobody_is_cancelled_for_pinning_what_somebody_else_pins(make_database):
    dsn = make_database(SCHEMA["L"])
    async with connected(dsn) as connection:
        await connection.execute(PEOPLE)
    await up(dsn, backup=False)
    async with connected(dsn) as one, connected(dsn) as other, connected(dsn) as third:
        await asyncio.gather(legacy(one), modern(other), ours(third))
    await both_places_agree(dsn)


async def test_nor_on_a_fresh_database(make_database):
    dsn = make_database(USER)
    async with connected(dsn) as connection:
        await connection.execute(FRESH)
    async with connected(dsn) as one, connected(dsn) as other:
        await asyncio.gather(ours(one), ours(other, 1))
    await both_places_agree(dsn)


async def both_places_agree(dsn):
    same = "SELECT m.is_pinned = EXISTS (SELECT FROM pinned_messages p WHERE p.message_id = m.id) FROM chat_messages m"
    assert await rows(dsn, same) == [(True,)]
