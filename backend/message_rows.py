"""A message as an answer shows it: one statement for a window of them, whoever asks for the window."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from backend.call import Call, Services
from backend.database import Row
from backend.sql import sql

# $1 the caller, $2 the conversations, $3 only below this id, $4 only after this time, $5 only pinned ones, $6 and $7
# limit and offset from the newest, $8 only these messages; null is no restriction. "Read" is what everybody has read
# who shows read receipts; nobody to count leaves it at "sent".
WINDOW = sql("""WITH readers AS (
        SELECT p.conversation_id, min(coalesce(p.last_read_at, '-infinity')) AS until
        FROM conversation_participants p LEFT JOIN chat_settings s ON s.user_id = p.user_id
        WHERE p.conversation_id = ANY($2::int[]) AND p.user_id <> $1 AND coalesce(p.is_active, true)
            AND coalesce(s.read_receipts, true) GROUP BY p.conversation_id)
    SELECT m.id, m.conversation_id, m.sender_user_id, {name:u} AS sender_name, u.profile_picture AS sender_avatar,
        m.sender_user_id = $1 AS is_mine,
        CASE WHEN m.sender_user_id = $1
            THEN CASE WHEN readers.until >= m.created_at THEN 'read' ELSE 'sent' END END AS status,
        m.message_type, m.content, m.media_url, m.media_metadata, m.reply_to_id,
        q.id AS quoted_id, q.sender_user_id AS quoted_sender, {name:w} AS quoted_name, q.content AS quoted_content,
        q.message_type AS quoted_type, coalesce(reactions.list, '[]') AS reactions,
        coalesce(m.is_edited, false) AS is_edited, m.edited_at,
        coalesce(m.is_pinned, false) OR pin.id IS NOT NULL AS is_pinned,
        coalesce(pin.pinned_at, CASE WHEN m.is_pinned THEN m.pinned_at END) AS pinned_at,
        coalesce(pin.pinned_by_user_id, CASE WHEN m.is_pinned THEN m.pinned_by_user_id END) AS pinned_by_user_id,
        coalesce(m.is_forwarded, false) AS is_forwarded, m.forwarded_from_user_id, m.forwarded_from_name,
        m.forwarded_from_avatar, m.created_at, m.updated_at
    FROM conversation_participants me LEFT JOIN readers ON readers.conversation_id = me.conversation_id
    JOIN chat_messages m ON m.conversation_id = me.conversation_id
    JOIN users u ON u.id = m.sender_user_id
    LEFT JOIN chat_messages q ON q.id = m.reply_to_id AND q.conversation_id = me.conversation_id AND {visible:q}
    LEFT JOIN users w ON w.id = q.sender_user_id
    LEFT JOIN pinned_messages pin ON pin.message_id = m.id AND pin.conversation_id = m.conversation_id
    LEFT JOIN LATERAL (SELECT jsonb_agg(jsonb_build_object('reaction', r.reaction, 'count', r.count,
            'user_ids', r.user_ids) ORDER BY r.first, r.reaction) AS list
        FROM (SELECT reaction, count(*) AS count, jsonb_agg(user_id ORDER BY created_at, id) AS user_ids,
                min(created_at) AS first
            FROM message_reactions WHERE message_id = m.id GROUP BY reaction) r) reactions ON true
    WHERE me.user_id = $1 AND me.conversation_id = ANY($2::int[]) AND {visible:m}
        AND ($8::int[] IS NULL OR m.id = ANY($8::int[]))
        AND ($3::int IS NULL OR m.id < $3) AND ($4::timestamp IS NULL OR m.created_at > $4)
        AND (NOT $5::boolean OR coalesce(m.is_pinned, false) OR pin.id IS NOT NULL)
    ORDER BY CASE WHEN $5 THEN coalesce(pin.pinned_at, m.pinned_at) END DESC NULLS LAST,
        m.created_at DESC, m.id DESC LIMIT $6 OFFSET $7""")


async def newest(
    call: Call,
    conversations: Sequence[int],
    *,
    below: int | None = None,
    after: datetime | None = None,
    pinned: bool = False,
    limit: int | None = None,
    offset: int = 0,
    ids: Sequence[int] | None = None,
) -> list[dict[str, Any]]:
    """Messages that the caller can see, newest first (pinned ones: newest pin first)."""
    rows = await call.connection.fetch(
        WINDOW, call.user_id, conversations, below, after, pinned, limit, offset, ids
    )
    return [as_message(row, call.services) for row in rows]


def as_message(row: Row, services: Services) -> dict[str, Any]:
    """One row of `WINDOW` as the contract's Message."""
    message = {name: value for name, value in row.items() if not name.startswith("quoted_")}
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
