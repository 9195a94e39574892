"""How far the others have read: only of those who show read receipts."""

from typing import Any

from backend.http.request_context import RequestContext, Route
from backend.services import access
from backend.sql import sql

OTHERS = sql("""SELECT u.id AS user_id, {name:u} AS name, u.profile_picture AS avatar, p.last_read_at,
        p.last_read_message_id, coalesce(s.read_receipts, true) AS shown
    FROM conversation_participants p JOIN users u ON u.id = p.user_id
    LEFT JOIN chat_settings s ON s.user_id = u.id
    WHERE p.conversation_id = $2 AND p.user_id <> $1 AND coalesce(p.is_active, true) ORDER BY p.id""")


async def get(call: RequestContext) -> dict[str, Any]:
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


ROUTES = (Route("GET", "/api/chat/conversations/{conversation_id}/read-status", get),)
