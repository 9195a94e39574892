"""A page costs a fixed number of statements, however many people and messages are on it."""

import asyncpg
import pytest

from backend.request_context import SERVICES
from tests.backend.conftest import ABEL, GROUP

CROWD = """
    INSERT INTO users (id, first_name, father_name, email, password_hash)
        SELECT n, 'P' || n, 'F', 'p' || n || '@example.test', 'x' FROM generate_series(1001, 1030) n;
    INSERT INTO conversation_participants (conversation_id, user_id)
        SELECT 12, n FROM generate_series(1001, 1030) n;
    INSERT INTO chat_messages (conversation_id, sender_user_id, content, reply_to_id)
        SELECT 12, 1001 + n % 30, 'text ' || n, 221 FROM generate_series(1, 200) n;
    INSERT INTO message_reactions (message_id, user_id, reaction)
        SELECT m.id, n, 'r' || n % 3 FROM chat_messages m, generate_series(1001, 1010) n WHERE m.content LIKE 'text%'
"""


@pytest.fixture
def statements(client, monkeypatch):
    """The statements that the service sends from now on."""
    sent = []
    original = asyncpg.Connection._execute

    async def counting(self, query, *args, **more):
        sent.append(query)
        return await original(self, query, *args, **more)

    monkeypatch.setattr(asyncpg.Connection, "_execute", counting)
    assert client.app[SERVICES].pool
    return sent


@pytest.mark.parametrize(
    ("path", "most"),
    [
        (f"/api/chat/conversations/{GROUP}/messages?limit=100", 4),
        (f"/api/chat/conversations/{GROUP}", 4),
        ("/api/chat/conversations", 2),
        ("/api/chat/search?q=text", 3),
        (f"/api/chat/conversations/{GROUP}/read-status", 3),
    ],
)
async def test_no_statement_in_a_loop(person, database, statements, path, most):
    await database.execute(CROWD)
    statements.clear()
    await person(ABEL).get(path)
    assert 0 < len(statements) <= most


async def test_a_full_page_is_complete(person, database):
    await database.execute(CROWD)
    answer = await person(ABEL).read(GROUP, limit=200)
    messages = answer["messages"]
    assert (len(messages), answer["total_count"], answer["has_more"]) == (200, 204, True)
    assert len({m["sender_user_id"] for m in messages}) == 30
    assert all(m["reply_to"]["id"] == 221 for m in messages)
    assert {(r["reaction"], r["count"]) for r in messages[0]["reactions"]} == {
        ("r0", 3),
        ("r1", 3),
        ("r2", 4),
    }
    assert [m["id"] for m in messages] == sorted(m["id"] for m in messages)
