"""The triggers between expand and contract: what each generation writes, and what the other one then sees."""

import pytest

from tests.migration.databases import migrated_once, rolled_back

PEOPLE = """
INSERT INTO users (id, email, password_hash) VALUES (1, 'a@x.test', 'x'), (2, 'b@x.test', 'x'), (9, 'n@x.test', 'x');
INSERT INTO student_profiles (id, user_id) VALUES (5, 1);
INSERT INTO parent_profiles (id, user_id, is_active) VALUES (8, 2, true);
INSERT INTO advertiser_profiles (id, user_id) VALUES (4, 2);
INSERT INTO tutor_profiles (id, user_id, is_active) VALUES (5, 2, false), (7, 1, true);
INSERT INTO conversations (id, type, created_by_profile_id, created_by_profile_type) VALUES (10, 'group', 5, 'student');
INSERT INTO conversation_participants (conversation_id, user_id, profile_type, profile_id)
    VALUES (10, 1, 'student', 5), (10, 2, 'parent', 8);
INSERT INTO chat_messages (id, conversation_id, sender_profile_id, sender_profile_type, sender_user_id, content)
    VALUES (20, 10, 5, 'student', 1, 'hello');
INSERT INTO chat_settings (user_id, profile_type, profile_id, two_step_verification, two_step_password_hash)
    VALUES (1, 'student', 5, true, repeat('a', 64));
INSERT INTO chat_active_sessions (user_id, profile_type, profile_id, session_token, device_name)
    VALUES (1, 'student', 5, 'token', 'phone');
INSERT INTO polls (id, conversation_id, question) VALUES (30, 10, '?');
INSERT INTO poll_options (id, poll_id, option_text) VALUES (31, 30, '!');
INSERT INTO poll_votes (poll_id, option_id, user_id, profile_type, profile_id) VALUES (30, 31, 1, 'student', 5);
"""
SAY = "INSERT INTO chat_messages (conversation_id, sender_user_id, content) VALUES (10, {}, 'x')"
HINT = "SELECT set_config('chat.profile', '{}', true)"
SENDER = "SELECT sender_user_id, sender_profile_type, sender_profile_id FROM chat_messages WHERE id <> 20"
HASH = "a" * 64
PINNED = (
    "SELECT m.is_pinned, m.pinned_by_user_id, m.pinned_by_profile_type, p.pinned_by_user_id "
    "FROM chat_messages m LEFT JOIN pinned_messages p ON p.message_id = m.id WHERE m.id = 20"
)
TWO_STEP = (
    "SELECT v.is_enabled, v.password_hash, s.two_step_verification FROM chat_two_step_verification v "
    "JOIN chat_settings s USING (user_id)"
)
# What a transaction said about itself is forgotten at its end; these cases are all one transaction.
LATER = "SELECT set_config('chat_migration.two_step', '', true)"
VOTE = "INSERT INTO poll_votes (poll_id, option_id, user_id, profile_type, profile_id) VALUES (30, 31, {})"
CASES = [
    ("the first active profile names a person", [SAY.format(2)], SENDER, [(2, "parent", 8)]),
    ("tutor comes before student", [SAY.format(1)], SENDER, [(1, "tutor", 7)]),
    (
        "the gateway's hint comes first",
        [HINT.format("student:5"), SAY.format(1)],
        SENDER,
        [(1, "student", 5)],
    ),
    (
        "somebody else's profile is no hint",
        [HINT.format("tutor:7"), SAY.format(2)],
        SENDER,
        [(2, "parent", 8)],
    ),
    ("nonsense is no hint", [HINT.format("tutor:7; DROP"), SAY.format(2)], SENDER, [(2, "parent", 8)]),
    ("a person without a profile stays without", [SAY.format(9)], SENDER, [(9, None, None)]),
    (
        "a legacy pin is seen by both",
        [
            "UPDATE chat_messages SET is_pinned = true, pinned_by_profile_id = 8, pinned_by_profile_type = 'parent'"
        ],
        PINNED,
        [(True, 2, "parent", 2)],
    ),
    (
        "a modern pin is seen by both",
        ["INSERT INTO pinned_messages (message_id, conversation_id, pinned_by_user_id) VALUES (20, 10, 1)"],
        PINNED,
        [(True, 1, "tutor", 1)],
    ),
    (
        "a legacy unpin is seen by both",
        [
            "INSERT INTO pinned_messages (message_id, conversation_id, pinned_by_user_id) VALUES (20, 10, 1)",
            "UPDATE chat_messages SET is_pinned = false, pinned_by_profile_id = NULL, pinned_by_profile_type = NULL",
        ],
        PINNED,
        [(False, None, None, None)],
    ),
    (
        "a modern unpin is seen by both",
        ["UPDATE chat_messages SET is_pinned = true WHERE id = 20", "DELETE FROM pinned_messages"],
        PINNED,
        [(False, None, None, None)],
    ),
    ("two-step protection came along", [], TWO_STEP, [(True, HASH, True)]),
    (
        "the legacy PUT of settings does not switch it off",
        ["UPDATE chat_settings SET two_step_verification = false, two_step_email = NULL"],
        TWO_STEP,
        [(True, HASH, False)],
    ),
    (
        "the legacy switch does",
        ["UPDATE chat_settings SET two_step_verification = false, two_step_password_hash = NULL"],
        TWO_STEP,
        [(False, None, False)],
    ),
    (
        "the modern switch is seen by both",
        ["UPDATE chat_two_step_verification SET is_enabled = false, password_hash = NULL"],
        TWO_STEP,
        [(False, None, False)],
    ),
    (
        "a password in a newer form stays, and the old form is kept for the way back",
        [
            "UPDATE chat_two_step_verification SET password_hash = 'scrypt$1'",
            f"UPDATE chat_settings SET two_step_password_hash = '{HASH}'",
        ],
        TWO_STEP,
        [(True, "scrypt$1", True)],
    ),
    (
        "a new password of the legacy backend counts",
        [
            "UPDATE chat_two_step_verification SET password_hash = 'scrypt$1'",
            LATER,
            "UPDATE chat_settings SET two_step_password_hash = repeat('b', 64)",
        ],
        TWO_STEP,
        [(True, "b" * 64, True)],
    ),
    (
        "an old form that is kept beside a newer one is no new password",
        [
            "UPDATE chat_settings SET two_step_password_hash = NULL",
            "UPDATE chat_two_step_verification SET is_enabled = true, password_hash = 'scrypt$1'",
            f"UPDATE chat_settings SET two_step_password_hash = '{HASH}'",
        ],
        f"{TWO_STEP} WHERE s.two_step_password_hash = '{HASH}'",
        [(True, "scrypt$1", True)],
    ),
    (
        "for the old backend a password that it cannot read is on, and no password fits",
        [
            "UPDATE chat_settings SET two_step_password_hash = NULL",
            "UPDATE chat_two_step_verification SET is_enabled = true, password_hash = 'scrypt$1'",
        ],
        f"{TWO_STEP} WHERE s.two_step_password_hash IS NULL",
        [(True, "scrypt$1", True)],
    ),
    (
        "archived for everybody is archived for each",
        ["UPDATE conversations SET is_archived = true"],
        "SELECT is_archived FROM conversation_participants",
        [(True,), (True,)],
    ),
    (
        "an unblocking by flag is a missing row",
        [
            "INSERT INTO blocked_chat_contacts (blocker_user_id, blocked_user_id) VALUES (1, 2)",
            "UPDATE blocked_chat_contacts SET is_active = false",
        ],
        "SELECT count(*) FROM blocked_chat_contacts",
        [(0,)],
    ),
    (
        "activity is one value",
        ["UPDATE chat_active_sessions SET last_active = '2030-01-01'"],
        "SELECT last_active_at = last_active, last_active_at::date::text FROM chat_active_sessions",
        [(True, "2030-01-01")],
    ),
    (
        "the other way round, too",
        ["UPDATE chat_active_sessions SET last_active_at = '2030-01-01'"],
        "SELECT last_active_at = last_active, last_active_at::date::text FROM chat_active_sessions",
        [(True, "2030-01-01")],
    ),
    (
        "student 5 and tutor 5 may both vote",
        [VOTE.format("2, 'tutor', 5")],
        "SELECT user_id, profile_id FROM poll_votes ORDER BY user_id",
        [(1, 5), (2, None)],
    ),
    (
        "people in a call get their user id",
        [
            (
                "INSERT INTO call_logs (conversation_id, caller_user_id, call_type, participants) "
                'VALUES (10, 1, \'voice\', \'[{"profile_id": 8, "profile_type": "parent"}]\')'
            )
        ],
        "SELECT caller_profile_id, participants -> 0 ->> 'user_id' FROM call_logs",
        [(7, "2")],
    ),
    (
        "a modern conversation",
        ["INSERT INTO conversations (type, created_by_user_id) VALUES ('direct', 2)"],
        "SELECT created_by_profile_type, created_by_profile_id FROM conversations WHERE id <> 10",
        [("parent", 8)],
    ),
    (
        "forwarded by profile",
        ["UPDATE chat_messages SET forwarded_from_profile_id = 7, forwarded_from_profile_type = 'tutor'"],
        "SELECT forwarded_from_user_id FROM chat_messages",
        [(1,)],
    ),
    (
        "a modern change of a setting may loosen it",
        [
            "UPDATE chat_settings SET who_can_message = 'none'",
            (
                "INSERT INTO chat_settings (user_id, who_can_message) VALUES (1, 'everyone') "
                "ON CONFLICT (user_id) DO UPDATE SET who_can_message = EXCLUDED.who_can_message"
            ),
        ],
        "SELECT who_can_message, profile_id FROM chat_settings",
        [("everyone", 5)],
    ),
    (
        "a modern heartbeat",
        [
            (
                "INSERT INTO chat_active_sessions (user_id, device_name, last_active_at) "
                "VALUES (1, 'phone', '2030-01-01') "
                "ON CONFLICT (user_id, device_name) DO UPDATE SET last_active_at = EXCLUDED.last_active_at"
            )
        ],
        "SELECT session_token, last_active::date::text FROM chat_active_sessions",
        [("token", "2030-01-01")],
    ),
    (
        "a modern reaction, twice",
        [
            "INSERT INTO message_reactions (message_id, user_id, reaction) VALUES (20, 1, 'a')",
            (
                "INSERT INTO message_reactions (message_id, user_id, reaction) VALUES (20, 1, 'b') "
                "ON CONFLICT (message_id, user_id) DO UPDATE SET reaction = EXCLUDED.reaction"
            ),
        ],
        "SELECT user_id, profile_type, reaction FROM message_reactions",
        [(1, "tutor", "b")],
    ),
    (
        "somebody comes back",
        [
            (
                "INSERT INTO conversation_participants (conversation_id, user_id) VALUES (10, 2) "
                "ON CONFLICT (conversation_id, user_id) DO UPDATE SET is_active = true"
            )
        ],
        "SELECT user_id, profile_type FROM conversation_participants ORDER BY user_id",
        [(1, "student"), (2, "parent")],
    ),
]


@pytest.fixture(scope="module")
def migrated(postgres):
    """One migrated database for all cases; each case is rolled back."""
    with migrated_once(postgres, "bridge", PEOPLE) as dsn:
        yield dsn


@pytest.mark.parametrize(
    ("statements", "query", "expected"), [c[1:] for c in CASES], ids=[c[0] for c in CASES]
)
async def test_both_generations_see_it(migrated, statements, query, expected):
    assert await rolled_back(migrated, statements, query) == expected
