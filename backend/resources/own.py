"""What a conversation is to one user: muted, archived, read, cleared; and how far the others have read."""

from typing import Any

import msgspec

from backend.request_context import RequestContext, Route, done
from backend.resources import access
from backend.resources.messages import READ
from backend.sql import sql
from contracts.model.errors import Forbidden

MUTE = """UPDATE conversation_participants SET is_muted = $3, updated_at = now() AT TIME ZONE 'utc'
    WHERE user_id = $1 AND conversation_id = $2 AND coalesce(is_active, true) RETURNING id"""
ARCHIVE = """UPDATE conversation_participants SET is_archived = $3, updated_at = now() AT TIME ZONE 'utc'
    WHERE user_id = $1 AND conversation_id = $2 AND coalesce(is_active, true) RETURNING id"""
CLEAR = """UPDATE conversation_participants SET chat_cleared_at = now() AT TIME ZONE 'utc',
        last_read_at = now() AT TIME ZONE 'utc', updated_at = now() AT TIME ZONE 'utc',
        last_read_message_id = (SELECT max(id) FROM chat_messages WHERE conversation_id = $2)
    WHERE user_id = $1 AND conversation_id = $2 AND coalesce(is_active, true) RETURNING id"""


class Mute(msgspec.Struct):
    """Muted, or no longer."""

    is_muted: bool


class Archive(msgspec.Struct):
    """Archived, or no longer."""

    is_archived: bool


async def _change(call: RequestContext, statement: str, *values: object) -> None:
    found = await call.connection.fetchval(statement, call.user_id, call.path_id("conversation_id"), *values)
    if found is None:
        raise Forbidden(access.NOT_IN_IT)


async def mute(call: RequestContext) -> dict[str, Any]:
    """Mute, for the caller only."""
    wanted = call.body(Mute).is_muted
    await _change(call, MUTE, wanted)
    return done(f"Conversation {'muted' if wanted else 'unmuted'}", is_muted=wanted)


async def archive(call: RequestContext) -> dict[str, Any]:
    """Archive, for the caller only."""
    wanted = call.body(Archive).is_archived
    await _change(call, ARCHIVE, wanted)
    return done(f"Conversation {'archived' if wanted else 'unarchived'}", is_archived=wanted)


async def read(call: RequestContext) -> dict[str, Any]:
    """Mark everything as read without fetching it."""
    await _change(call, READ)
    return done("Marked as read")


async def clear(call: RequestContext) -> dict[str, Any]:
    """Hide everything so far, for the caller only."""
    await _change(call, CLEAR)
    return done("Chat history deleted for your account only")


OTHERS = sql("""SELECT u.id AS user_id, {name:u} AS name, u.profile_picture AS avatar, p.last_read_at,
        p.last_read_message_id, coalesce(s.read_receipts, true) AS shown
    FROM conversation_participants p JOIN users u ON u.id = p.user_id
    LEFT JOIN chat_settings s ON s.user_id = u.id
    WHERE p.conversation_id = $2 AND p.user_id <> $1 AND coalesce(p.is_active, true) ORDER BY p.id""")


async def read_status(call: RequestContext) -> dict[str, Any]:
    """Everybody else's, or why there is none in a direct conversation."""
    place = await access.conversation(call)
    others = await call.connection.fetch(OTHERS, call.user_id, place["id"])
    shown = [
        {name: value for name, value in row.items() if name != "shown"} for row in others if row["shown"]
    ]
    hidden = place["type"] == "direct" and bool(others) and not shown
    reason = None
    if hidden:
        reason = "User has disabled read receipts"
    elif place["type"] == "direct" and not others:
        reason = "No other participant"
    return {"type": place["type"], "hidden": hidden, "reason": reason, "read_status": shown}


ROUTES = (
    Route("PUT", "/api/chat/conversations/{conversation_id}/mute", mute),
    Route("PUT", "/api/chat/conversations/{conversation_id}/archive", archive),
    Route("POST", "/api/chat/conversations/{conversation_id}/read", read),
    Route("DELETE", "/api/chat/conversations/{conversation_id}/history", clear),
    Route("GET", "/api/chat/conversations/{conversation_id}/read-status", read_status),
)
