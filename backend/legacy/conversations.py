"""Conversations of one role: the list, one of them, and what the whole conversation or one member is set to."""

from typing import Any, Final

from backend.database import Row
from backend.legacy.call import Call, LegacyRoute, fields
from backend.legacy.names import ACTIVE, HIDDEN, NAME, PROFILES, member
from backend.services.texts import Texts

_FILTERS: Final = {"direct": ["direct"], "groups": ["group", "channel"], "channels": ["channel"]}
_EVERY: Final = ["direct", "group", "channel"]
#: $1 and $2 are the caller's profile, $3 its person, $4 the types, $5 only unread ones, $6 limit, $7 offset.
_LIST: Final = f"""SELECT c.id, c.type, c.name, c.description, c.avatar_url, c.last_message_at, c.created_at,
        c.created_by_profile_id, c.created_by_profile_type, coalesce(me.is_muted, false) AS is_muted,
        coalesce(me.is_pinned, false) AS is_pinned, me.last_read_at, me.last_read_message_id, me.chat_cleared_at,
        last.id AS last_id, last.content, last.message_type, last.created_at AS time,
        (last.sender_profile_id, last.sender_profile_type) = ($1, $2) AS is_mine, unread.count AS unread_count,
        (SELECT count(*) FROM conversation_participants p
            WHERE p.conversation_id = c.id AND coalesce(p.is_active, true)) AS participant_count,
        o.profile_id AS other_profile_id, o.profile_type AS other_profile_type, o.user_id AS other_user_id,
        {NAME} AS display_name, u.profile_picture AS avatar, seen.is_online, seen.last_seen, {HIDDEN}
    FROM conversation_participants me JOIN conversations c ON c.id = me.conversation_id
    LEFT JOIN LATERAL (SELECT m.* FROM chat_messages m WHERE m.conversation_id = c.id
        AND NOT coalesce(m.is_deleted, false) AND m.created_at > coalesce(me.chat_cleared_at, '-infinity')
        AND NOT coalesce(m.deleted_for_user_ids, '[]') @> to_jsonb($3::int)
        ORDER BY m.created_at DESC, m.id DESC LIMIT 1) last ON true
    CROSS JOIN LATERAL (SELECT count(*) FROM chat_messages m WHERE m.conversation_id = c.id
        AND NOT coalesce(m.is_deleted, false) AND (m.sender_profile_id, m.sender_profile_type) <> ($1, $2)
        AND m.created_at > greatest(me.last_read_at, me.chat_cleared_at, '-infinity')
        AND NOT coalesce(m.deleted_for_user_ids, '[]') @> to_jsonb($3::int)) unread
    LEFT JOIN LATERAL (SELECT p.* FROM conversation_participants p WHERE c.type = 'direct'
        AND p.conversation_id = c.id AND (p.profile_id, p.profile_type) <> ($1, $2) ORDER BY p.id LIMIT 1) o ON true
    LEFT JOIN users u ON u.id = o.user_id
    LEFT JOIN {PROFILES} pr ON pr.id = o.profile_id AND pr.type = o.profile_type
    LEFT JOIN chat_settings s ON s.profile_id = o.profile_id AND s.profile_type = o.profile_type
    LEFT JOIN LATERAL ({ACTIVE} WHERE a.profile_id = o.profile_id AND a.profile_type = o.profile_type) seen ON true
    WHERE me.profile_id = $1 AND me.profile_type = $2 AND coalesce(me.is_active, true)
        AND NOT coalesce(c.is_archived, false) AND c.type = ANY($4::text[]) AND (NOT $5::bool OR unread.count > 0)
    ORDER BY c.last_message_at DESC NULLS LAST, c.id DESC LIMIT $6 OFFSET $7"""  # noqa: S608
#: Whom the role is connected to without a conversation: the old list invents an entry for each.
_CONNECTIONS: Final = f"""SELECT k.id, k.connected_at, k.other_id, k.other_type, k.other_user, {NAME} AS display_name,
        u.profile_picture AS avatar, seen.is_online, seen.last_seen, {HIDDEN}
    FROM (SELECT id, connected_at, recipient_profile_id AS other_id, recipient_type AS other_type,
            recipient_id AS other_user FROM connections
            WHERE status = 'accepted' AND requester_profile_id = $1 AND requester_type = $2
        UNION ALL SELECT id, connected_at, requester_profile_id, requester_type, requested_by FROM connections
            WHERE status = 'accepted' AND recipient_profile_id = $1 AND recipient_type = $2) k
    JOIN users u ON u.id = k.other_user
    LEFT JOIN {PROFILES} pr ON pr.id = k.other_id AND pr.type = k.other_type
    LEFT JOIN chat_settings s ON s.profile_id = k.other_id AND s.profile_type = k.other_type
    LEFT JOIN LATERAL ({ACTIVE} WHERE a.profile_id = k.other_id AND a.profile_type = k.other_type) seen ON true
    WHERE NOT EXISTS (SELECT FROM conversation_participants x JOIN conversation_participants y
            ON y.conversation_id = x.conversation_id JOIN conversations c ON c.id = x.conversation_id
        WHERE c.type = 'direct' AND x.profile_id = $1 AND x.profile_type = $2
            AND y.profile_id = k.other_id AND y.profile_type = k.other_type)
    ORDER BY k.connected_at DESC NULLS LAST, k.id"""  # noqa: S608
_HEAD: Final = ("id", "type", "name", "description", "avatar_url", "last_message_at", "created_at")
_MINE: Final = ("is_muted", "is_pinned", "last_read_at", "last_read_message_id", "chat_cleared_at")
_OTHER: Final = ("display_name", "avatar", "other_profile_id", "other_profile_type", "other_user_id")
_CREATOR: Final = ("created_by_profile_id", "created_by_profile_type")

