"""Requests for a connection that wait for an answer."""

from typing import Any, Literal

import msgspec

from backend.request_context import RequestContext, Route
from backend.sql import sql
from contracts.model.errors import NotFound

PENDING = sql("""SELECT k.id AS connection_id, k.requested_at, k.status, u.id AS user_id, {name:u} AS name,
        u.first_name, u.father_name, u.profile_picture AS avatar, u.email, $2::text AS request_direction
    FROM connections k
    JOIN users u ON u.id = CASE $2 WHEN 'sent' THEN k.recipient_id ELSE k.requested_by END
    WHERE k.status = 'pending' AND CASE $2 WHEN 'sent' THEN k.requested_by ELSE k.recipient_id END = $1
    ORDER BY k.requested_at DESC, k.id DESC LIMIT $3 OFFSET $4""")
RESPOND = """UPDATE connections SET status = $3::text, updated_at = now() AT TIME ZONE 'utc',
        connected_at = CASE WHEN $3::text = 'accepted' THEN now() AT TIME ZONE 'utc' END
    WHERE id = $2 AND recipient_id = $1 AND status = 'pending' RETURNING id"""


class Respond(msgspec.Struct):
    """What to do with a request."""

    action: Literal["accept", "reject"]


async def list_requests(call: RequestContext) -> dict[str, Any]:
    """Both directions, or the one asked for."""
    wanted = call.text("request_type", "all")
    page = call.page()
    found = {
        way: await call.connection.fetch(PENDING, call.user_id, way, *page) if wanted in (way, "all") else []
        for way in ("sent", "received")
    }
    return {
        "sent_requests": [dict(row) for row in found["sent"]],
        "received_requests": [dict(row) for row in found["received"]],
        "sent_count": len(found["sent"]),
        "received_count": len(found["received"]),
    }


async def respond(call: RequestContext) -> dict[str, Any]:
    """Accept or reject; only the recipient can, and only once."""
    status = "accepted" if call.body(Respond).action == "accept" else "rejected"
    found = await call.connection.fetchval(RESPOND, call.user_id, call.path_id("connection_id"), status)
    if found is None:
        raise NotFound("Connection request not found")
    return {"message": f"Connection request {status}", "connection_id": found, "status": status}


ROUTES = (
    Route("GET", "/api/chat/connection-requests", list_requests),
    Route("POST", "/api/chat/connection-requests/{connection_id}/respond", respond),
)
