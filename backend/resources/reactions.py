"""Reactions: one per person and message, the newest."""

from typing import Annotated, Any

import msgspec
from msgspec import Meta

from backend.http.request_context import RequestContext, Route, done
from backend.services import access

ADD = """INSERT INTO message_reactions (message_id, user_id, reaction) VALUES ($1, $2, $3)
    ON CONFLICT (message_id, user_id) DO UPDATE SET reaction = EXCLUDED.reaction, created_at = EXCLUDED.created_at"""
REMOVE = "DELETE FROM message_reactions WHERE message_id = $1 AND user_id = $2 AND reaction = $3"


class NewReaction(msgspec.Struct):
    """An emoji or its name."""

    reaction: Annotated[str, Meta(min_length=1, max_length=50)]


async def add(call: RequestContext) -> dict[str, Any]:
    """React; it replaces the caller's earlier reaction."""
    reaction = call.body(NewReaction).reaction
    message = await access.message(call)
    await call.connection.execute(ADD, message["id"], call.user_id, reaction)
    return done("Reaction added")


async def remove(call: RequestContext) -> dict[str, Any]:
    """Take one's reaction back; none there is fine too."""
    reaction = call.request.match_info["reaction"]
    await call.connection.execute(REMOVE, call.path_id("message_id"), call.user_id, reaction)
    return done("Reaction removed")


ROUTES = (
    Route("POST", "/api/chat/messages/{message_id}/reactions", add),
    Route("DELETE", "/api/chat/messages/{message_id}/reactions/{reaction}", remove),
)
