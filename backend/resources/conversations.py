"""Conversations: the caller's list, one with its people and pins, and starting a new one."""

from typing import Any, Final

from backend.database import Row, row_id
from backend.helpers import DIRECT, check_can_message, get_or_create_direct_conversation
from backend.request_context import RequestContext, Route
from backend.resources import access, groups, message_rows
from backend.resources.groups import NewConversation
from backend.services.texts import Texts
from backend.sql import sql
from contracts.model.errors import Forbidden, InvalidRequest, NotFound

FILTERS: Final = {
    "direct": ["direct"],
    "groups": ["group", "channel"],
    "channels": ["channel"],
}
EVERY_TYPE: Final = ["direct", "group", "channel"]


# The page is cut first: what is beside each row (last message, unread, the other person) is looked up for it only.
LIST = sql("""WITH page AS (
        SELECT me.*, c.last_message_at FROM conversation_participants me
        JOIN conversations c ON c.id = me.conversation_id
        WHERE me.user_id = $1 AND coalesce(me.is_active, true) AND c.type = ANY($2::text[])
            AND coalesce(me.is_archived, false) = $3
            AND (NOT $4::boolean OR EXISTS (SELECT FROM chat_messages m WHERE {unread:m} AND {visible:m}))
        ORDER BY coalesce(me.is_pinned, false) DESC, c.last_message_at DESC NULLS LAST, c.id DESC
        LIMIT $5 OFFSET $6)
    SELECT {head:c}, me.last_message_at, coalesce(me.is_muted, false) AS is_muted,
        coalesce(me.is_pinned, false) AS is_pinned, coalesce(me.is_archived, false) AS is_archived,
        me.last_read_at, me.last_read_message_id, me.chat_cleared_at,
        (SELECT count(*) FROM chat_messages m WHERE {unread:m} AND {visible:m}) AS unread_count,
        (SELECT count(*) FROM conversation_participants p
            WHERE p.conversation_id = c.id AND coalesce(p.is_active, true)) AS participant_count,
        last.id AS last_id, {short:last} AS last_content, last.message_type AS last_type,
        last.created_at AS last_created_at, last.sender_user_id AS last_sender,
        u.id AS other_id, {name:u} AS other_name, u.profile_picture AS other_avatar, {seen:u}
    FROM page me JOIN conversations c ON c.id = me.conversation_id
    LEFT JOIN LATERAL (SELECT m.* FROM chat_messages m WHERE m.conversation_id = c.id AND {visible:m}
        ORDER BY m.created_at DESC, m.id DESC LIMIT 1) last ON true
    LEFT JOIN LATERAL (SELECT p.user_id FROM conversation_participants p
        WHERE c.type = 'direct' AND p.conversation_id = c.id AND p.user_id <> me.user_id
        ORDER BY coalesce(p.is_active, true) DESC, p.id LIMIT 1) o ON true
    LEFT JOIN users u ON u.id = o.user_id {presence:u}
    ORDER BY coalesce(me.is_pinned, false) DESC, me.last_message_at DESC NULLS LAST, c.id DESC""")

DETAILS = sql("""SELECT {head:c}, coalesce(me.is_archived, false) AS is_archived,
        coalesce(me.is_muted, false) AS is_muted, c.last_message_at,
        (SELECT count(*) FROM chat_messages m WHERE m.conversation_id = c.id AND {visible:m}
            AND m.message_type IN ('image', 'gif')) AS images,
        (SELECT count(*) FROM chat_messages m WHERE m.conversation_id = c.id AND {visible:m}
            AND m.message_type IN ('file', 'video', 'audio')) AS files,
        u.id AS other_id, {name:u} AS other_name, u.profile_picture AS other_avatar, {seen:u}
    FROM conversation_participants me JOIN conversations c ON c.id = me.conversation_id
    LEFT JOIN LATERAL (SELECT p.user_id FROM conversation_participants p
        WHERE c.type = 'direct' AND p.conversation_id = c.id AND p.user_id <> me.user_id
        ORDER BY coalesce(p.is_active, true) DESC, p.id LIMIT 1) o ON true
    LEFT JOIN users u ON u.id = o.user_id {presence:u}
    WHERE me.user_id = $1 AND me.conversation_id = $2 AND coalesce(me.is_active, true)""")
