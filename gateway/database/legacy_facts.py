# ruff: noqa: S608 - every part of a statement is a constant of this file
"""Facts that only the database of the old, role-based backend has: who takes part in what, and under which role.

They hold on the legacy schema and on a migrated one. Columns that not both have are reached through ``to_jsonb``,
which knows the columns that there are; times are written as JSON writes them, UTC without a zone.
"""

from collections.abc import Mapping
from typing import Final

_ACTIVE: Final = "coalesce(p.is_active, true)"


def _choices(column: str) -> str:
    """What a person's roles chose, as an array; empty where none ever chose."""
    return f"ARRAY(SELECT s.{column} FROM chat_settings s WHERE s.user_id = $2) AS {column}"


_BLOCKS: Final = "FROM blocked_chat_contacts b WHERE coalesce((to_jsonb(b)->>'is_active')::boolean, true)"

LEGACY_FACTS: Final[Mapping[str, str]] = {
    # Who takes part in the conversation $1, the row that counts first: an admin's, else the earliest.
    "members": f"""SELECT p.user_id, p.profile_type AS type, p.profile_id AS id, coalesce(p.role, 'member') AS role,
            coalesce(p.is_muted, false) AS muted, coalesce((to_jsonb(p)->>'is_archived')::boolean, false) AS archived,
            c.type AS kind
        FROM conversation_participants p JOIN conversations c ON c.id = p.conversation_id
        WHERE p.conversation_id = $1 AND {_ACTIVE}
        ORDER BY coalesce(p.role, 'member') = 'admin' DESC, p.joined_at NULLS LAST, p.id""",
    "message": """SELECT m.conversation_id, m.sender_user_id, m.sender_profile_type AS type,
            m.sender_profile_id AS id, coalesce(m.is_deleted, false) AS deleted
        FROM chat_messages m WHERE m.id = $1""",
    "poll": "SELECT p.conversation_id FROM polls p WHERE p.id = $1",
    "call": "SELECT l.conversation_id FROM call_logs l WHERE l.id = $1",
    # Of the messages $1 each person's newest reaction, in the order in which they were given.
    "reactions": """SELECT message_id, reaction, user_id FROM (
            SELECT DISTINCT ON (r.message_id, r.user_id) r.id, r.message_id, r.reaction, r.user_id
            FROM message_reactions r WHERE r.message_id = ANY($1::bigint[])
            ORDER BY r.message_id, r.user_id, r.created_at DESC NULLS LAST, r.id DESC) newest ORDER BY id""",
    # All reactions to the message $1 of the person $2, with the role of each.
    "my_reactions": """SELECT r.reaction, r.profile_type AS type, r.profile_id AS id FROM message_reactions r
        WHERE r.message_id = $1 AND r.user_id = $2""",
    "senders": "SELECT m.id, m.sender_user_id FROM chat_messages m WHERE m.id = ANY($1::bigint[])",
    # The direct conversation of exactly the persons $1 and $2, in whatever roles: that of the latest message.
    "direct": f"""SELECT c.id FROM conversations c WHERE c.type = 'direct'
            AND EXISTS (SELECT FROM conversation_participants p
                WHERE p.conversation_id = c.id AND p.user_id = $1 AND {_ACTIVE})
            AND EXISTS (SELECT FROM conversation_participants p WHERE p.conversation_id = c.id AND p.user_id = $2)
            AND NOT EXISTS (SELECT FROM conversation_participants p
                WHERE p.conversation_id = c.id AND p.user_id NOT IN ($1, $2))
        ORDER BY c.last_message_at DESC NULLS LAST, c.id LIMIT 1""",
    # Of the conversations $1, for the person $2.
    "conversations": f"""SELECT c.id, to_jsonb(c)->>'updated_at' AS updated_at,
            (SELECT count(DISTINCT p.user_id) FROM conversation_participants p
                WHERE p.conversation_id = c.id AND {_ACTIVE}) AS people,
            (SELECT bool_or(coalesce((to_jsonb(p)->>'is_archived')::boolean, false)) FROM conversation_participants p
                WHERE p.conversation_id = c.id AND p.user_id = $2 AND {_ACTIVE}) AS archived,
            (SELECT m.sender_user_id FROM chat_messages m
                WHERE m.conversation_id = c.id AND NOT coalesce(m.is_deleted, false)
                    AND NOT coalesce(to_jsonb(m)->'deleted_for_user_ids' @> to_jsonb($2::bigint), false)
                ORDER BY m.created_at DESC, m.id DESC LIMIT 1) AS last_sender
        FROM conversations c WHERE c.id = ANY($1::bigint[])""",
    # The other person of each direct conversation of $1, seen from $2; also one that somebody has left.
    "others": """SELECT c.id, min(p.user_id) AS user_id
        FROM conversations c JOIN conversation_participants p ON p.conversation_id = c.id
        WHERE c.id = ANY($1::bigint[]) AND c.type = 'direct' AND p.user_id <> $2
        GROUP BY c.id HAVING count(DISTINCT p.user_id) = 1""",
    # What the person $1 and the person $2 have between them, and what $2 chose in each of its roles.
    "relation": f"""SELECT
        EXISTS (SELECT {_BLOCKS} AND b.blocker_user_id = $2 AND b.blocked_user_id = $1) AS blocked_by_them,
        EXISTS (SELECT {_BLOCKS} AND b.blocker_user_id = $1 AND b.blocked_user_id = $2) AS blocked_by_me,
        EXISTS (SELECT FROM connections c WHERE c.status = 'accepted' AND (c.requested_by, c.recipient_id)
            IN (($1, $2), ($2, $1))) AS connected,
        {_choices("who_can_message")}, {_choices("allow_calls_from")}, {_choices("allow_group_adds")},
        {_choices("allow_channel_adds")}, {_choices("disable_forwarding")}""",
    # The rows by which the person $1 blocks the person $2.
    "blocks": f"""SELECT b.blocker_profile_type AS my_type, b.blocker_profile_id AS my_id,
            b.blocked_profile_type AS type, b.blocked_profile_id AS id
        {_BLOCKS} AND b.blocker_user_id = $1 AND b.blocked_user_id = $2""",
    # In which roles the persons $1 and $2 know each other, an accepted connection first.
    "connection": """SELECT CASE WHEN c.requested_by = $1 THEN c.requester_type ELSE c.recipient_type END AS my_type,
            CASE WHEN c.requested_by = $1 THEN c.recipient_type ELSE c.requester_type END AS other_type
        FROM connections c WHERE (c.requested_by, c.recipient_id) IN (($1, $2), ($2, $1))
        ORDER BY c.status = 'accepted' DESC, c.id LIMIT 1""",
}
