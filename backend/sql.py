"""Pieces of SQL that several statements share, and the one way to put them in.

`sql("SELECT {name:u} FROM users u")` replaces each `{piece:alias}` by the piece for that table alias. Pieces are
constants of this file; values travel as parameters only. Two conventions hold in every statement that uses
pieces: `$1` is the caller, and `me` is the caller's row of conversation_participants.
"""

import re
from typing import Final

_PIECE: Final = re.compile(r"\{(\w+):(\w+)\}")

PIECES: Final = {
    # The documented name of a person: first name plus father's name, or last name.
    "name": "concat_ws(' ', nullif(X.first_name, ''), coalesce(nullif(X.father_name, ''), X.last_name))",
    # What the caller may see of a conversation: not deleted, not cleared, not hidden for this person.
    "visible": """(NOT coalesce(X.is_deleted, false) AND X.created_at > coalesce(me.chat_cleared_at, '-infinity')
        AND NOT coalesce(X.deleted_for_user_ids, '[]') @> to_jsonb(me.user_id))""",
    "unread": """(X.conversation_id = me.conversation_id AND X.sender_user_id <> me.user_id
        AND X.created_at > coalesce(me.last_read_at, '-infinity'))""",
    # Whether the person X and the caller have an accepted connection.
    "connected": """EXISTS (SELECT FROM connections k WHERE k.status = 'accepted'
        AND ((k.requested_by = X.id AND k.recipient_id = $1) OR (k.requested_by = $1 AND k.recipient_id = X.id)))""",
    # Online means a heartbeat within five minutes, unless that device said goodbye.
    "presence": """LEFT JOIN chat_settings X_privacy ON X_privacy.user_id = X.id
        LEFT JOIN LATERAL (SELECT max(a.last_active_at) AS at, bool_or(a.is_online AND a.last_active_at
                > (now() AT TIME ZONE 'utc') - interval '5 minutes') AS online
            FROM chat_active_sessions a WHERE a.user_id = X.id) X_seen ON true
        LEFT JOIN LATERAL (SELECT X.id <> $1 AND NOT coalesce(X_privacy.online_status, true) AS online,
            X.id <> $1 AND CASE coalesce(X_privacy.last_seen_visibility, 'everyone')
                WHEN 'everyone' THEN false WHEN 'connections' THEN NOT {connected:X} ELSE true END AS last_seen
            ) X_hides ON true""",
    "online": "(X_seen.online AND NOT X_hides.online) IS TRUE",
    "seen": """(X_seen.online AND NOT X_hides.online) IS TRUE AS is_online,
        CASE WHEN NOT X_hides.last_seen THEN X_seen.at END AS last_seen,
        coalesce(X_hides.online, false) AS online_hidden, coalesce(X_hides.last_seen, false) AS last_seen_hidden""",
    # A text beside something else, of which the beginning is enough. A ciphertext can only be read whole; one that was
    # stored before texts had a limit may be too long for that.
    "short": """CASE WHEN octet_length(X.content) > 262144
            OR (octet_length(X.content) > 8000 AND NOT starts_with(X.content, 'gAAAAA'))
        THEN left(X.content, 2000) ELSE X.content END""",
    # A message as a page is cut: the bytes of its parts, told without reading them.
    "sized": """X.id, X.conversation_id, X.created_at, coalesce(octet_length(X.content), 0)
        + coalesce(pg_column_size(X.media_metadata), 0)
        + CASE WHEN X.reply_to_id IS NULL THEN 0 ELSE 2000 END AS size""",
    # The head of a conversation X; a direct one has no name of its own.
    "head": """X.id, X.type, CASE WHEN X.type <> 'direct' THEN X.name END AS name, X.description, X.avatar_url,
        X.created_by_user_id, X.created_at, coalesce(X.updated_at, X.created_at) AS updated_at""",
}


def sql(text: str) -> str:
    """The statement with its pieces filled in; KeyError for a piece that does not exist."""
    while _PIECE.search(text):
        text = _PIECE.sub(lambda found: _fill(found[1], found[2]), text)
    return text


def _fill(piece: str, alias: str) -> str:
    # X stands alone, starts a name (X_seen) or names the alias of an inner piece ({connected:X}).
    return re.sub(r"\bX(?=\b|_)", alias, PIECES[piece])
