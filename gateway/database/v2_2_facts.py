"""Facts that only the database of the deployed backend has: named, batched, counted reads for the second table.

Columns that not every state of the database has are reached through ``to_jsonb``, which knows the
columns that there are.
"""

from collections.abc import Mapping
from typing import Final

_MESSAGE: Final = """FROM chat_messages m CROSS JOIN LATERAL (SELECT to_jsonb(m) AS j) AS columns
    LEFT JOIN LATERAL (SELECT max((to_jsonb(p)->>'chat_cleared_at')::timestamp) AS cleared_at
        FROM conversation_participants p WHERE p.conversation_id = m.conversation_id AND p.user_id = $2) mine ON true"""
_HIDDEN: Final = """(coalesce(j->'deleted_for_user_ids' @> to_jsonb($2::bigint), false)
    OR coalesce(m.created_at <= mine.cleared_at, false))"""

V2_2_FACTS: Final[Mapping[str, str]] = {
    # Whom the person $1 blocks now.
    "blocks": """SELECT b.id, b.blocked_user_id FROM blocked_chat_contacts b
        WHERE b.blocker_user_id = $1 AND coalesce((to_jsonb(b)->>'is_active')::boolean, true)""",
    # Of the messages $1, for the person $2.
    "messages": f"""SELECT m.id, j->>'edited_at' AS edited_at, j->>'forwarded_from_name' AS forwarded_from_name,
        {_HIDDEN} AS hidden {_MESSAGE} WHERE m.id = ANY($1::bigint[])""",
    # How many messages of the conversation $1 the person $2 can see.
    "count": f"""SELECT count(*) AS total {_MESSAGE}
        WHERE m.conversation_id = $1 AND NOT coalesce(m.is_deleted, false) AND NOT {_HIDDEN}""",
    # How many pictures and files of the conversation $1 the person $2 can see.
    "media": f"""SELECT count(*) FILTER (WHERE m.message_type = 'image') AS images,
            count(*) FILTER (WHERE m.message_type IN ('file', 'video', 'audio')) AS files {_MESSAGE}
        WHERE m.conversation_id = $1 AND NOT coalesce(m.is_deleted, false) AND NOT {_HIDDEN}""",
    # All that the person $1 chose, as JSON; of several rows (one a role, once) the newest.
    "settings": """SELECT to_jsonb(s)::text AS settings FROM chat_settings s
        WHERE s.user_id = $1 ORDER BY s.updated_at DESC NULLS LAST, s.id DESC LIMIT 1""",
    # When the messages $1 were pinned, and by whom.
    "pins": """SELECT message_id, to_jsonb(p)->>'pinned_at' AS pinned_at, pinned_by_user_id
        FROM pinned_messages p WHERE message_id = ANY($1::bigint[])""",
    # Which conversations the person $1 archived for itself.
    "archived": """SELECT DISTINCT p.conversation_id FROM conversation_participants p
        WHERE p.user_id = $1 AND (to_jsonb(p)->>'is_archived')::boolean""",
    # Of the conversations $1, for the person $2.
    "conversations": """SELECT c.id, mine.*, (SELECT m.id FROM chat_messages m
            WHERE m.conversation_id = c.id AND NOT coalesce(m.is_deleted, false)
            ORDER BY m.created_at DESC, m.id DESC LIMIT 1) AS last_message_id
        FROM unnest($1::bigint[]) AS c(id) CROSS JOIN LATERAL (
            SELECT max((to_jsonb(p)->>'last_read_message_id')::bigint) AS last_read_message_id,
                max(to_jsonb(p)->>'chat_cleared_at') AS chat_cleared_at
            FROM conversation_participants p WHERE p.conversation_id = c.id AND p.user_id = $2) AS mine""",
}
