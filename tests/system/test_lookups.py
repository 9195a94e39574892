"""A page of 100 messages from 30 people costs at most one directory query; asked again, none."""

from collections.abc import Awaitable, Callable
from itertools import count

from tests.system.conftest import World

CROWD = """
    INSERT INTO users (id, first_name, father_name, email, password_hash)
        SELECT n, 'P' || n, 'X', n || '@example.test', 'x' FROM generate_series(201, 230) n;
    INSERT INTO tutor_profiles (id, user_id, username) SELECT n, n, 't' || n FROM generate_series(201, 230) n;
    INSERT INTO conversation_participants (conversation_id, user_id, role)
        SELECT 12, n, 'member' FROM generate_series(201, 230) n;
    INSERT INTO chat_messages (conversation_id, sender_user_id, content, created_at)
        SELECT 12, 201 + n % 30, 'message ' || n, now() + n * interval '1 second' FROM generate_series(1, 100) n;
"""


def _is_listening(world: World) -> Callable[[], Awaitable[bool]]:
    """Whether changes in the database are heard yet: what was looked up before that is looked up once more."""
    names = count()

    async def heard() -> bool:
        await world.sql(f"UPDATE tutor_profiles SET username = 'jalene_{next(names)}' WHERE id = 10")
        return bool(world.lookups.invalidations)

    return heard


async def test_a_page_of_a_hundred_messages(world: World) -> None:
    await world.sql(CROWD)
    await world.until(_is_listening(world))
    abel = world.legacy(1, "student")
    await abel.get("/api/chat/blocked")  # Abel himself is known from here on
    before = world.lookups.queries
    page = await abel.get("/api/chat/messages/12", limit=100)
    assert len({m["sender_profile_id"] for m in page["messages"]}) == 30
    assert len(page["messages"]) == 100
    assert world.lookups.queries - before == 1
    await abel.get("/api/chat/messages/12", limit=100)
    assert world.lookups.queries - before == 1
