"""Messages: a page, which marks as read; sending, editing, deleting."""

from datetime import datetime
from typing import Any, Final

import msgspec

from backend.database import Row
from backend.legacy.call import Call, LegacyRoute, Refused, Role, fields, naive
from backend.legacy.conversations import message_columns
from backend.legacy.names import FULL_NAME, NAME, PROFILES, allows, blocks, choice, member, person

#: $1 conversation, $2 and $3 the caller's profile, $4 its person, $5 below this id, $6 after this time, $7 limit.
_VISIBLE: Final = """m.conversation_id = $1 AND NOT coalesce(m.is_deleted, false)
    AND NOT coalesce(m.deleted_for_user_ids, '[]') @> to_jsonb($4::int)
    AND m.created_at > coalesce((SELECT chat_cleared_at FROM conversation_participants
        WHERE conversation_id = $1 AND profile_id = $2 AND profile_type = $3 LIMIT 1), '-infinity')"""
_PAGE: Final = f"""SELECT m.*, u.first_name, u.father_name, u.profile_picture AS user_avatar, {NAME} AS sender_name,
        coalesce((m.sender_profile_id, m.sender_profile_type) = ($2::int, $3::text), false) AS is_mine,
        q.content AS quoted, q.message_type AS quoted_type, quoting.name AS quoted_name,
        coalesce((SELECT jsonb_agg(jsonb_build_object('reaction', r.reaction, 'count', r.count,
                'profile_ids', r.ids) ORDER BY r.first)
            FROM (SELECT reaction, count(*), jsonb_agg(profile_id ORDER BY id) AS ids, min(id) AS first
                FROM message_reactions WHERE message_id = m.id GROUP BY reaction) r), '[]') AS reactions
    FROM chat_messages m JOIN users u ON u.id = m.sender_user_id
    LEFT JOIN {PROFILES} pr ON pr.id = m.sender_profile_id AND pr.type = m.sender_profile_type
    LEFT JOIN chat_messages q ON q.id = m.reply_to_id
    LEFT JOIN LATERAL (SELECT {FULL_NAME} AS name FROM users u WHERE u.id = q.sender_user_id) quoting ON true
    WHERE {_VISIBLE} AND ($5::int = 0 OR m.id < $5) AND ($6::timestamp IS NULL OR m.created_at > $6)
    ORDER BY m.created_at DESC, m.id DESC LIMIT $7"""  # noqa: S608
_COUNT: Final = f"SELECT count(*) FROM chat_messages m WHERE {_VISIBLE}"  # noqa: S608
#: How far all others have read who show it.
_READ_UNTIL: Final = """SELECT min(coalesce(p.last_read_at, '-infinity')) FROM conversation_participants p
    LEFT JOIN chat_settings s ON s.profile_id = p.profile_id AND s.profile_type = p.profile_type
    WHERE p.conversation_id = $1 AND (p.profile_id, p.profile_type) <> ($2, $3) AND coalesce(p.is_active, true)
        AND coalesce(s.read_receipts, true) AND p.last_read_at IS NOT NULL"""
_READ: Final = """UPDATE conversation_participants SET last_read_at = localtimestamp, last_read_message_id =
        (SELECT max(id) FROM chat_messages WHERE conversation_id = $1)
    WHERE conversation_id = $1 AND profile_id = $2 AND profile_type = $3"""
_SEND: Final = """INSERT INTO chat_messages (conversation_id, sender_profile_id, sender_profile_type, sender_user_id,
        message_type, content, media_url, media_metadata, reply_to_id, is_forwarded, forwarded_from_name,
        forwarded_from_avatar, forwarded_from_profile_id, forwarded_from_profile_type)
    VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14) RETURNING id, created_at"""
_TOUCH: Final = """UPDATE conversations SET last_message_at = localtimestamp, updated_at = localtimestamp
    WHERE id = $1"""
_OTHERS: Final = """SELECT profile_id, profile_type, user_id FROM conversation_participants
    WHERE conversation_id = $1 AND (profile_id, profile_type) <> ($2, $3) AND coalesce(is_active, true)"""


_FORWARDED: Final = (
    "is_forwarded",
    "forwarded_from",
    "forwarded_from_avatar",
    "forwarded_from_profile_id",
    "forwarded_from_profile_type",
)


class NewMessage(msgspec.Struct):
    """What a client sends; unknown keys are ignored."""

    conversation_id: int
    content: str | None = None
    message_type: str = "text"
    media_url: str | None = None
    media_metadata: dict[str, Any] | None = None
    reply_to_id: int | None = None
    is_forwarded: bool = False
    forwarded_from: str | None = None
    forwarded_from_avatar: str | None = None
    forwarded_from_profile_id: int | None = None
    forwarded_from_profile_type: str | None = None


class Edit(msgspec.Struct):
    """Another text."""

    content: str


async def list_messages(call: Call) -> dict[str, Any]:
    """A window of messages, oldest first. Everything counts as read from then on."""
    number, role = call.path("conversation_id"), call.role
    await member(call, number)
    limit, user_id = min(call.number("limit", 50), 10_000), await call.user_id()
    values = number, role.id, role.type, user_id
    after = call.time("after")
    rows = await call.connection.fetch(_PAGE, *values, call.number("before_id", 0), after, limit)
    until = await call.connection.fetchval(_READ_UNTIL, *values[:3])
    total = await call.connection.fetchval(_COUNT, *values)
    await call.connection.execute(_READ, *values[:3])
    found = [_message(row, until, call) for row in reversed(rows)]
    return {"messages": found, "has_more": len(found) == limit, "total_count": total}


