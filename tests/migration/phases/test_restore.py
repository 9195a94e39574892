"""A row that comes back gives way to the person's own that is added in the same moment."""

import pytest

from migration.phases import down as backwards
from migration.run import down, up
from tests.migration.databases import connected, filled, rows

# Which rows were merged away, how a backend looks for one of them, how it adds its own, what is there then.
CASES = {
    "chat_active_sessions": (
        "SELECT old ->> 'user_id', old ->> 'session_token', old ->> 'profile_id', old ->> 'profile_type'",
        (
            "UPDATE chat_active_sessions SET last_active = now() WHERE session_token = $2 AND user_id = $1::text::int "
            "AND profile_id = $3::text::int AND profile_type = $4"
        ),
        (
            "INSERT INTO chat_active_sessions (user_id, session_token, profile_id, profile_type, device_name) "
            "VALUES ($1::text::int, $2, $3::text::int, $4, 'new')"
        ),
        (
            "SELECT device_name FROM chat_active_sessions WHERE session_token = $2 AND user_id = $1::text::int "
            "AND profile_id = $3::text::int AND profile_type = $4"
        ),
        "new",
    ),
    "poll_votes": (
        (
            "SELECT old ->> 'poll_id', old ->> 'option_id', old ->> 'profile_id', old ->> 'user_id', "
            "old ->> 'profile_type'"
        ),
        (
            "DELETE FROM poll_votes WHERE poll_id = $1::text::int AND option_id = $2::text::int "
            "AND profile_id = $3::text::int AND user_id = $4::text::int AND profile_type = $5"
        ),
        (
            "INSERT INTO poll_votes (poll_id, option_id, profile_id, user_id, profile_type) "
            "VALUES ($1::text::int, $2::text::int, $3::text::int, $4::text::int, $5)"
        ),
        (
            "SELECT count(*)::text FROM poll_votes WHERE poll_id = $1::text::int AND option_id = $2::text::int "
            "AND profile_id = $3::text::int AND user_id = $4::text::int AND profile_type = $5"
        ),
        "1",
    ),
}


@pytest.mark.parametrize("table", CASES)
async def test_a_write_that_found_nothing_is_not_refused(make_database, monkeypatch, table):
    merged, look, add, query, expected = CASES[table]
    dsn, _ = await filled(make_database)
    await up(dsn, backup=False)
    there = "WHERE table_name = $1 AND action = 'D' AND phase = 'merge' ORDER BY id LIMIT 1"
    (own,) = await rows(dsn, f"{merged} FROM chat_migration.journal {there}", table)
    bring_back, looked = backwards._rows, []

    async def between(session, phase, progress):
        if phase != "merge":
            return await bring_back(session, phase, progress)
        async with connected(dsn) as writer:
            looked.append(await writer.execute(look, *own))
            number = await bring_back(session, phase, progress)
            await writer.execute(add, *own)
        return number

    monkeypatch.setattr(backwards, "_rows", between)
    await down(dsn)
    assert looked == [f"{look.split()[0]} 0"]
    assert await rows(dsn, query, *own) == [(expected,)]
