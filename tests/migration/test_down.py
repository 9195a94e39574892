"""The way back: what was written in between, and what the old shape cannot hold."""

from migration.run import down, up
from tests.migration.databases import LEGACY, rows

OLD = "a" * 64
PROTECTED = """
INSERT INTO users (id, email, password_hash) SELECT i, i || '@x.test', 'x' FROM generate_series(1, 3) i;
INSERT INTO student_profiles (id, user_id) SELECT i + 10, i FROM generate_series(1, 3) i;
INSERT INTO chat_settings (user_id, profile_type, profile_id, two_step_verification, two_step_password_hash)
    SELECT i, 'student', i + 10, true, repeat('a', 64) FROM generate_series(1, 3) i;
"""
# Our backend's writes: the same password in a newer form; another password; both in one transaction each.
UPGRADED = f"""
UPDATE chat_settings SET two_step_password_hash = '{OLD}' WHERE user_id = 1;
UPDATE chat_two_step_verification SET password_hash = 'scrypt$1' WHERE user_id = 1;
"""
CHANGED = """
UPDATE chat_settings SET two_step_password_hash = NULL WHERE user_id = 2;
UPDATE chat_two_step_verification SET is_enabled = true, password_hash = 'scrypt$2' WHERE user_id = 2;
"""


async def test_two_step_protection_is_never_off_and_no_password_is_lost(make_database):
    dsn = make_database(LEGACY + PROTECTED)
    await up(dsn, backup=False)
    await rows(dsn, f"DO $$ BEGIN {UPGRADED} END $$")
    await rows(dsn, f"DO $$ BEGIN {CHANGED} END $$")
    result = await down(dsn)
    found = await rows(
        dsn, "SELECT user_id, two_step_verification, two_step_password_hash FROM chat_settings ORDER BY 1"
    )
    assert found == [(1, True, OLD), (2, True, None), (3, True, OLD)]
    kept = "SELECT value ->> 'password_hash' FROM chat_quarantine.kept ORDER BY key"
    assert await rows(dsn, kept) == [("scrypt$1",), ("scrypt$2",)]
    assert result.quarantine == {"chat_two_step_verification": 2}