def _message(row: Row, until: datetime | None, call: Call) -> dict[str, Any]:
    found = message_columns(row, call.services.texts)
    found["media_url"] = call.services.addresses.shown(row["media_url"])
    found |= fields(row, "first_name", "father_name", "user_avatar", "sender_name", "is_mine", "reactions")
    found["sender_avatar"] = row["user_avatar"]
    read = until is not None and until >= row["created_at"]
    found["status"] = ("read" if read else "sent") if row["is_mine"] else None
    if row["quoted_type"] is not None:
        text = call.services.texts.read(row["quoted"])
        found["reply_to"] = {"content": text, "type": row["quoted_type"], "sender_name": row["quoted_name"]}
    if row["is_forwarded"]:
        found["forwarded_from"] = row["forwarded_from_name"]
    return found


async def send(call: Call) -> dict[str, Any]:
    """Write into a conversation of this role, unless somebody there refuses it."""
    new, role = call.body(NewMessage), call.role
    row = await member(call, new.conversation_id)
    await _check_allowed(call, row, new)
    source = new.forwarded_from, new.forwarded_from_avatar
    pair = new.forwarded_from_profile_id, new.forwarded_from_profile_type
    stored = await call.connection.fetchrow(
        _SEND,
        new.conversation_id,
        role.id,
        role.type,
        row["user_id"],
        new.message_type,
        call.services.texts.sealed(new.content),
        call.services.addresses.stored(new.media_url),
        new.media_metadata,
        new.reply_to_id,
        new.is_forwarded,
        *(source if new.is_forwarded else (None, None)),
        *(pair if new.is_forwarded else (None, None)),
    )
    assert stored is not None  # noqa: S101 - just inserted
    await call.connection.execute(_TOUCH, new.conversation_id)
    return await _sent(call, new, stored, row["user_id"])


async def _sent(call: Call, new: NewMessage, stored: Row, user_id: int) -> dict[str, Any]:
    sender = await person(call.connection, user_id, call.role)
    found = {
        "message_id": stored["id"],
        "conversation_id": new.conversation_id,
        "content": new.content,
        "message_type": new.message_type,
        "created_at": naive(stored["created_at"]),
        "sender_name": sender["display_name"],
        "sender_avatar": sender["profile_picture"],
    }
    if new.is_forwarded:
        found |= {name: getattr(new, name) for name in _FORWARDED}
    return found


async def _check_allowed(call: Call, row: Row, new: NewMessage) -> None:
    connection, role = call.connection, call.role
    if new.is_forwarded and new.forwarded_from_profile_id and new.forwarded_from_profile_type:
        author = Role(new.forwarded_from_profile_type, new.forwarded_from_profile_id)
        if await choice(connection, author, "disable_forwarding", False):
            raise Refused(403, "This user has disabled forwarding of their messages")
    if row["type"] != "direct":
        return
    for other in await connection.fetch(_OTHERS, new.conversation_id, role.id, role.type):
        them = Role(other["profile_type"], other["profile_id"])
        if await blocks(connection, role, them) or await blocks(connection, them, role):
            raise Refused(403, "You cannot message this user")
        if not await allows(connection, "who_can_message", them, other["user_id"], row["user_id"]):
            raise Refused(403, "This user has disabled messages")


_OWN: Final = "SELECT * FROM chat_messages WHERE id = $1"
_EDIT: Final = """UPDATE chat_messages SET original_content = coalesce(original_content, content), content = $2,
    is_edited = true, edited_at = localtimestamp, updated_at = localtimestamp WHERE id = $1"""
_DELETE: Final = """UPDATE chat_messages SET is_deleted = true, deleted_at = localtimestamp,
    deleted_for_everyone = true, updated_at = localtimestamp WHERE id = $1"""


async def _own(call: Call) -> int:
    row = await call.connection.fetchrow(_OWN, call.path("message_id"))
    if row is None or row["is_deleted"]:
        raise Refused(404, "Message not found")
    if (row["sender_profile_type"], row["sender_profile_id"]) != call.role:
        raise Refused(403, "Not your message")
    return int(row["id"])


async def edit(call: Call) -> dict[str, Any]:
    """Another text for an own message; the first one is kept."""
    text = call.services.texts.sealed(call.body(Edit).content)
    number = await _own(call)
    await call.connection.execute(_EDIT, number, text)
    return {"success": True, "message_id": number}


async def delete(call: Call) -> dict[str, Any]:
    """For everybody; the text stays in the row."""
    await call.connection.execute(_DELETE, await _own(call))
    return {"success": True}


ROUTES: Final = (
    LegacyRoute("GET", "/api/chat/messages/{conversation_id}", list_messages),
    LegacyRoute("POST", "/api/chat/messages", send, swallows=True),
    LegacyRoute("PUT", "/api/chat/messages/{message_id}", edit, swallows=True),
    LegacyRoute("DELETE", "/api/chat/messages/{message_id}", delete, swallows=True),
)
