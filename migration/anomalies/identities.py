"""Where a row of the chat names a person: the same person twice, by user id and by profile."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Identity:
    """Three columns of one table that name one person."""

    table: str
    user: str
    type: str
    id: str

    @property
    def columns(self) -> tuple[str, str, str]:
        """User, type and id column, in this order."""
        return self.user, self.type, self.id

    @property
    def argument(self) -> str:
        """The three names as the trigger function `fill` wants them."""
        return ",".join(self.columns)


def _of(table: str, prefix: str = "") -> Identity:
    return Identity(table, f"{prefix}user_id", f"{prefix}profile_type", f"{prefix}profile_id")


CREATOR = _of("conversations", "created_by_")
SENDER = _of("chat_messages", "sender_")
IDENTITIES = (
    CREATOR,
    _of("conversation_participants"),
    SENDER,
    _of("chat_messages", "pinned_by_"),
    _of("chat_messages", "forwarded_from_"),
    _of("message_reactions"),
    _of("message_read_receipts"),
    _of("call_logs", "caller_"),
    _of("blocked_chat_contacts", "blocker_"),
    _of("blocked_chat_contacts", "blocked_"),
    _of("chat_settings"),
    _of("chat_active_sessions"),
    _of("chat_privacy_reports", "reporter_"),
    _of("chat_privacy_reports", "reported_"),
    _of("polls", "created_by_"),
    _of("poll_votes"),
)
# Tables whose rows the migration may change, and therefore keeps a journal and checksums of.
JOURNALED = tuple(dict.fromkeys(identity.table for identity in IDENTITIES))
ADDED_TO = ("pinned_messages", "chat_two_step_verification")


def of_table(table: str) -> tuple[Identity, ...]:
    """Return the identities in rows of this table."""
    return tuple(identity for identity in IDENTITIES if identity.table == table)
