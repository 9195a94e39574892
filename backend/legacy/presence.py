"""Who is there, who is typing, and the devices of a role. Who types is only in this process's memory."""

import secrets
from typing import Any, Final

from backend.database import Row
from backend.legacy.call import Call, LegacyRoute, Refused, Role, fields, owner
from backend.legacy.names import ACTIVE, HIDDEN, choice, person

TYPING_S: Final = 5.0
#: $1 and $2 are the caller's profile, $3 and $4 the other one.
_STATUS: Final = f"""SELECT seen.is_online, seen.last_seen, {HIDDEN}
    FROM (SELECT $3::int AS profile_id, $4::text AS profile_type) t
    LEFT JOIN chat_settings s ON s.profile_id = t.profile_id AND s.profile_type = t.profile_type
        AND (t.profile_id, t.profile_type) <> ($1, $2)
    LEFT JOIN LATERAL ({ACTIVE} WHERE a.profile_id = t.profile_id AND a.profile_type = t.profile_type) seen ON true
    LIMIT 1"""  # noqa: S608
_BEAT: Final = """UPDATE chat_active_sessions SET last_active = localtimestamp, is_current = true,
        device_name = coalesce($2, device_name), device_type = $3, browser = coalesce($4, browser),
        os = coalesce($5, os) WHERE session_token = $1 RETURNING id"""
_FIRST: Final = """INSERT INTO chat_active_sessions (session_token, device_name, device_type, browser, os, ip_address,
        user_id, profile_id, profile_type, is_current, last_active)
    VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, true, localtimestamp) RETURNING id"""


async def _status(call: Call, role: Role) -> Row:
    row = await call.connection.fetchrow(_STATUS, call.role.id, call.role.type, role.id, role.type)
    assert row is not None  # noqa: S101 - one row always
    return row


async def get(call: Call) -> dict[str, Any]:
    """One role: null where it hides whether it is there."""
    row = await _status(call, Role(call.request.match_info["profile_type"], call.path("profile_id")))
    found: dict[str, Any] = {"is_online": None, "online_hidden": True}
    if not row["online_hidden"]:
        found = {"is_online": row["is_online"]}
    found |= fields(row, "last_seen")
    if row["last_seen_hidden"]:
        found |= {"last_seen": None, "last_seen_hidden": True}
    return found


async def bulk(call: Call) -> dict[str, Any]:
    """Many roles, by ``tutor_5``; what cannot be read is left out."""
    found = {}
    for key in filter(None, call.request.query.get("profile_ids", "").split(",")):
        type_, _, number = key.strip().rpartition("_")
        if not type_ or not number.isdigit():
            continue
        row = await _status(call, Role(type_, int(number)))
        found[key.strip()] = {
            "is_online": row["is_online"] and not row["online_hidden"],
            "last_seen": None if row["last_seen_hidden"] else fields(row, "last_seen")["last_seen"],
            **fields(row, "online_hidden", "last_seen_hidden"),
        }
    return {"statuses": found}


async def beat(call: Call) -> dict[str, Any]:
    """A sign of life: one session a role."""
    token = f"web-{await call.user_id()}-{call.role.id}-{call.role.type}"
    await _session(call, token, call.request.query.get("device_name"))
    return {"success": True, "last_active": "now"}


async def _session(call: Call, token: str, device: str | None) -> int:
    query = call.request.query
    values = token, device, query.get("device_type", "desktop"), query.get("browser"), query.get("os")
    found = await call.connection.fetchval(_BEAT, *values)
    if found is None:
        role, remote = call.role, call.request.remote
        found = await call.connection.fetchval(
            _FIRST, *values, remote, await call.user_id(), role.id, role.type
        )
    return int(found or 0)


async def set_typing(call: Call) -> dict[str, Any]:
    """For five seconds, unless the role does not show it."""
    number, role, typing = call.path("conversation_id"), call.role, call.flag("is_typing")
    shows = bool(await choice(call.connection, role, "typing_indicators", True))
    typists = call.services.typists.setdefault(number, {})
    if shows and typing:
        typists[role] = call.services.clock() + TYPING_S
    else:
        typists.pop(role, None)
    pair = {"profile_id": role.id, "profile_type": role.type}
    return {"broadcasted": shows, "conversation_id": number, **pair, "is_typing": typing}


