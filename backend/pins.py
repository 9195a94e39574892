"""Pinned messages: any participant pins in a direct chat, admins in groups and channels.

Both places that the table has seen in its history are written, so that older readers agree with us.
"""

from typing import Any

from backend import access
from backend.call import Call, Route, done

PIN = """WITH pin AS (
        INSERT INTO pinned_messages (message_id, conversation_id, pinned_by_user_id)
        VALUES ($1, $2, $3) ON CONFLICT (message_id, conversation_id)
        DO UPDATE SET pinned_by_user_id = EXCLUDED.pinned_by_user_id, pinned_at = EXCLUDED.pinned_at
        RETURNING pinned_at)
    UPDATE chat_messages SET is_pinned = true, pinned_at = pin.pinned_at, pinned_by_user_id = $3
    FROM pin WHERE id = $1"""
UNPIN = """WITH pin AS (DELETE FROM pinned_messages WHERE message_id = $1)
    UPDATE chat_messages SET is_pinned = false, pinned_at = NULL, pinned_by_user_id = NULL,
        pinned_by_profile_id = NULL, pinned_by_profile_type = NULL WHERE id = $1"""


async def pin(call: Call) -> dict[str, Any]:
    """Pin; again renews who and when."""
    message = await access.message(call)
    access.check_admin(message, "pin messages")
    await call.connection.execute(PIN, message["id"], message["conversation_id"], call.user_id)
    return done("Message pinned")


async def unpin(call: Call) -> dict[str, Any]:
    """Unpin; not pinned is fine too."""
    message = await access.message(call)
    access.check_admin(message, "unpin messages")
    await call.connection.execute(UNPIN, message["id"])
    return done("Message unpinned")


ROUTES = (
    Route("POST", "/api/chat/messages/{message_id}/pin", pin),
    Route("DELETE", "/api/chat/messages/{message_id}/pin", unpin),
)
