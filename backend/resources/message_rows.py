"""A message as an answer shows it: one statement a page, whoever asks for it."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any, Final

from backend.database import Row
from backend.request_context import RequestContext, Services
from backend.sql import sql

# The page comes first: what is beside a message (its people, reactions, quote, pin) is looked up for the page only.
# $1 is the caller. "Read" is what everybody has read who shows read receipts; nobody to count leaves it at "sent".
_ROWS: Final = """SELECT m.id, m.conversation_id, m.sender_user_id, {name:u} AS sender_name,
        u.profile_picture AS sender_avatar, m.sender_user_id = $1 AS is_mine,
        CASE WHEN m.sender_user_id = $1
            THEN CASE WHEN readers.until >= m.created_at THEN 'read' ELSE 'sent' END END AS status,
        m.message_type, m.content, m.media_url, m.media_metadata, m.reply_to_id,
        q.id AS quoted_id, q.sender_user_id AS quoted_sender, {name:w} AS quoted_name, {short:q} AS quoted_content,
        q.message_type AS quoted_type, coalesce(reactions.list, '[]') AS reactions,
        coalesce(m.is_edited, false) AS is_edited, m.edited_at,
        coalesce(m.is_pinned, false) OR pin.id IS NOT NULL AS is_pinned,
        coalesce(pin.pinned_at, CASE WHEN m.is_pinned THEN m.pinned_at END) AS pinned_at,
        coalesce(pin.pinned_by_user_id, CASE WHEN m.is_pinned THEN m.pinned_by_user_id END) AS pinned_by_user_id,
        coalesce(m.is_forwarded, false) AS is_forwarded, m.forwarded_from_user_id, m.forwarded_from_name,
        m.forwarded_from_avatar, m.created_at, m.updated_at, page.wanted_count
    FROM page JOIN chat_messages m ON m.id = page.id
    JOIN conversation_participants me ON me.conversation_id = m.conversation_id AND me.user_id = $1
    JOIN users u ON u.id = m.sender_user_id
    LEFT JOIN readers ON readers.conversation_id = m.conversation_id
    LEFT JOIN chat_messages q ON q.id = m.reply_to_id AND q.conversation_id = m.conversation_id AND {visible:q}
    LEFT JOIN users w ON w.id = q.sender_user_id
    LEFT JOIN pinned_messages pin ON pin.message_id = m.id AND pin.conversation_id = m.conversation_id
    LEFT JOIN LATERAL (SELECT jsonb_agg(jsonb_build_object('reaction', r.reaction, 'count', r.count,
            'user_ids', r.user_ids) ORDER BY r.first, r.reaction) AS list
        FROM (SELECT reaction, count(*) AS count, jsonb_agg(user_id ORDER BY created_at, id) AS user_ids,
                min(created_at) AS first
            FROM message_reactions WHERE message_id = m.id GROUP BY reaction) r) reactions ON true"""
_READERS: Final = """SELECT p.conversation_id, min(coalesce(p.last_read_at, '-infinity')) AS until
        FROM conversation_participants p LEFT JOIN chat_settings s ON s.user_id = p.user_id
        WHERE p.conversation_id IN (SELECT conversation_id FROM page) AND p.user_id <> $1
            AND coalesce(p.is_active, true) AND coalesce(s.read_receipts, true) GROUP BY p.conversation_id"""


# The newest of what is wanted, as many as are 8 MiB together, but one at least: texts had no limit once, and what is
# stored must stay readable. `wanted_count` tells how many there would have been.
_FITTING: Final = """SELECT id, conversation_id, wanted_count FROM (SELECT wanted.*, count(*) OVER () AS wanted_count,
            sum(size) OVER (ORDER BY created_at DESC, id DESC ROWS UNBOUNDED PRECEDING) - size AS before
            FROM wanted) w WHERE before < 8388608"""


def _messages(wanted: str, order: str) -> str:
    """The statement for the messages that ``wanted`` selects (``{sized:m}``), in that order."""
    return sql(
        f"WITH wanted AS ({wanted}), page AS ({_FITTING}), readers AS ({_READERS}) {_ROWS} ORDER BY {order}"
    )


# $2 the conversation, $3 only below this id, $4 only after this time (null: no restriction), $5 limit, $6 offset.
NEWEST = _messages(
    """SELECT m.* FROM conversation_participants me
        CROSS JOIN LATERAL (SELECT {sized:m} FROM chat_messages m
            WHERE m.conversation_id = me.conversation_id AND {visible:m}
                AND ($3::int IS NULL OR m.id < $3) AND ($4::timestamp IS NULL OR m.created_at > $4)
            ORDER BY m.created_at DESC, m.id DESC LIMIT $5 OFFSET $6) m
        WHERE me.user_id = $1 AND me.conversation_id = $2""",
    "m.created_at DESC, m.id DESC",
)
PINNED = _messages(
    """SELECT {sized:m} FROM conversation_participants me
        JOIN chat_messages m ON m.conversation_id = me.conversation_id AND {visible:m}
        WHERE me.user_id = $1 AND me.conversation_id = $2 AND (coalesce(m.is_pinned, false)
            OR m.id IN (SELECT message_id FROM pinned_messages WHERE conversation_id = $2))""",
    "coalesce(pin.pinned_at, m.pinned_at) DESC NULLS LAST, m.id DESC",
)
# $2 the messages, whatever their conversations are.
THESE = _messages(
    """SELECT {sized:m} FROM chat_messages m JOIN conversation_participants me
        ON me.conversation_id = m.conversation_id AND me.user_id = $1 AND {visible:m}
        WHERE m.id = ANY($2::int[])""",
    "m.created_at DESC, m.id DESC",
)


async def newest(
    call: RequestContext,
    conversation_id: int,
    *,
    below: int | None,
    after: datetime | None,
    limit: int,
    offset: int,
) -> tuple[list[dict[str, Any]], bool]:
    """A window of the messages that the caller can see, newest first, and whether there are older ones.

    It ends before ``limit`` where texts would be too much for one answer, but never before the first one.
    """
    # One more than asked tells whether there are older ones.
    values = conversation_id, below, after, limit + 1, offset
    rows = await call.connection.fetch(NEWEST, call.user_id, *values)
    more = len(rows) > limit or (bool(rows) and len(rows) < rows[0]["wanted_count"])
    return [as_message(row, call.services) for row in rows[:limit]], more


async def pinned(call: RequestContext, conversation_id: int) -> list[dict[str, Any]]:
    """The pinned ones, the newest pin first."""
    return await _fetch(call, PINNED, conversation_id)


async def these(call: RequestContext, ids: Sequence[int]) -> list[dict[str, Any]]:
    """Those of the messages that the caller can see, newest first."""
    return await _fetch(call, THESE, ids)


async def _fetch(call: RequestContext, statement: str, *values: object) -> list[dict[str, Any]]:
    rows = await call.connection.fetch(statement, call.user_id, *values)
    return [as_message(row, call.services) for row in rows]


def as_message(row: Row, services: Services) -> dict[str, Any]:
    """One row as the contract's Message."""
    message = {name: value for name, value in row.items() if not name.startswith(("quoted_", "wanted_"))}
    message["content"] = services.texts.read(row["content"])
    message["media_url"] = services.addresses.shown(row["media_url"])
    message["reply_to"] = None
    if row["quoted_id"] is not None:
        message["reply_to"] = {
            "id": row["quoted_id"],
            "sender_user_id": row["quoted_sender"],
            "sender_name": row["quoted_name"],
            "content": services.texts.read(row["quoted_content"]),
            "message_type": row["quoted_type"],
        }
    return message
