"""First of all: which tables are there, where they are, in which encoding, and of which types their keys are."""

from random import Random

from tests.migration.strangers.draft import OPTIONAL, Draft, feature

WRITES = {
    "polls": "write_vote",
    "chat_active_sessions": "write_heartbeat",
    "call_logs": "write_call",
    "chat_settings": "write_settings",
    "blocked_chat_contacts": "write_block",
}
TOGETHER = {"polls": ("polls", "poll_options", "poll_votes")}


@feature("missing tables")
def an_optional_table_is_missing(draft: Draft, random: Random) -> None:
    chosen = random.choice(OPTIONAL)
    for table in TOGETHER.get(chosen, (chosen,)):
        draft.gone.add(table)
        draft.shape.append(f"DROP TABLE {table} CASCADE")
    draft.writes_without.add(WRITES.get(chosen, ""))


def _encoding(name: str, *, may_block: bool = False) -> None:
    def write(draft: Draft, random: Random) -> None:
        draft.encoding = name

    feature("encoding", name=f"encoding {name}", may_block=may_block)(write)


for encoding in ("LATIN1", "EUC_JP", "SQL_ASCII", "WIN1252"):
    _encoding(encoding)


@feature("encoding", may_block=True)
def bytes_that_are_no_text(draft: Draft, random: Random) -> None:
    draft.encoding = "SQL_ASCII"
    draft.rows.append("UPDATE chat_messages SET content = E'caf\\xe9 \\xff' WHERE id % 5 = 0")


@feature("schema")
def tables_in_a_schema_of_their_own(draft: Draft, random: Random) -> None:
    draft.schema = random.choice(("chat", "app", "Chat-2", "select"))


@feature("schema")
def tables_of_the_same_name_elsewhere(draft: Draft, random: Random) -> None:
    """Another application's `users` and `messages`, first in everybody's search_path but the chat's."""
    draft.schema = "chat"
    draft.first += [
        "CREATE TABLE public.users (id text PRIMARY KEY)",
        "CREATE VIEW public.chat_messages AS SELECT id FROM public.users",
    ]


KEYS = (
    "ALTER TABLE users ALTER id TYPE bigint",
    (
        "ALTER TABLE chat_messages ALTER id TYPE bigint, ALTER conversation_id TYPE bigint, "
        "ALTER sender_user_id TYPE bigint,"
        " ALTER reply_to_id TYPE bigint, ALTER forwarded_from_id TYPE bigint, ALTER sender_profile_id TYPE bigint"
    ),
    "ALTER TABLE conversations ALTER id TYPE bigint",
    (
        "ALTER TABLE conversation_participants ALTER id TYPE bigint, ALTER conversation_id TYPE bigint,"
        " ALTER user_id TYPE bigint, ALTER profile_id TYPE bigint"
    ),
)


@feature("keys")
def bigint_keys(draft: Draft, random: Random) -> None:
    """Every key of the main tables, and rows beyond 2^31."""
    draft.shape += KEYS
    if "message_reactions" not in draft.gone:
        draft.shape.append("ALTER TABLE message_reactions ALTER message_id TYPE bigint, ALTER id TYPE bigint")
    draft.rows += [
        f"INSERT INTO chat_messages (id, conversation_id, sender_user_id, sender_profile_type, sender_profile_id, "
        f"content) SELECT {number}, conversation_id, user_id, profile_type, profile_id, 'far away' "
        f"FROM conversation_participants ORDER BY id LIMIT 1"
        for number in (2**31, 2**53 + 1, 2**63 - 1)
    ]
    draft.rows.append(f"SELECT setval('chat_messages_id_seq', {2**40})")
    draft.shape.append("ALTER SEQUENCE chat_messages_id_seq AS bigint")


@feature("keys")
def bigint_messages(draft: Draft, random: Random) -> None:
    """Only the largest table was changed, as people do when it is about to overflow."""
    draft.shape += [
        "ALTER TABLE chat_messages ALTER id TYPE bigint",
        "ALTER SEQUENCE chat_messages_id_seq AS bigint",
    ]
    draft.rows.append(f"SELECT setval('chat_messages_id_seq', {2**31 - 10})")
    # A reaction cannot name such a message before the migration either.
    draft.writes_without.add("write_reaction")


@feature("keys")
def keys_below_one(draft: Draft, random: Random) -> None:
    """A system's account is user -1 or 0, an import wrote negative numbers."""
    number = random.choice((-1, 0))
    draft.rows += [
        f"INSERT INTO users (id, email, password_hash, first_name) VALUES ({number}, 'system@example.test', 'x', 'S')",
        f"INSERT INTO tutor_profiles (id, user_id, username) VALUES (-3, {number}, 'system')",
        (
            "INSERT INTO conversations (id, type, created_by_profile_type, created_by_profile_id) "
            "VALUES (-5, 'group', 'tutor', -3)"
        ),
        (
            f"INSERT INTO conversation_participants (id, conversation_id, user_id, profile_type, profile_id) "
            f"VALUES (-9, -5, {number}, 'tutor', -3), (0, -5, 1, 'parent', -4)"
        ),
        (
            f"INSERT INTO chat_messages (id, conversation_id, sender_user_id, sender_profile_type, sender_profile_id, "
            f"content, is_deleted, is_pinned) VALUES (-7, -5, {number}, 'tutor', -3, 'gone', true, false), "
            f"(0, -5, {number}, 'tutor', -3, 'pinned', false, true), "
            f"(-2147483648, -5, {number}, 'tutor', -3, 'low', false, false)"
        ),
    ]


@feature("keys")
def keys_at_the_edges(draft: Draft, random: Random) -> None:
    """The largest integer that there is, and a sequence that counts down."""
    edge = 2**31 - 1
    draft.rows += [
        (
            f"INSERT INTO chat_messages (id, conversation_id, sender_user_id, sender_profile_type, sender_profile_id, "
            f"content, is_deleted) SELECT {edge}, conversation_id, user_id, profile_type, profile_id, 'last', true "
            f"FROM conversation_participants ORDER BY id LIMIT 1"
        ),
    ]
