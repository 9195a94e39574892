"""Blocked persons. Unblocking removes the row: the older shape has no other way to say it."""

from typing import Annotated, Any

import msgspec
from msgspec import Meta

from backend.database import row_id
from backend.request_context import RequestContext, Route, done
from backend.sql import sql
from contracts.model.errors import InvalidRequest, NotFound
from contracts.model.profile import MAX_ID

BLOCK = """INSERT INTO blocked_chat_contacts (blocker_user_id, blocked_user_id, reason, is_active)
    SELECT $1, id, $3, true FROM users WHERE id = $2
    ON CONFLICT (blocker_user_id, blocked_user_id) DO UPDATE SET is_active = true, reason = EXCLUDED.reason,
        blocked_at = CASE WHEN blocked_chat_contacts.is_active
            THEN blocked_chat_contacts.blocked_at ELSE EXCLUDED.blocked_at END
    RETURNING id"""
UNBLOCK = "DELETE FROM blocked_chat_contacts WHERE blocker_user_id = $1 AND blocked_user_id = $2"
LIST = sql("""SELECT b.id, u.id AS user_id, {name:u} AS name, u.first_name, u.father_name,
        u.profile_picture AS avatar, b.reason, b.blocked_at
    FROM blocked_chat_contacts b JOIN users u ON u.id = b.blocked_user_id
    WHERE b.blocker_user_id = $1 AND coalesce(b.is_active, true) ORDER BY b.blocked_at DESC NULLS LAST, b.id DESC""")


class Block(msgspec.Struct):
    """Whom, and why."""

    blocked_user_id: Annotated[int, Meta(ge=1, le=MAX_ID)]
    reason: Annotated[str, Meta(max_length=1000)] | None = None


async def block(call: RequestContext) -> dict[str, Any]:
    """Block a person; again is fine and renews the reason."""
    wanted = call.body(Block)
    if wanted.blocked_user_id == call.user_id:
        raise InvalidRequest("You cannot block yourself", place="$.body.blocked_user_id")
    found = await call.connection.fetchval(BLOCK, call.user_id, row_id(wanted.blocked_user_id), wanted.reason)
    if found is None:
        raise NotFound("User not found", place="$.body.blocked_user_id")
    return done("User blocked successfully")


async def unblock(call: RequestContext) -> dict[str, Any]:
    """Unblock a person; not blocked is fine too."""
    await call.connection.execute(UNBLOCK, call.user_id, call.path_id("blocked_user_id"))
    return done("User unblocked successfully")


async def list_blocked(call: RequestContext) -> dict[str, Any]:
    """Whom the caller has blocked, newest first."""
    return {"blocked_contacts": [dict(row) for row in await call.connection.fetch(LIST, call.user_id)]}


ROUTES = (
    Route("POST", "/api/chat/block", block),
    Route("DELETE", "/api/chat/block/{blocked_user_id}", unblock),
    Route("GET", "/api/chat/blocked", list_blocked),
)
