# SQL is put together from our own constants only: no value from outside reaches it.
"""Rows that say the same about one person, and what becomes of them: one declaration a table.

A `Merge` is used three times, always from the same words: by the batches of the merge phase, by the trigger that
turns a legacy write into what the rule says, and by `verify`, which computes the result again from the journal.
"""

from dataclasses import dataclass, field

BOTH, EITHER, LEVEL, LEAST, MOST = "both", "either", "level", "least", "most"

# Over the rows `r` of one group. A missing value counts as the column's harmless default.
EXPRESSION = {
    BOTH: "bool_and(coalesce(r.{c}, true))",
    EITHER: "bool_or(coalesce(r.{c}, false))",
    LEVEL: "(array_agg(r.{c} ORDER BY chat_migration.protection(r.{c}) DESC, {order}))[1]",
    LEAST: "min(r.{c})",
    MOST: "max(r.{c})",
}


@dataclass(frozen=True)
class Merge:
    """One table: which rows are one (`key`), which of them stays (first by `order`), what it takes from the others.

    `columns` maps a column to a word of `EXPRESSION` or to an SQL aggregate over `r`. `rule` is the trap's name.
    `where` limits it to rows that can be duplicates. `pair`: the columns by which the legacy shape finds a row again.
    `newest_stays`: a live write replaces the row that is there instead of joining it.
    """

    rule: str
    table: str
    key: tuple[str, ...]
    order: str
    index: str
    columns: dict[str, str] = field(default_factory=dict)
    where: str = "true"
    newest_stays: bool = False
    journal_live: bool = True
    pair: tuple[str, ...] = ("profile_type", "profile_id")

    def expression(self, column: str) -> str:
        """Return the SQL aggregate over `r` that gives this column's merged value."""
        word = self.columns[column]
        return EXPRESSION.get(word, word).format(c=column, order=self.order)

    def merged(self) -> str:
        """Return the select list of all merged columns, each under its name."""
        return ", ".join(f"{self.expression(column)} AS {column}" for column in self.columns)


# An admin who left under that profile does not become an admin again under another one.
ROLE = (
    "CASE WHEN bool_or(r.role = 'admin' AND r.is_active IS TRUE) OR (bool_and(r.is_active IS NOT TRUE) "
    "AND bool_or(r.role = 'admin')) THEN 'admin' ELSE 'member' END"
)

PARTICIPANTS = Merge(
    "D1",
    "conversation_participants",
    ("conversation_id", "user_id"),
    "(r.is_active IS TRUE) DESC, r.joined_at NULLS LAST, r.id",
    "uq_participant_conversation_user",
    {
        "role": ROLE,
        "is_muted": BOTH,
        "is_pinned": EITHER,
        "last_read_at": MOST,
        "last_read_message_id": MOST,
        "is_active": EITHER,
        "joined_at": LEAST,
        "left_at": "CASE WHEN bool_or(r.is_active IS TRUE) THEN NULL ELSE max(r.left_at) END",
        "chat_cleared_at": "CASE WHEN bool_or(r.chat_cleared_at IS NULL) THEN NULL ELSE min(r.chat_cleared_at) END",
        "created_at": LEAST,
        "is_archived": BOTH,
    },
)

LEVELS = (
    "who_can_message",
    "last_seen_visibility",
    "profile_photo_visibility",
    "about_visibility",
    "groups_visibility",
    "allow_calls_from",
    "allow_group_adds",
    "allow_channel_adds",
)

# The newest row that has it on, else the newest that has a password: its password, its address.
TWO_STEP = (
    "(array_agg(r.{column} ORDER BY r.two_step_verification IS TRUE DESC, "
    "(r.two_step_password_hash IS NOT NULL) DESC, {order}))[1]"
)
SETTINGS_ORDER = "r.updated_at DESC NULLS LAST, r.id"

# What is not named here (appearance, sound, translation) stays as the newest row has it.
SETTINGS = Merge(
    "D6",
    "chat_settings",
    ("user_id",),
    SETTINGS_ORDER,
    "uq_chat_settings_user",
    dict.fromkeys(LEVELS, LEVEL)
    | dict.fromkeys(("read_receipts", "online_status", "typing_indicators"), BOTH)
    | dict.fromkeys(("block_screenshots", "disable_forwarding", "hide_phone_number", "hide_email"), EITHER)
    | {"two_step_verification": EITHER, "created_at": LEAST}
    | {
        column: TWO_STEP.format(column=column, order=SETTINGS_ORDER)
        for column in ("two_step_email", "two_step_password_hash")
    },
)

BLOCKS = Merge(
    "D8",
    "blocked_chat_contacts",
    ("blocker_user_id", "blocked_user_id"),
    "r.blocked_at NULLS LAST, r.id",
    "uq_blocked_user_pair",
    {
        "reason": "nullif(array_to_string(ARRAY(SELECT DISTINCT x FROM unnest(array_agg(r.reason)) x "
        "WHERE x <> '' ORDER BY x), '; '), '')",
        "blocked_at": LEAST,
        "is_active": "bool_or(coalesce(r.is_active, true))",
        "created_at": LEAST,
    },
    pair=("blocker_profile_type", "blocker_profile_id", "blocked_profile_type", "blocked_profile_id"),
)

REACTIONS = Merge(
    "D11",
    "message_reactions",
    ("message_id", "user_id"),
    "r.created_at DESC NULLS LAST, r.id DESC",
    "uq_reaction_message_user",
    newest_stays=True,
    pair=("profile_type", "profile_id", "reaction"),
)

RECEIPTS = Merge(
    "D12",
    "message_read_receipts",
    ("message_id", "user_id"),
    "r.read_at NULLS LAST, r.id",
    "uq_receipt_message_user",
    {"read_at": LEAST},
)

VOTES = Merge(
    "D13",
    "poll_votes",
    ("poll_id", "option_id", "user_id"),
    "r.voted_at NULLS LAST, r.id",
    "uq_poll_vote_user",
    {"voted_at": LEAST},
    where="user_id IS NOT NULL",
)

SESSIONS = Merge(
    "O12",
    "chat_active_sessions",
    ("user_id", "device_name"),
    "coalesce(r.last_active_at, r.last_active, r.created_at) DESC NULLS LAST, r.id DESC",
    "uq_session_user_device",
    {"created_at": LEAST},
    where="device_name IS NOT NULL",
    newest_stays=True,
    journal_live=False,
    pair=("session_token",),
)

MERGES = (PARTICIPANTS, SETTINGS, BLOCKS, REACTIONS, RECEIPTS, VOTES, SESSIONS)