PEOPLE = sql("""SELECT u.id AS user_id, {name:u} AS name, u.profile_picture AS avatar,
        coalesce(p.role, 'member') AS role, p.joined_at
    FROM conversation_participants p JOIN users u ON u.id = p.user_id
    WHERE p.conversation_id = $1 AND coalesce(p.is_active, true) ORDER BY p.joined_at NULLS FIRST, p.id""")

_OWN_FIELDS: Final = (
    "last_message_at",
    "unread_count",
    "is_muted",
    "is_pinned",
    "is_archived",
    "last_read_at",
    "last_read_message_id",
    "chat_cleared_at",
    "participant_count",
)


async def list_conversations(call: RequestContext) -> list[dict[str, Any]]:
    """A bare list, as documented: pinned first, then by the last message. An unknown filter counts as all."""
    wanted = call.text("filter_type", "all")
    rows = await call.connection.fetch(
        LIST,
        call.user_id,
        FILTERS.get(wanted, EVERY_TYPE),
        wanted == "archived",
        wanted == "unread",
        *call.page(),
    )
    return [_entry(row, call) for row in rows]


def _entry(row: Row, call: RequestContext) -> dict[str, Any]:
    return {
        **groups.head(call, row),
        **{name: row[name] for name in _OWN_FIELDS},
        "other_user": _other(row),
        "last_message": _last_message(row, call.user_id, call.services.texts),
    }


def _other(row: Row) -> dict[str, Any] | None:
    if row["other_id"] is None:
        return None
    return {
        "user_id": row["other_id"],
        "name": row["other_name"],
        "avatar": row["other_avatar"],
        "online": row["is_online"],
        "last_seen": row["last_seen"],
        "online_hidden": row["online_hidden"],
        "last_seen_hidden": row["last_seen_hidden"],
    }


def _last_message(row: Row, caller: int, texts: Texts) -> dict[str, Any] | None:
    if row["last_id"] is None:
        return None
    return {
        "id": row["last_id"],
        "content": texts.read(row["last_content"]),
        "type": row["last_type"],
        "created_at": row["last_created_at"],
        "sender_user_id": row["last_sender"],
        "is_mine": row["last_sender"] == caller,
    }


async def get(call: RequestContext) -> dict[str, Any]:
    """One conversation with everybody in it and what is pinned."""
    row = await call.connection.fetchrow(DETAILS, call.user_id, call.path_id("conversation_id"))
    if row is None:
        raise Forbidden(access.NOT_IN_IT)
    people = await call.connection.fetch(PEOPLE, row["id"])
    pins = await message_rows.pinned(call, row["id"])
    return {
        **groups.head(call, row),
        **{name: row[name] for name in ("is_archived", "is_muted", "last_message_at")},
        "other_user": _other(row),
        "participants": [dict(person) for person in people],
        "pinned_messages": pins,
        "shared_media": {"images": row["images"], "files": row["files"]},
    }


async def create(call: RequestContext) -> dict[str, Any]:
    """Start a conversation; a direct one that exists is returned as it is."""
    new = call.body(NewConversation)
    if new.type != "direct":
        return await groups.create(call, new)
    other = _other_person(new, call.user_id)
    existing = await call.connection.fetchval(DIRECT, call.user_id, other) is not None
    if not existing:
        await _check(call, other)
    conversation_id = await get_or_create_direct_conversation(call.connection, call.user_id, other)
    return await groups.created(
        call, conversation_id, existing=existing, added=[] if existing else [{"user_id": other}]
    )


def _other_person(new: NewConversation, caller: int) -> int:
    others = {row_id(person) for person in new.participant_user_ids} - {caller}
    if not new.participant_user_ids:
        raise InvalidRequest("At least one participant is required", place="$.body.participant_user_ids")
    if not others:
        raise InvalidRequest("You cannot start a conversation with yourself")
    if len(others) > 1:
        raise InvalidRequest("Direct conversations must have exactly one other participant")
    return others.pop()


async def _check(call: RequestContext, other: int) -> None:
    allowed, reason = await check_can_message(call.connection, call.user_id, other)
    if reason == "User not found":
        raise NotFound(reason, place="$.body.participant_user_ids")
    if not allowed:
        raise Forbidden(reason)


ROUTES = (
    Route("GET", "/api/chat/conversations", list_conversations),
    Route("POST", "/api/chat/conversations", create),
    Route("GET", "/api/chat/conversations/{conversation_id}", get),
)
