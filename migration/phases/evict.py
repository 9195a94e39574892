"""What must leave a table before the old shape can come back: named and counted in chat_quarantine, never lost."""

# SQL is put together from our own constants only: no value from outside reaches it.
# ruff: noqa: S608

from migration.schema.target import SMALL_KEYS

NO_PROFILE = "written by a person without a profile"


def _keep(table: str, reason: str, where: str, value: str = "to_jsonb(t.*)") -> str:
    return (
        f"INSERT INTO chat_quarantine.kept (table_name, key, reason, value) "
        f"SELECT '{table}', t.id, '{reason}', {value} FROM @{table} t WHERE {where} ON CONFLICT DO NOTHING"
    )


def _without(table: str, *columns: str) -> tuple[str, ...]:
    """Rows that need a profile and have none."""
    where = " OR ".join(f"t.{c} IS NULL" for c in columns)
    return _keep(table, NO_PROFILE, where), f"DELETE FROM @{table} t WHERE {where}"


def _column(table: str, column: str, where: str) -> tuple[str, ...]:
    """Values of a new column that the old columns do not say."""
    value = f"jsonb_build_object('id', t.id, '{column}', t.{column})"
    return (_keep(table, f"{column} has no place in the old shape", where, value),)


MESSAGE = "(t.sender_profile_id IS NULL OR t.sender_profile_type IS NULL)"
ON_THOSE = f"t.message_id IN (SELECT t.id FROM @chat_messages t WHERE {MESSAGE})"
GONE_WITH_A_MESSAGE = "its message was " + NO_PROFILE


def _too_large(table: str, column: str) -> tuple[str, ...]:
    """Rows whose key does not fit into the column as it was."""
    where = f"t.{column} > 2147483647"
    return _keep(
        table, f"{column} has no place in the old shape", where
    ), f"DELETE FROM @{table} t WHERE {where}"


# Before the step of this name is taken back.
EVICT: dict[str, tuple[str, ...]] = {
    **{f"key {table}.{column}": _too_large(table, column) for table, column, _ in SMALL_KEYS},
    "nullable conversation_participants.profile_id": _without(
        "conversation_participants", "profile_id", "profile_type"
    ),
    "nullable chat_messages.sender_profile_id": (
        _keep("message_reactions", GONE_WITH_A_MESSAGE, ON_THOSE),
        _keep("message_read_receipts", GONE_WITH_A_MESSAGE, ON_THOSE),
        *_without("chat_messages", "sender_profile_id", "sender_profile_type"),
    ),
    "nullable message_reactions.profile_id": _without("message_reactions", "profile_id", "profile_type"),
    "nullable message_read_receipts.profile_id": _without(
        "message_read_receipts", "profile_id", "profile_type"
    ),
    "nullable call_logs.caller_profile_id": _without("call_logs", "caller_profile_id", "caller_profile_type"),
    "nullable blocked_chat_contacts.blocker_profile_id": _without(
        "blocked_chat_contacts",
        "blocker_profile_id",
        "blocker_profile_type",
        "blocked_profile_id",
        "blocked_profile_type",
    ),
    "nullable chat_settings.profile_id": _without("chat_settings", "profile_id", "profile_type"),
    "nullable chat_active_sessions.profile_id": (
        "UPDATE @chat_active_sessions SET session_token = 'back-' || id WHERE session_token IS NULL",
        *_without("chat_active_sessions", "profile_id", "profile_type"),
    ),
    "nullable chat_privacy_reports.reporter_profile_id": _without(
        "chat_privacy_reports",
        "reporter_profile_id",
        "reporter_profile_type",
        "reported_profile_id",
        "reported_profile_type",
    ),
    "check call_logs.check_call_status": (
        *_column("call_logs", "status", "t.status IN ('cancelled', 'no_answer')"),
        "UPDATE @call_logs SET status = 'missed' WHERE status IN ('cancelled', 'no_answer')",
    ),
    "column conversations.created_by_user_id": _column(
        "conversations",
        "created_by_user_id",
        "t.created_by_user_id IS NOT NULL AND t.created_by_profile_id IS NULL AND "
        "t.id > (SELECT key FROM chat_migration.mark WHERE table_name = 'conversations')",
    ),
    "column chat_messages.pinned_by_user_id": _column(
        "chat_messages",
        "pinned_by_user_id",
        "t.pinned_by_user_id IS NOT NULL AND t.pinned_by_profile_id IS NULL",
    ),
    "column chat_messages.forwarded_from_user_id": _column(
        "chat_messages",
        "forwarded_from_user_id",
        "t.forwarded_from_user_id IS NOT NULL AND t.forwarded_from_profile_id IS NULL",
    ),
    "column conversation_participants.is_archived": _column(
        "conversation_participants",
        "is_archived",
        "t.is_archived AND NOT EXISTS (SELECT FROM @conversations c WHERE c.id = t.conversation_id AND c.is_archived) "
        "AND (SELECT count(DISTINCT p.user_id) FROM @conversation_participants p "
        "WHERE p.conversation_id = t.conversation_id) > 1",
    ),
    "column blocked_chat_contacts.is_active": (
        _keep("blocked_chat_contacts", "an inactive block is none in the old shape", "t.is_active IS FALSE"),
        "DELETE FROM @blocked_chat_contacts WHERE is_active IS FALSE",
    ),
    # The protection of a person without a row of settings gets one, so that it is not silently off.
    "table chat_two_step_verification": (
        (
            "INSERT INTO @chat_settings (user_id, profile_type, profile_id, two_step_verification, two_step_email, "
            "two_step_password_hash) SELECT v.user_id, n.role, n.profile, true, v.recovery_email, v.password_hash "
            "FROM @chat_two_step_verification v CROSS JOIN LATERAL chat_migration.name_of(v.user_id) n "
            "WHERE v.is_enabled AND n.profile IS NOT NULL "
            "AND NOT EXISTS (SELECT FROM @chat_settings s WHERE s.user_id = v.user_id)"
        ),
        _keep(
            "chat_two_step_verification",
            "has no place in the old shape",
            "t.secret_key IS NOT NULL OR t.backup_codes IS NOT NULL "
            "OR (t.password_hash IS NOT NULL AND NOT EXISTS (SELECT FROM @chat_settings s "
            "WHERE s.user_id = t.user_id AND s.two_step_password_hash = t.password_hash)) OR (t.is_enabled AND "
            "NOT EXISTS (SELECT FROM @chat_settings s WHERE s.user_id = t.user_id AND s.two_step_verification))",
        ),
    ),
    "table chat_password_reset_tokens": (
        _keep("chat_password_reset_tokens", "has no place in the old shape", "true"),
    ),
}
