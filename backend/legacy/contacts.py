"""Contacts and requests of one role, and whom it has blocked."""

from typing import Any, Final

import msgspec

from backend.database import Row
from backend.legacy.call import Call, LegacyRoute, Refused, Role, fields, owner
from backend.legacy.names import NAME, PROFILES

#: Both directions of the connections of the profile $1 of the person $2; the old query does not look at the type.
_SIDES: Final = """(SELECT id, status, requested_at, connected_at, recipient_id AS other_user, recipient_type AS type,
        recipient_profile_id AS profile_id, 'sent' AS direction
        FROM connections WHERE requested_by = $2 AND requester_profile_id = $1
    UNION ALL SELECT id, status, requested_at, connected_at, requested_by, requester_type, requester_profile_id,
        'received' FROM connections WHERE recipient_id = $2 AND recipient_profile_id = $1)"""
_JOINED: Final = f"""FROM {_SIDES} k JOIN users u ON u.id = k.other_user
    LEFT JOIN {PROFILES} pr ON pr.id = k.profile_id AND pr.type = k.type"""
_CONTACTS: Final = f"""SELECT k.id AS connection_id, k.connected_at, u.id AS contact_user_id,
        k.type AS contact_profile_type, k.profile_id AS contact_profile_id, u.first_name, u.father_name,
        u.profile_picture, u.email, u.last_login, {NAME} AS display_name, u.profile_picture AS avatar,
        c.id AS conversation_id, c.last_message_at
    {_JOINED}
    LEFT JOIN LATERAL (SELECT c.id, c.last_message_at FROM conversations c
        JOIN conversation_participants x ON x.conversation_id = c.id AND x.profile_id = $1 AND x.profile_type = $3
        JOIN conversation_participants y ON y.conversation_id = c.id AND y.profile_id = k.profile_id
            AND y.profile_type = k.type
        WHERE c.type = 'direct' ORDER BY c.id LIMIT 1) c ON true
    WHERE k.status = 'accepted' AND ($4 = '' OR strpos(lower(concat_ws(' ', u.first_name, u.father_name, u.email)),
        lower($4)) > 0)
    ORDER BY k.connected_at DESC NULLS FIRST, k.id DESC LIMIT $5 OFFSET $6"""  # noqa: S608
_REQUESTS: Final = f"""SELECT k.id AS connection_id, k.requested_at, k.status, u.id AS user_id, k.type AS profile_type,
        k.profile_id, u.first_name, u.father_name, u.profile_picture, u.email, {NAME} AS display_name,
        u.profile_picture AS avatar, k.direction AS request_direction
    {_JOINED} WHERE k.status = 'pending' ORDER BY k.requested_at DESC, k.id DESC"""
_RESPOND: Final = """UPDATE connections SET status = $3::text, updated_at = localtimestamp,
        connected_at = CASE WHEN $3::text = 'accepted' THEN localtimestamp ELSE connected_at END
    WHERE id = $1 AND recipient_id = $2 AND status = 'pending' RETURNING id"""


async def list_contacts(call: Call) -> dict[str, Any]:
    """Accepted connections, the latest first."""
    role, search = call.role, call.request.query.get("search", "")
    limit, offset = min(call.number("limit", 50), 100), call.number("offset", 0)
    rows = await call.connection.fetch(
        _CONTACTS, role.id, await call.user_id(), role.type, search, limit, offset
    )
    found = [_contact(row) for row in rows]
    return {"contacts": found, "total": len(found)}


def _contact(row: Row) -> dict[str, Any]:
    found = {**fields(row), "is_online": False}
    if row["conversation_id"] is None:
        del found["conversation_id"], found["last_message_at"]
    return found


async def list_requests(call: Call) -> dict[str, Any]:
    """What waits for an answer, in both directions."""
    rows = await call.connection.fetch(_REQUESTS, call.role.id, await call.user_id())
    sent, received = (
        [fields(row) for row in rows if row["request_direction"] == way] for way in ("sent", "received")
    )
    return {
        "sent_requests": sent,
        "received_requests": received,
        "sent_count": len(sent),
        "received_count": len(received),
    }


async def respond(call: Call) -> dict[str, Any]:
    """Any word but accept rejects."""
    status = "accepted" if call.required("action") == "accept" else "rejected"
    found = await call.connection.fetchval(_RESPOND, call.path("connection_id"), await call.user_id(), status)
    if found is None:
        raise Refused(404, "Connection request not found")
    return {"message": f"Connection request {status}", "connection_id": found, "status": status}


_BLOCK: Final = """INSERT INTO blocked_chat_contacts (blocker_profile_id, blocker_profile_type, blocker_user_id,
        blocked_profile_id, blocked_profile_type, blocked_user_id, reason)
    VALUES ($1, $2, $3, $4, $5, $6, $7) ON CONFLICT DO NOTHING"""
_UNBLOCK: Final = """DELETE FROM blocked_chat_contacts WHERE blocker_profile_id = $1 AND blocker_profile_type = $2
    AND blocked_profile_id = $3 AND blocked_profile_type = $4"""
_BLOCKED: Final = """SELECT b.id, b.blocker_profile_id, b.blocker_profile_type, b.blocker_user_id,
        b.blocked_profile_id, b.blocked_profile_type, b.blocked_user_id, b.reason, b.blocked_at, b.block_type,
        u.first_name, u.father_name, u.profile_picture
    FROM blocked_chat_contacts b JOIN users u ON u.id = b.blocked_user_id
    WHERE b.blocker_profile_id = $1 AND b.blocker_profile_type = $2 ORDER BY b.blocked_at DESC, b.id DESC"""


class Block(msgspec.Struct):
    """Whom, and why."""

    blocked_profile_id: int
    blocked_profile_type: str
    blocked_user_id: int | None = None
    reason: str | None = None


async def block(call: Call) -> dict[str, Any]:
    """One role blocks another; nobody is asked whether they exist."""
    new, role = call.body(Block), call.role
    them = Role(new.blocked_profile_type, new.blocked_profile_id)
    user = new.blocked_user_id or await owner(call.connection, them)
    await call.connection.execute(
        _BLOCK, role.id, role.type, await call.user_id(), them.id, them.type, user, new.reason
    )
    return {"success": True}


async def unblock(call: Call) -> dict[str, Any]:
    """It need not be blocked."""
    them = call.path("profile_id"), call.request.match_info["profile_type"]
    await call.connection.execute(_UNBLOCK, call.role.id, call.role.type, *them)
    return {"success": True}


async def list_blocked(call: Call) -> dict[str, Any]:
    """Whom this role has blocked, the latest first."""
    rows = await call.connection.fetch(_BLOCKED, call.role.id, call.role.type)
    return {"blocked": [fields(row) for row in rows]}


ROUTES: Final = (
    LegacyRoute("GET", "/api/chat/contacts", list_contacts),
    LegacyRoute("GET", "/api/chat/connection-requests", list_requests),
    LegacyRoute("POST", "/api/chat/connection-requests/{connection_id}/respond", respond),
    LegacyRoute("POST", "/api/chat/block", block),
    LegacyRoute("DELETE", "/api/chat/block/{profile_id}/{profile_type}", unblock),
    LegacyRoute("GET", "/api/chat/blocked", list_blocked),
)
