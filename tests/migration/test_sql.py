"""The SQL files: the states load, and the directory's triggers say who changed and nothing else."""

import asyncio
import json
from pathlib import Path

import asyncpg
import pytest

SQL = Path("migration/sql")
LEGACY = (SQL / "legacy_schema.sql").read_text(encoding="utf-8")
USER = (SQL / "user_schema.sql").read_text(encoding="utf-8")
NOTIFY = (SQL / "directory_notify.sql").read_text(encoding="utf-8")
STATE = {
    "L": LEGACY,
    "P": LEGACY + (SQL / "state_p.sql").read_text(encoding="utf-8"),
    "D": LEGACY + (SQL / "state_d.sql").read_text(encoding="utf-8"),
    "U": USER,
}
PEOPLE = """
INSERT INTO users (id, email, password_hash) VALUES (1, 'a@example.test', 'x'), (2, 'b@example.test', 'x');
INSERT INTO tutor_profiles (id, user_id, username) VALUES (5, 1, 'abel');
"""


@pytest.mark.parametrize("state", sorted(STATE))
async def test_every_state_loads_and_takes_the_directory_triggers_twice(make_database, state):
    connection = await asyncpg.connect(make_database(STATE[state]))
    await connection.execute(NOTIFY)
    await connection.execute(NOTIFY)
    triggers = await connection.fetchval(
        "SELECT count(*) FROM pg_trigger WHERE tgname LIKE 'chat_directory_%'"
    )
    assert triggers == 4 * 5
    await connection.close()


async def heard(dsn: str, *statements: str) -> list[dict[str, object]]:
    """What a listener gets when these statements are run, each in its own transaction."""
    listener, writer = await asyncpg.connect(dsn), await asyncpg.connect(dsn)
    got: asyncio.Queue[str] = asyncio.Queue()
    await listener.add_listener("chat_directory", lambda *args: got.put_nowait(args[3]))
    await listener.add_listener("end", lambda *args: got.put_nowait(""))
    for statement in statements:
        await writer.execute(statement)
    await writer.execute('NOTIFY "end"')
    messages = []
    while message := await asyncio.wait_for(got.get(), 10):
        assert len(message.encode()) < 8000
        messages.append(json.loads(message))
    await listener.close()
    await writer.close()
    return messages


@pytest.mark.parametrize(
    ("statement", "expected"),
    [
        ("UPDATE users SET first_name = 'Abel' WHERE id = 1", [{"users": [1], "profiles": []}]),
        ("UPDATE users SET is_active = false", [{"users": [1, 2], "profiles": []}]),
        ("UPDATE users SET last_login = now(), bio = 'x'", []),
        ("UPDATE tutor_profiles SET last_seen = now(), is_online = true", []),
        ("UPDATE tutor_profiles SET user_id = 2", [{"users": [1, 2], "profiles": ["tutor:5"]}]),
        ("UPDATE tutor_profiles SET is_active = false", [{"users": [1], "profiles": ["tutor:5"]}]),
        ("INSERT INTO student_profiles (id) VALUES (9)", [{"users": [], "profiles": ["student:9"]}]),
        ("DELETE FROM tutor_profiles", [{"users": [1], "profiles": ["tutor:5"]}]),
        ("TRUNCATE tutor_profiles CASCADE", [{"users": [], "profiles": [], "all": True}] * 1),
    ],
)
async def test_the_directory_hears_who_changed(make_database, statement, expected):
    assert await heard(make_database(USER + NOTIFY + PEOPLE), statement) == expected


async def test_a_bulk_change_sends_few_messages_and_names_everybody(make_database):
    dsn = make_database(USER + NOTIFY)
    numbers = "FROM generate_series(1, 1200) n"
    people = f"INSERT INTO users (id, email, password_hash) SELECT n, n || '@example.test', 'x' {numbers}"
    profiles = f"INSERT INTO advertiser_profiles (id, user_id) SELECT n + 1000000000, n {numbers}"
    messages = await heard(dsn, people, profiles)
    assert len(messages) == 3 + 6
    assert sum(len(m["users"]) for m in messages) == 2400
    assert sum(len(m["profiles"]) for m in messages) == 1200