async def get_typing(call: Call) -> dict[str, Any]:
    """Who else types; what they typed elsewhere is not known here."""
    typists, now = call.services.typists.get(call.path("conversation_id"), {}), call.services.clock()
    found = [
        await _typist(call, role) for role, until in typists.items() if until > now and role != call.role
    ]
    return {"typing_users": found, "is_someone_typing": bool(found)}


async def _typist(call: Call, role: Role) -> dict[str, Any]:
    row = await person(call.connection, await owner(call.connection, role), role)
    return {
        "profile_id": role.id,
        "profile_type": role.type,
        "user_name": row["full_name"],
        "avatar": row["profile_picture"],
    }


async def typing_allowed(call: Call) -> dict[str, Any]:
    """The role's own choice."""
    return {"can_broadcast_typing": bool(await choice(call.connection, call.role, "typing_indicators", True))}


_SESSIONS: Final = """SELECT id, coalesce(device_name, 'Unknown Device') AS device_name, device_type,
        coalesce(browser, 'Unknown Browser') AS browser, coalesce(os, 'Unknown OS') AS os, ip_address,
        coalesce(location, 'Unknown Location') AS location, coalesce(is_current, false) AS is_current,
        true AS is_active, last_active, created_at
    FROM chat_active_sessions WHERE profile_id = $1 AND profile_type = $2 ORDER BY last_active DESC, id"""
_TERMINATE: Final = """DELETE FROM chat_active_sessions WHERE id = $1 AND profile_id = $2 AND profile_type = $3
    RETURNING id"""
_OTHERS: Final = """WITH gone AS (DELETE FROM chat_active_sessions WHERE profile_id = $1 AND profile_type = $2
    AND session_token IS DISTINCT FROM $3 RETURNING id) SELECT count(*) FROM gone"""


async def list_sessions(call: Call) -> dict[str, Any]:
    """The devices of this role."""
    rows = await call.connection.fetch(_SESSIONS, call.role.id, call.role.type)
    return {"sessions": [fields(row) for row in rows]}


async def register(call: Call) -> dict[str, Any]:
    """A device more."""
    token = secrets.token_urlsafe(24)
    number = await _session(call, token, call.required("device_name"))
    return {"success": True, "session_id": number, "session_token": token}


async def terminate(call: Call) -> dict[str, Any]:
    """One of this role's."""
    number = call.path("session_id")
    if await call.connection.fetchval(_TERMINATE, number, call.role.id, call.role.type) is None:
        raise Refused(404, "Session not found or not authorized")
    return {"success": True, "terminated_session_id": number}


async def terminate_others(call: Call) -> dict[str, Any]:
    """All but the named one."""
    current = call.request.query.get("current_session_token")
    count = await call.connection.fetchval(_OTHERS, call.role.id, call.role.type, current)
    return {"success": True, "terminated_count": count}


_TYPING: Final = "/api/chat/conversations/{conversation_id}/typing"
ROUTES: Final = (
    LegacyRoute("GET", "/api/chat/users/online-status", bulk),
    LegacyRoute("GET", "/api/chat/users/{profile_id}/{profile_type}/status", get),
    LegacyRoute("POST", "/api/chat/users/status/update", beat),
    LegacyRoute("GET", _TYPING, get_typing),
    LegacyRoute("POST", _TYPING, set_typing),
    LegacyRoute("GET", f"{_TYPING}-allowed", typing_allowed),
    LegacyRoute("GET", "/api/chat/sessions", list_sessions),
    LegacyRoute("DELETE", "/api/chat/sessions", terminate_others),
    LegacyRoute("POST", "/api/chat/sessions/register", register),
    LegacyRoute("DELETE", "/api/chat/sessions/{session_id}", terminate),
)
