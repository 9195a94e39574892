"""Deleting everything: what a role has is hidden from it, and its settings go."""

from typing import Any, Final

from backend.legacy.call import Call, LegacyRoute

_CLEAR: Final = """WITH cleared AS (UPDATE conversation_participants SET chat_cleared_at = localtimestamp
    WHERE profile_id = $1 AND profile_type = $2 RETURNING id) SELECT count(*) FROM cleared"""
_SETTINGS: Final = "DELETE FROM chat_settings WHERE profile_id = $1 AND profile_type = $2"
_SESSIONS: Final = "DELETE FROM chat_active_sessions WHERE profile_id = $1 AND profile_type = $2"


async def delete(call: Call) -> dict[str, Any]:
    """For this role."""
    role = call.role
    cleared = await call.connection.fetchval(_CLEAR, role.id, role.type)
    await call.connection.execute(_SETTINGS, role.id, role.type)
    await call.connection.execute(_SESSIONS, role.id, role.type)
    text = "All chat data deleted for your account"
    return {"success": True, "message": text, "conversations_cleared": cleared}


ROUTES: Final = (LegacyRoute("DELETE", "/api/chat/data", delete),)
