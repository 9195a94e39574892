"""Messages: the newest window, sending, editing, deleting, reactions and pins."""

from typing import Annotated, Any, Literal

import msgspec
from msgspec import Meta

from backend.database import row_id
from backend.helpers import check_can_message
from backend.request_context import RequestContext, Route, done
from backend.resources import access, message_rows
from backend.sql import sql
from contracts.model.errors import Forbidden, InvalidValue, NotFound
from contracts.model.profile import MAX_ID

Id = Annotated[int, Meta(ge=1, le=MAX_ID)]
Short = Annotated[str, Meta(max_length=255)]
Address = Annotated[str, Meta(max_length=500)]
Content = Annotated[str, Meta(max_length=65_536)]
Kind = Literal["text", "image", "audio", "video", "file", "system", "location", "gif", "session_request"]

# Marks as read and tells whether the caller is in the conversation, in one go.
READ = """UPDATE conversation_participants SET last_read_at = now() AT TIME ZONE 'utc',
        last_read_message_id = (SELECT max(id) FROM chat_messages WHERE conversation_id = $2)
    WHERE user_id = $1 AND conversation_id = $2 AND coalesce(is_active, true) RETURNING id"""
COUNT = sql("""SELECT count(*) FROM conversation_participants me
    JOIN chat_messages m ON m.conversation_id = me.conversation_id AND {visible:m}
    WHERE me.user_id = $1 AND me.conversation_id = $2""")
REPLY = sql("""SELECT m.id FROM conversation_participants me
    JOIN chat_messages m ON m.conversation_id = me.conversation_id AND {visible:m}
    WHERE me.user_id = $1 AND me.conversation_id = $2 AND m.id = $3""")
ORIGIN = """SELECT coalesce(s.disable_forwarding, false) FROM users u
    LEFT JOIN chat_settings s ON s.user_id = u.id WHERE u.id = $1"""
# Writing is no reading: what others wrote and the sender has not seen stays unread, and they see that it is.
SEND = sql("""WITH sent AS (
        INSERT INTO chat_messages (conversation_id, sender_user_id, message_type, content, media_url, media_metadata,
            reply_to_id, is_forwarded, forwarded_from_user_id, forwarded_from_name, forwarded_from_avatar)
        VALUES ($2, $1, $3, $4, $5, $6, $7, $8, $9, $10, $11) RETURNING *),
    conversation AS (
        UPDATE conversations c SET last_message_at = sent.created_at, updated_at = sent.created_at
        FROM sent WHERE c.id = sent.conversation_id),
    sender AS (
        UPDATE conversation_participants me SET last_read_at = sent.created_at, last_read_message_id = sent.id
        FROM sent WHERE me.conversation_id = sent.conversation_id AND me.user_id = $1
            AND NOT EXISTS (SELECT FROM chat_messages m WHERE {unread:m} AND {visible:m}))
    SELECT sent.id, sent.conversation_id, sent.sender_user_id, {name:u} AS sender_name,
        u.profile_picture AS sender_avatar, sent.content, sent.message_type, sent.media_url, sent.media_metadata,
        sent.reply_to_id, sent.created_at, sent.is_forwarded, sent.forwarded_from_user_id, sent.forwarded_from_name,
        sent.forwarded_from_avatar
    FROM sent JOIN users u ON u.id = sent.sender_user_id""")
EDIT = """UPDATE chat_messages SET content = $2, is_edited = true, edited_at = now() AT TIME ZONE 'utc',
        updated_at = now() AT TIME ZONE 'utc', original_content = coalesce(original_content, content)
    WHERE id = $1"""
# The text stays for the operators (complaints), nobody is shown it any more.
DELETE = """UPDATE chat_messages SET is_deleted = true, deleted_for_everyone = true, is_pinned = false,
        deleted_at = now() AT TIME ZONE 'utc' WHERE id = $1"""
#: Bytes of its JSON.
LARGEST_METADATA = 16 * 1024
FORWARDING = ("is_forwarded", "forwarded_from_user_id", "forwarded_from_name", "forwarded_from_avatar")