_PEOPLE: Final = f"""SELECT p.profile_id, p.profile_type, p.user_id, coalesce(p.role, 'member') AS role, p.joined_at,
        {NAME} AS display_name, u.profile_picture AS avatar
    FROM conversation_participants p JOIN users u ON u.id = p.user_id
    LEFT JOIN {PROFILES} pr ON pr.id = p.profile_id AND pr.type = p.profile_type
    WHERE p.conversation_id = $1 AND coalesce(p.is_active, true) ORDER BY p.id"""  # noqa: S608
_PINS: Final = """SELECT m.*, u.first_name, u.father_name FROM chat_messages m JOIN users u ON u.id = m.sender_user_id
    WHERE m.conversation_id = $1 AND m.is_pinned AND NOT coalesce(m.is_deleted, false)
    ORDER BY m.pinned_at DESC NULLS LAST, m.id DESC"""
_MEDIA: Final = """SELECT count(*) FILTER (WHERE message_type IN ('image', 'gif')) AS images,
        count(*) FILTER (WHERE message_type IN ('file', 'video', 'audio')) AS files
    FROM chat_messages WHERE conversation_id = $1 AND NOT coalesce(is_deleted, false)"""
#: The columns of a message as the old service shows them; a migrated table has more.
MESSAGE: Final = (
    "id",
    "conversation_id",
    "sender_profile_id",
    "sender_profile_type",
    "sender_user_id",
    "message_type",
    "content",
    "media_url",
    "media_metadata",
    "reply_to_id",
    "forwarded_from_id",
    "is_edited",
    "edited_at",
    "original_content",
    "is_deleted",
    "deleted_at",
    "deleted_for_everyone",
    "is_pinned",
    "pinned_at",
    "pinned_by_profile_id",
    "pinned_by_profile_type",
    "created_at",
    "updated_at",
    "deleted_for_user_ids",
    "is_forwarded",
    "forwarded_from_name",
    "forwarded_from_avatar",
    "forwarded_from_profile_id",
    "forwarded_from_profile_type",
)


def message_columns(row: Row, texts: Texts) -> dict[str, Any]:
    """A message's columns, its text readable."""
    return {**fields(row, *MESSAGE), "content": texts.read(row["content"])}


async def list_conversations(call: Call) -> dict[str, Any]:
    """The role's own, then an invented entry for each connection without one."""
    wanted, role = call.request.query.get("filter_type") or "all", call.role
    limit, offset = min(call.number("limit", 50), 100), call.number("offset", 0)
    types = _FILTERS.get(wanted, _EVERY)
    rows = await call.connection.fetch(
        _LIST, role.id, role.type, await call.user_id(), types, wanted == "unread", limit, offset
    )
    found = [_entry(row, call.services.texts) for row in rows]
    if wanted in ("all", "direct") and not offset:
        found += [_invented(row) for row in await call.connection.fetch(_CONNECTIONS, role.id, role.type)]
    return {"conversations": found[:limit]}


def _entry(row: Row, texts: Texts) -> dict[str, Any]:
    found = fields(row, *_HEAD, *_CREATOR, *_MINE)
    if row["type"] != "direct":
        found["display_name"] = row["name"] or ("Channel" if row["type"] == "channel" else "Group Chat")
        found |= {"avatar": row["avatar_url"], "participant_count": row["participant_count"]}
    elif row["other_user_id"] is not None:
        found |= {**fields(row, *_OTHER), **_seen(row)}
    if row["last_id"] is not None:
        found["last_message"] = {
            "id": row["last_id"],
            "content": texts.read(row["content"]),
            "type": row["message_type"],
            **fields(row, "time", "is_mine"),
        }
    return {**found, "unread_count": row["unread_count"]}


def _seen(row: Row) -> dict[str, Any]:
    """Presence as a list shows it: a hidden part is false or null, and says so."""
    shown = {
        "is_online": row["is_online"] and not row["online_hidden"],
        "last_seen": None if row["last_seen_hidden"] else fields(row, "last_seen")["last_seen"],
    }
    return shown | {name: True for name in ("online_hidden", "last_seen_hidden") if row[name]}


def _invented(row: Row) -> dict[str, Any]:
    return {
        "id": f"connection-{row['id']}",
        "type": "direct",
        **fields(row, "display_name", "avatar"),
        "other_profile_id": row["other_id"],
        "other_profile_type": row["other_type"],
        "other_user_id": row["other_user"],
        "last_message": None,
        "last_message_at": fields(row, "connected_at")["connected_at"],
        "unread_count": 0,
        "is_muted": False,
        "is_pinned": False,
        "is_connection": True,
        **fields(row, "online_hidden", "last_seen_hidden"),
        **_seen(row),
    }


async def get(call: Call) -> dict[str, Any]:
    """One conversation with its people and pins."""
    number = call.path("conversation_id")
    await member(call, number)
    row = await call.connection.fetchrow("SELECT * FROM conversations WHERE id = $1", number)
    media = await call.connection.fetchrow(_MEDIA, number)
    assert row is not None  # noqa: S101 - the caller's row references it
    assert media is not None  # noqa: S101 - a count
    pins = await call.connection.fetch(_PINS, number)
    return {
        **fields(row, *_HEAD, *_CREATOR, "is_archived", "is_muted", "updated_at"),
        "participants": [fields(one) for one in await call.connection.fetch(_PEOPLE, number)],
        "pinned_messages": [
            {**message_columns(one, call.services.texts), **fields(one, "first_name", "father_name")}
            for one in pins
        ],
        "shared_media": dict(media),
    }


ROUTES: Final = (
    LegacyRoute("GET", "/api/chat/conversations", list_conversations),
    LegacyRoute("GET", "/api/chat/conversations/{conversation_id}", get),
)
