"""What the rules make of rows that say the same about one person: before and after, value by value."""

import re

import pytest

from migration.anomalies.merge_batches import merges
from migration.anomalies.merges import MERGES
from migration.run import down, up
from tests.migration.databases import SCHEMA, connected, dump, migrated_once, rolled_back, rows

PEOPLE = """
INSERT INTO users (id, email, password_hash) VALUES (1, 'a@x.test', 'x'), (2, 'b@x.test', 'x'), (3, 'c@x.test', 'x');
INSERT INTO student_profiles (id, user_id) VALUES (5, 1), (6, 3);
INSERT INTO tutor_profiles (id, user_id) VALUES (5, 2), (7, 1);
INSERT INTO conversations (id, type, created_by_profile_id, created_by_profile_type) VALUES (10, 'group', 5, 'tutor');
INSERT INTO chat_messages (id, conversation_id, sender_profile_id, sender_profile_type, sender_user_id, content)
    VALUES (20, 10, 5, 'tutor', 2, 'hello');
"""
COLUMNS = "conversation_id, user_id, profile_type, profile_id"
MEMBER = "INSERT INTO conversation_participants (" + COLUMNS + ", {}) VALUES (10, 1, {})"
SETTING = "INSERT INTO chat_settings (user_id, profile_type, profile_id, updated_at, {}) VALUES (1, {})"
BLOCK = (
    "INSERT INTO blocked_chat_contacts (blocker_user_id, blocker_profile_type, blocker_profile_id, blocked_user_id, "
    "blocked_profile_type, blocked_profile_id, blocked_at, reason) VALUES "
)
REACTION = "INSERT INTO message_reactions (message_id, user_id, profile_type, profile_id, reaction, created_at) VALUES "
S, T = "'student', 5", "'tutor', 7"

CASES = [
    (
        "admin of an active row wins",
        [MEMBER.format("role", f"{S}, 'member'"), MEMBER.format("role", f"{T}, 'admin'")],
        "SELECT role FROM conversation_participants WHERE user_id = 1",
        [("admin",)],
    ),
    (
        "an admin who left stays a member",
        [
            MEMBER.format("role, is_active", f"{S}, 'admin', false"),
            MEMBER.format("role, is_active", f"{T}, 'member', true"),
        ],
        "SELECT role, is_active, profile_id FROM conversation_participants WHERE user_id = 1",
        [("member", True, 7)],
    ),
    (
        "cleared by one role only is not cleared",
        [
            MEMBER.format("chat_cleared_at", f"{S}, '2026-01-01'"),
            MEMBER.format("chat_cleared_at", f"{T}, NULL"),
        ],
        "SELECT chat_cleared_at FROM conversation_participants WHERE user_id = 1",
        [(None,)],
    ),
    (
        "muted only if both are, pinned if one is, read as far as either read",
        [
            MEMBER.format("is_muted, is_pinned, last_read_message_id", f"{S}, true, false, 3"),
            MEMBER.format("is_muted, is_pinned, last_read_message_id", f"{T}, false, true, 9"),
        ],
        "SELECT is_muted, is_pinned, last_read_message_id FROM conversation_participants WHERE user_id = 1",
        [(False, True, 9)],
    ),
    (
        "the most protective setting wins, whichever is newer",
        [
            SETTING.format(
                "who_can_message, read_receipts, hide_email", f"{S}, '2026-01-02', 'everyone', true, true"
            ),
            SETTING.format(
                "who_can_message, read_receipts, hide_email",
                f"{T}, '2026-01-01', 'connections', false, false",
            ),
        ],
        "SELECT who_can_message, read_receipts, hide_email FROM chat_settings",
        [("connections", False, True)],
    ),
    (
        "nobody is more than contacts, an unknown word is everyone",
        [
            SETTING.format("who_can_message, allow_calls_from", f"{S}, '2026-01-02', 'contacts', 'whoever'"),
            SETTING.format("who_can_message, allow_calls_from", f"{T}, '2026-01-01', 'nobody', 'contacts'"),
        ],
        "SELECT who_can_message, allow_calls_from FROM chat_settings",
        [("nobody", "contacts")],
    ),
    (
        "appearance is the newest row's",
        [
            SETTING.format("bubble_style", f"{S}, '2026-01-02', 'square'"),
            SETTING.format("bubble_style", f"{T}, '2026-01-01', 'round'"),
        ],
        "SELECT bubble_style FROM chat_settings",
        [("square",)],
    ),
    (
        "two-step protection of one role protects the person",
        [
            SETTING.format(
                "two_step_verification, two_step_password_hash", f"{S}, '2026-01-02', false, NULL"
            ),
            SETTING.format(
                "two_step_verification, two_step_password_hash", f"{T}, '2026-01-01', true, 'abc'"
            ),
        ],
        (
            "SELECT v.is_enabled, v.password_hash, s.two_step_verification, s.two_step_password_hash "
            "FROM chat_two_step_verification v JOIN chat_settings s USING (user_id)"
        ),
        [(True, "abc", True, "abc")],
    ),
    (
        "a block is the earliest, with all reasons; one of oneself is none",
        [
            BLOCK + "(1, 'student', 5, 2, 'tutor', 5, '2026-01-02', 'b')",
            BLOCK + "(1, 'tutor', 7, 2, 'tutor', 5, '2026-01-01', 'a')",
            BLOCK + "(1, 'tutor', 7, 1, 'student', 5, '2026-01-01', 'me')",
        ],
        "SELECT blocker_user_id, blocked_user_id, blocked_at::text, reason FROM blocked_chat_contacts",
        [(1, 2, "2026-01-01 00:00:00", "a; b")],
    ),
    (
        "the newest reaction stays",
        [
            REACTION + "(20, 1, 'student', 5, 'old', '2026-01-01')",
            REACTION + "(20, 1, 'tutor', 7, 'new', '2026-01-02')",
        ],
        "SELECT reaction FROM message_reactions",
        [("new",)],
    ),
    (
        "a row goes to the owner of its profile",
        [REACTION + "(20, 3, 'tutor', 7, 'x', '2026-01-01')"],
        "SELECT user_id FROM message_reactions",
        [(1,)],
    ),
    (
        "the old client's fallback goes to the person, not to a stranger with that number",
        [
            "INSERT INTO users (id, email, password_hash) VALUES (5, 'e@x.test', 'x')",
            "INSERT INTO parent_profiles (id, user_id) VALUES (50, 5)",
            REACTION + "(20, 5, 'tutor', 5, 'x', '2026-01-01')",
        ],
        "SELECT user_id, profile_type, profile_id FROM message_reactions",
        [(5, "parent", 50)],
    ),
    (
        "deleted content is empty",
        ["UPDATE chat_messages SET is_deleted = true"],
        "SELECT content FROM chat_messages",
        [(None,)],
    ),
    (
        "a creator who never took part",
        [],
        "SELECT created_by_user_id FROM conversations",
        [(2,)],
    ),
]