class NewMessage(msgspec.Struct):
    """The contract's NewMessage."""

    content: Content | None = None
    message_type: Kind = "text"
    media_url: Address | None = None
    media_metadata: Annotated[dict[str, Any], Meta(max_length=100)] | None = None
    reply_to_id: Id | None = None
    is_forwarded: bool | None = False
    forwarded_from_user_id: Id | None = None
    forwarded_from_name: Short | None = None
    forwarded_from_avatar: Address | None = None

    @property
    def forwarded(self) -> bool:
        """Naming whom it comes from is forwarding, too."""
        return bool(self.is_forwarded) or self.forwarded_from_user_id is not None


class Edit(msgspec.Struct):
    """A new text."""

    content: Annotated[str, Meta(min_length=1, max_length=65_536)]


async def list_messages(call: RequestContext) -> dict[str, Any]:
    """The newest window, oldest first; reading marks as read."""
    conversation_id = call.path_id("conversation_id")
    limit, offset = call.page(50, 10_000)
    below, after = call.id("before_message_id"), call.time("after")
    if await call.connection.fetchval(READ, call.user_id, conversation_id) is None:
        raise Forbidden(access.NOT_IN_IT)
    found, more = await message_rows.newest(
        call, conversation_id, below=below, after=after, limit=limit, offset=offset
    )
    total = await call.connection.fetchval(COUNT, call.user_id, conversation_id)
    return {"messages": found[::-1], "has_more": more, "total_count": total}


async def send(call: RequestContext) -> dict[str, Any]:
    """Store a message, if the people concerned allow it."""
    new = call.body(NewMessage)
    if new.message_type == "text" and not new.content:
        raise InvalidValue("a text needs content", place="$.body.content")
    if len(msgspec.json.encode(new.media_metadata)) > LARGEST_METADATA:
        raise InvalidValue(f"must have at most {LARGEST_METADATA} bytes", place="$.body.media_metadata")
    place = await access.conversation(call)
    await _check_recipient(call, place["other_user_id"])
    await _check_reply(call, place["id"], new.reply_to_id)
    await _check_origin(call, new.forwarded_from_user_id)
    origin = [new.forwarded_from_user_id, new.forwarded_from_name, new.forwarded_from_avatar]
    row = await call.connection.fetchrow(
        SEND,
        call.user_id,
        place["id"],
        new.message_type,
        new.content,
        call.services.addresses.stored(new.media_url),
        new.media_metadata,
        new.reply_to_id,
        new.forwarded,
        *(origin if new.forwarded else [None] * 3),
    )
    sent = {name: value for name, value in (row or {}).items() if new.forwarded or name not in FORWARDING}
    return {**sent, "media_url": call.services.addresses.shown(sent["media_url"])}


async def _check_recipient(call: RequestContext, other: int | None) -> None:
    if other is None:
        return
    allowed, reason = await check_can_message(call.connection, call.user_id, other)
    if not allowed:
        raise Forbidden(reason)


async def _check_reply(call: RequestContext, conversation_id: int, reply_to_id: int | None) -> None:
    if reply_to_id is None:
        return
    if await call.connection.fetchval(REPLY, call.user_id, conversation_id, row_id(reply_to_id)) is None:
        raise NotFound("Message not found", place="$.body.reply_to_id")


async def _check_origin(call: RequestContext, author: int | None) -> None:
    if author is None:
        return
    refuses = await call.connection.fetchval(ORIGIN, row_id(author))
    if refuses is None:
        raise NotFound("User not found", place="$.body.forwarded_from_user_id")
    if refuses and author != call.user_id:
        raise Forbidden("This message cannot be forwarded - sender has disabled forwarding")


async def edit(call: RequestContext) -> dict[str, Any]:
    """Change the text of one's own message; the first version is kept beside it."""
    content = call.body(Edit).content
    found = await access.message(call)
    if found["sender_user_id"] != call.user_id:
        raise Forbidden("You can only edit your own messages")
    await call.connection.execute(EDIT, found["id"], content)
    return done("Message edited", message_id=found["id"])


