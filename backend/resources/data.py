"""Deleting one's chat data: hidden for oneself, or, only when the client says `confirm=true`, really deleted."""

from typing import Any, Final

from backend.request_context import RequestContext, Route, done

CLEAR = """UPDATE conversation_participants SET chat_cleared_at = now() AT TIME ZONE 'utc',
        last_read_at = now() AT TIME ZONE 'utc', updated_at = now() AT TIME ZONE 'utc'
    WHERE user_id = $1 AND coalesce(is_active, true)"""
FORGET_SETTINGS = "DELETE FROM chat_settings WHERE user_id = $1"
# What the person wrote and did is gone for everybody; what others wrote stays theirs.
ERASE: Final = (
    """UPDATE chat_messages SET is_deleted = true, deleted_for_everyone = true, is_pinned = false,
        deleted_at = coalesce(deleted_at, now() AT TIME ZONE 'utc'), content = NULL, original_content = NULL,
        media_url = NULL, media_metadata = NULL
    WHERE sender_user_id = $1""",
    """DELETE FROM pinned_messages p USING chat_messages m
    WHERE p.message_id = m.id AND (m.sender_user_id = $1 OR p.pinned_by_user_id = $1)""",
    "DELETE FROM message_reactions WHERE user_id = $1",
    "DELETE FROM poll_votes WHERE user_id = $1",
    "DELETE FROM blocked_chat_contacts WHERE blocker_user_id = $1",
    "DELETE FROM chat_active_sessions WHERE user_id = $1",
    "DELETE FROM chat_two_step_verification WHERE user_id = $1",
    """UPDATE conversation_participants SET is_active = false, left_at = now() AT TIME ZONE 'utc'
    WHERE user_id = $1 AND coalesce(is_active, true)""",
)


async def delete(call: RequestContext) -> dict[str, Any]:
    """All conversations, for the caller only; with `confirm=true` for everybody."""
    cleared = await call.connection.execute(CLEAR, call.user_id)
    if call.flag("confirm", default=False):
        for statement in ERASE:
            await call.connection.execute(statement, call.user_id)
    await call.connection.execute(FORGET_SETTINGS, call.user_id)
    count = int(cleared.rpartition(" ")[2])  # the command tag: UPDATE 4
    return done("All chat data deleted for your account", conversations_cleared=count)


ROUTES = (Route("DELETE", "/api/chat/data", delete),)
