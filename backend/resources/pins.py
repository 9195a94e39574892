"""Pinned messages: any participant pins in a direct chat, admins in groups and channels.

Both places that the table has seen in its history are written, so that older readers agree with us.
"""

from typing import Any

from backend.http.request_context import RequestContext, Route, done
from backend.services import access

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
    Route("POST", "/api/chat/messages/{message_id}/pin", pin),
    Route("DELETE", "/api/chat/messages/{message_id}/pin", unpin),
)