async def delete(call: RequestContext) -> dict[str, Any]:
    """Delete one's own message for everybody; it loses its pin, too."""
    found = await access.message(call)
    if found["sender_user_id"] != call.user_id:
        raise Forbidden("You can only delete your own messages")
    await call.connection.execute(DELETE, found["id"])
    await call.connection.execute("DELETE FROM pinned_messages WHERE message_id = $1", found["id"])
    return done("Message deleted")


ADD_REACTION = """INSERT INTO message_reactions (message_id, user_id, reaction) VALUES ($1, $2, $3)
    ON CONFLICT (message_id, user_id) DO UPDATE SET reaction = EXCLUDED.reaction, created_at = EXCLUDED.created_at"""
REMOVE_REACTION = "DELETE FROM message_reactions WHERE message_id = $1 AND user_id = $2 AND reaction = $3"


class NewReaction(msgspec.Struct):
    """An emoji or its name."""

    reaction: Annotated[str, Meta(min_length=1, max_length=50)]


async def react(call: RequestContext) -> dict[str, Any]:
    """React; it replaces the caller's earlier reaction."""
    reaction = call.body(NewReaction).reaction
    message = await access.message(call)
    await call.connection.execute(ADD_REACTION, message["id"], call.user_id, reaction)
    return done("Reaction added")


async def take_reaction_back(call: RequestContext) -> dict[str, Any]:
    """Take one's reaction back; none there is fine too."""
    reaction = call.request.match_info["reaction"]
    await call.connection.execute(REMOVE_REACTION, call.path_id("message_id"), call.user_id, reaction)
    return done("Reaction removed")


# The message first, in a statement of its own: who pins and who unpins at the same moment wait for one another there,
# and what comes after sees what the other did.
PIN = (
    """UPDATE chat_messages SET is_pinned = true, pinned_at = CURRENT_TIMESTAMP, pinned_by_user_id = $2
        WHERE id = $1""",
    """INSERT INTO pinned_messages (message_id, conversation_id, pinned_by_user_id, pinned_at)
        SELECT id, conversation_id, $2, pinned_at FROM chat_messages WHERE id = $1
        ON CONFLICT (message_id, conversation_id)
        DO UPDATE SET pinned_by_user_id = EXCLUDED.pinned_by_user_id, pinned_at = EXCLUDED.pinned_at""",
)
UNPIN = (
    """UPDATE chat_messages SET is_pinned = false, pinned_at = NULL, pinned_by_user_id = NULL,
        pinned_by_profile_id = NULL, pinned_by_profile_type = NULL WHERE id = $1""",
    "DELETE FROM pinned_messages WHERE message_id = $1",
)


async def pin(call: RequestContext) -> dict[str, Any]:
    """Pin; again renews who and when."""
    message = await access.message(call)
    access.check_admin(message, "pin messages")
    for statement in PIN:
        await call.connection.execute(statement, message["id"], call.user_id)
    return done("Message pinned")


async def unpin(call: RequestContext) -> dict[str, Any]:
    """Unpin; not pinned is fine too."""
    message = await access.message(call)
    access.check_admin(message, "unpin messages")
    for statement in UNPIN:
        await call.connection.execute(statement, message["id"])
    return done("Message unpinned")


ROUTES = (
    Route("GET", "/api/chat/conversations/{conversation_id}/messages", list_messages),
    Route("POST", "/api/chat/conversations/{conversation_id}/messages", send),
    Route("PUT", "/api/chat/messages/{message_id}", edit),
    Route("DELETE", "/api/chat/messages/{message_id}", delete),
    Route("POST", "/api/chat/messages/{message_id}/reactions", react),
    Route("DELETE", "/api/chat/messages/{message_id}/reactions/{reaction}", take_reaction_back),
    Route("POST", "/api/chat/messages/{message_id}/pin", pin),
    Route("DELETE", "/api/chat/messages/{message_id}/pin", unpin),
)
