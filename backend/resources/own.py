"""What a person does with a conversation for oneself: mute, archive, mark as read, clear."""

from typing import Any

import msgspec

from backend.http.request_context import RequestContext, Route, done
from backend.resources.messages import READ
from backend.services import access
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


ROUTES = (
    Route("PUT", "/api/chat/conversations/{conversation_id}/mute", mute),
    Route("PUT", "/api/chat/conversations/{conversation_id}/archive", archive),
    Route("POST", "/api/chat/conversations/{conversation_id}/read", read),
    Route("DELETE", "/api/chat/conversations/{conversation_id}/history", clear),
)