@pytest.mark.parametrize(
    ("statements", "query", "expected"), [c[1:] for c in CASES], ids=[c[0] for c in CASES]
)
async def test_the_rule_makes_of_it(make_database, statements, query, expected):
    dsn = make_database(SCHEMA["L"])
    async with connected(dsn) as connection:
        for sql in (PEOPLE, *statements):
            await connection.execute(sql)
    before = dump(dsn)
    await up(dsn, backup=False)
    assert await rows(dsn, query) == expected
    await down(dsn)
    assert dump(dsn) == before


# Written by a legacy client after the migration; what the backfill alone does is not asked again.
LIVE = [c for c in CASES if c[1] and "fallback" not in c[0]]


@pytest.fixture(scope="module")
def migrated(postgres):
    """One migrated database for all cases; each case is rolled back."""
    with migrated_once(postgres, "merges", PEOPLE) as dsn:
        yield dsn


@pytest.mark.parametrize(("statements", "query", "expected"), [c[1:] for c in LIVE], ids=[c[0] for c in LIVE])
async def test_the_same_when_legacy_writes_it_afterwards(migrated, statements, query, expected):
    # Appearance follows the last writer, and the row keeps the profile that was there first.
    if "bubble_style" in query:
        expected = [("round",)]
    if "profile_id FROM conversation_participants" in query:
        expected = [("member", True, 5)]
    assert await rolled_back(migrated, statements, query) == expected


@pytest.mark.parametrize("merge", MERGES, ids=lambda m: m.table)
def test_a_batch_reads_its_own_part_of_the_table_only(merge):
    """Each reading has the batch's bounds, and a comparison that an index or a hash answers: no reading per group."""
    (batch,) = [b for b in merges() if b.name == f"duplicates {merge.table}"]
    for sql in batch.statements:
        readings = sql.count(f"FROM @{merge.table} r")
        assert readings == sql.count(f"r.{merge.key[0]} > $1::bigint AND r.{merge.key[0]} <= $2::bigint")
        assert not re.search(r"ON r\.\w+ IS NOT DISTINCT", sql)
