"""The target shape, as a list of items a phase. `sql/user_schema.sql` is the same for a fresh installation."""

import re
from functools import cache
from pathlib import Path

from migration.anomalies.merges import MERGES
from migration.schema.columns import AddColumn, NotNull, Nullable, WideKey
from migration.schema.objects import Check, ForeignKey, IndexOn, NewTable, Validated
from migration.schema.statements import SchemaObject

SQL = Path(__file__).parents[1] / "sql"
CALL_STATUS = (
    "initiated",
    "ringing",
    "answered",
    "missed",
    "declined",
    "cancelled",
    "no_answer",
    "ended",
    "failed",
)


def script(name: str) -> str:
    """Return the text of one of our SQL files."""
    return (SQL / name).read_text(encoding="utf-8")


@cache
def _fresh(table: str) -> tuple[str, ...]:
    """Return the statements of the fresh installation that make this table or view and its indexes."""
    made = re.search(rf"CREATE (TABLE|VIEW) {table} .*?;\n", script("user_schema.sql"), re.DOTALL)
    if made is None:
        raise LookupError(table)
    indexes = re.findall(rf"CREATE INDEX \w+ ON {table} .*?;\n", script("user_schema.sql"))
    return tuple(PLACES.sub(r"\1 @\2", sql.strip().rstrip(";")) for sql in (made[0], *indexes))


# Where a name in these statements is that of a table.
PLACES = re.compile(r"\b(CREATE TABLE|CREATE VIEW|REFERENCES|ON|FROM) (?!DELETE|UPDATE)(\w+)")


def _new(table: str) -> NewTable:
    """Return a table that is not in every database, with the rights of what applications use beside it."""
    return NewTable(table, _fresh(table), BESIDE.get(table, "chat_messages"))


# Whose rights a new table gets; the others get those of the messages.
BESIDE = {
    "blocked_chat_contacts": "conversation_participants",
    "chat_settings": "conversation_participants",
    "chat_active_sessions": "conversation_participants",
    "chat_privacy_reports": "conversation_participants",
    "call_logs": "conversations",
    "polls": "conversations",
    "poll_options": "conversations",
    "poll_votes": "conversations",
    "user_sessions": "users",
    "chat_two_step_verification": "chat_settings",
    "chat_password_reset_tokens": "chat_settings",
}


TIME = "timestamp without time zone"
NOW = "CURRENT_TIMESTAMP"
PERSON_COLUMNS = (
    ForeignKey("conversations", "created_by_user_id"),
    ForeignKey("chat_messages", "pinned_by_user_id"),
    ForeignKey("chat_messages", "forwarded_from_user_id"),
)
STATUS = Check(
    "call_logs",
    "check_call_status",
    "status IN (" + ", ".join(f"'{word}'" for word in CALL_STATUS) + ")",
    CALL_STATUS,
)
NOT_ONESELF = Check(
    "blocked_chat_contacts", "check_not_blocking_oneself", "blocker_user_id <> blocked_user_id"
)

# Tables that every known database has, and that the user-based backend cannot do without.
COMMON = (
    "message_reactions",
    "message_read_receipts",
    "call_logs",
    "blocked_chat_contacts",
    "chat_settings",
    "chat_active_sessions",
    "chat_privacy_reports",
    "polls",
    "poll_options",
    "poll_votes",
    "user_sessions",
)

# What our triggers write, in tables that may have been there before.
SMALL_KEYS = (
    ("chat_two_step_verification", "user_id", "users"),
    ("pinned_messages", "message_id", "chat_messages"),
    ("pinned_messages", "conversation_id", "conversations"),
    ("pinned_messages", "pinned_by_user_id", "users"),
)

EXPAND: tuple[SchemaObject, ...] = (
    *(_new(table) for table in COMMON),
    *(
        AddColumn(
            key.table,
            key.column,
            "integer",
            like=key.column.replace("user_id", "profile_id"),
            refers="users",
        )
        for key in PERSON_COLUMNS
    ),
    AddColumn("conversation_participants", "is_archived", "boolean", "false", like="is_pinned"),
    AddColumn("blocked_chat_contacts", "is_active", "boolean", "true", like="blocked_at"),
    AddColumn("blocked_chat_contacts", "created_at", TIME, NOW, like="blocked_at"),
    AddColumn("chat_active_sessions", "last_active_at", TIME, NOW, like="last_active"),
    AddColumn("chat_active_sessions", "last_active", TIME, NOW, like="last_active_at"),
    AddColumn("chat_active_sessions", "is_online", "boolean", "true", not_null=True, like="is_current"),
    AddColumn("user_sessions", "last_active_at", TIME, NOW, like="last_active"),
    AddColumn("user_sessions", "is_online", "boolean", "true", like="is_active"),
    Nullable("conversation_participants", ("profile_id", "profile_type")),
    Nullable("chat_messages", ("sender_profile_id", "sender_profile_type")),
    Nullable("message_reactions", ("profile_id", "profile_type")),
    Nullable("message_read_receipts", ("profile_id", "profile_type")),
    Nullable("call_logs", ("caller_profile_id", "caller_profile_type")),
    Nullable(
        "blocked_chat_contacts",
        ("blocker_profile_id", "blocker_profile_type", "blocked_profile_id", "blocked_profile_type"),
    ),
    Nullable("chat_settings", ("profile_id", "profile_type")),
    Nullable("chat_active_sessions", ("profile_id", "profile_type", "session_token")),
    Nullable(
        "chat_privacy_reports",
        ("reporter_profile_id", "reporter_profile_type", "reported_profile_id", "reported_profile_type"),
    ),
    *PERSON_COLUMNS,
    STATUS,
    _new("chat_two_step_verification"),
    _new("pinned_messages"),
    *(WideKey(*key) for key in SMALL_KEYS),
    _new("chat_password_reset_tokens"),
    _new("messages"),
)

CONSTRAIN: tuple[SchemaObject, ...] = (
    *(IndexOn(merge.index, merge.table, merge.key, unique=True) for merge in MERGES),
    IndexOn("idx_conversations_created_by_user", "conversations", ("created_by_user_id",)),
    IndexOn("idx_messages_sender_user", "chat_messages", ("sender_user_id",)),
    IndexOn("idx_reactions_user", "message_reactions", ("user_id",)),
    IndexOn("idx_calls_caller_user", "call_logs", ("caller_user_id",)),
    IndexOn("idx_blocked_blocked_user", "blocked_chat_contacts", ("blocked_user_id",)),
    IndexOn("idx_pinned_messages_conversation", "pinned_messages", ("conversation_id",)),
    *(Validated(key) for key in PERSON_COLUMNS),
    Validated(STATUS),
    NOT_ONESELF,
    Validated(NOT_ONESELF),
    NotNull("chat_active_sessions", "is_online"),
)

# The bridge between the two names of one column; a fresh installation has no legacy writer and does not need it.
ONLY_WHILE_BOTH_WRITE = ("column chat_active_sessions.last_active",)


def target() -> list[SchemaObject]:
    """Return everything that makes a state U."""
    return [item for item in (*EXPAND, *CONSTRAIN) if item.label not in ONLY_WHILE_BOTH_WRITE]
