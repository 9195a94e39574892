"""What a conversation is to one role: muted, cleared; archived for everybody; and how far others have read."""

from typing import Any, Final

from backend.legacy.call import Call, LegacyRoute, Refused, fields
from backend.legacy.names import NAME, PROFILES, member

_MUTE: Final = """UPDATE conversation_participants SET is_muted = $4, updated_at = localtimestamp
    WHERE conversation_id = $1 AND profile_id = $2 AND profile_type = $3"""


async def mute(call: Call) -> dict[str, Any]:
    """For this role; nothing happens for a role that is not in it."""
    muted = call.flag("muted")
    await call.connection.execute(_MUTE, call.path("conversation_id"), call.role.id, call.role.type, muted)
    return {"success": True, "muted": muted}


async def archive(call: Call) -> dict[str, Any]:
    """For everybody."""
    archived = call.flag("archived")
    statement = "UPDATE conversations SET is_archived = $2, updated_at = localtimestamp WHERE id = $1"
    await call.connection.execute(statement, call.path("conversation_id"), archived)
    return {"success": True, "archived": archived}


_CLEAR: Final = """UPDATE conversation_participants SET chat_cleared_at = localtimestamp, last_read_at = localtimestamp
    WHERE conversation_id = $1 AND profile_id = $2 AND profile_type = $3"""


async def clear(call: Call) -> dict[str, Any]:
    """Hide everything so far from this role."""
    number = call.path("conversation_id")
    await member(call, number)
    await call.connection.execute(_CLEAR, number, call.role.id, call.role.type)
    return {"success": True, "message": "Chat history deleted for your account only"}


_READERS: Final = f"""SELECT p.profile_id, p.profile_type, {NAME} AS name, u.profile_picture AS avatar,
        p.last_read_at, p.last_read_message_id, coalesce(s.read_receipts, true) AS shown
    FROM conversation_participants p JOIN users u ON u.id = p.user_id
    LEFT JOIN {PROFILES} pr ON pr.id = p.profile_id AND pr.type = p.profile_type
    LEFT JOIN chat_settings s ON s.profile_id = p.profile_id AND s.profile_type = p.profile_type
    WHERE p.conversation_id = $1 AND (p.profile_id, p.profile_type) <> ($2, $3) AND coalesce(p.is_active, true)
    ORDER BY p.id"""  # noqa: S608


async def read_status(call: Call) -> dict[str, Any]:
    """Of a group everybody else's; of a direct conversation the partner's, unless it is hidden."""
    number = call.path("conversation_id")
    kind = await call.connection.fetchval("SELECT type FROM conversations WHERE id = $1", number)
    if kind is None:
        raise Refused(404, "Conversation not found")
    rows = await call.connection.fetch(_READERS, number, call.role.id, call.role.type)
    if kind != "direct":
        names = ("profile_id", "profile_type", "name", "avatar", "last_read_at", "last_read_message_id")
        return {"readers": [fields(row, *names) for row in rows if row["shown"]]}
    if not rows:
        return {"read_status": None, "hidden": False, "reason": "No other participant"}
    if not rows[0]["shown"]:
        return {"read_status": None, "hidden": True, "reason": "User has disabled read receipts"}
    return {"read_status": fields(rows[0], "last_read_at", "last_read_message_id"), "hidden": False}


ROUTES: Final = (
    LegacyRoute("PUT", "/api/chat/conversations/{conversation_id}/mute", mute),
    LegacyRoute("PUT", "/api/chat/conversations/{conversation_id}/archive", archive),
    LegacyRoute("DELETE", "/api/chat/conversations/{conversation_id}/history", clear, swallows=True),
    LegacyRoute("GET", "/api/chat/conversations/{conversation_id}/read-status", read_status),
)
