"""What a caller may touch: conversations that it is in, and messages in them. Everything else is a 403 or 404."""

from typing import Final

from backend.database import Row
from backend.request_context import RequestContext
from contracts.model.errors import Forbidden, NotFound

NOT_IN_IT: Final = "You are not a participant in this conversation"

MEMBERSHIP = """SELECT c.id, c.type, me.role, me.chat_cleared_at,
        (SELECT o.user_id FROM conversation_participants o WHERE o.conversation_id = c.id AND o.user_id <> $1
            AND c.type = 'direct' ORDER BY coalesce(o.is_active, true) DESC, o.id LIMIT 1) AS other_user_id
    FROM conversation_participants me JOIN conversations c ON c.id = me.conversation_id
    WHERE me.user_id = $1 AND me.conversation_id = $2 AND coalesce(me.is_active, true)"""
MESSAGE = """SELECT m.id, m.conversation_id, m.sender_user_id, c.type, me.role
    FROM chat_messages m JOIN conversations c ON c.id = m.conversation_id
    LEFT JOIN conversation_participants me
        ON me.conversation_id = c.id AND me.user_id = $1 AND coalesce(me.is_active, true)
    WHERE m.id = $2 AND NOT coalesce(m.is_deleted, false)"""


async def conversation(call: RequestContext, conversation_id: int | None = None) -> Row:
    """The conversation named, or the one in the path.

    The row has id, type, the caller's role, and the other person of a direct one. Raises `Forbidden` also for one
    that does not exist: who is not in it learns nothing.
    """
    wanted = call.path_id("conversation_id") if conversation_id is None else conversation_id
    row = await call.connection.fetchrow(MEMBERSHIP, call.user_id, wanted)
    if row is None:
        raise Forbidden(NOT_IN_IT)
    return row


async def message(call: RequestContext) -> Row:
    """The message in the path: id, conversation_id, sender_user_id, type and role as in `conversation`.

    Raises `NotFound`, or `Forbidden` when the caller is not in its conversation.
    """
    row = await call.connection.fetchrow(MESSAGE, call.user_id, call.path_id("message_id"))
    if row is None:
        raise NotFound("Message not found")
    if row["role"] is None:
        raise Forbidden(NOT_IN_IT)
    return row


def check_admin(row: Row, deed: str) -> None:
    """In groups and channels only admins do this; raises `Forbidden` otherwise."""
    if row["type"] != "direct" and row["role"] != "admin":
        raise Forbidden(f"Only admins can {deed}")
