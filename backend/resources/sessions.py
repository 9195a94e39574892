"""The devices on which a person uses the chat, as heartbeats and registrations leave them."""

import secrets
from typing import Annotated, Any, Literal

import msgspec
from msgspec import Meta

from backend.request_context import RequestContext, Route, done
from contracts.model.errors import NotFound

LIST = """SELECT id, coalesce(device_name, 'Unknown Device') AS device_name,
        coalesce(device_type, 'unknown') AS device_type, coalesce(browser, 'Unknown Browser') AS browser,
        coalesce(os, 'Unknown OS') AS os, ip_address, coalesce(location, 'Unknown Location') AS location,
        coalesce(is_current, false) AS is_current, coalesce(is_online AND last_active_at
            > (now() AT TIME ZONE 'utc') - interval '5 minutes', false) AS is_active,
        last_active_at AS last_active, created_at
    FROM chat_active_sessions WHERE user_id = $1 ORDER BY last_active_at DESC NULLS LAST, id"""
TERMINATE = "DELETE FROM chat_active_sessions WHERE user_id = $1 AND id = $2 RETURNING id"
# The calling one: by its token, else the one marked current, else the last active one.
TERMINATE_OTHERS = """DELETE FROM chat_active_sessions WHERE user_id = $1 AND id <> (
        SELECT id FROM chat_active_sessions WHERE user_id = $1
        ORDER BY session_token IS NOT DISTINCT FROM $2 DESC, coalesce(is_current, false) DESC,
            last_active_at DESC NULLS LAST, id DESC LIMIT 1)
    RETURNING id"""
REGISTER = """WITH others AS (
        UPDATE chat_active_sessions SET is_current = false WHERE user_id = $1 AND device_name <> $2)
    INSERT INTO chat_active_sessions AS s
        (user_id, device_name, device_type, browser, os, ip_address, session_token, is_current)
    VALUES ($1, $2, $3, $4, $5, $6, $7, true) ON CONFLICT (user_id, device_name) DO UPDATE SET
        device_type = EXCLUDED.device_type, browser = coalesce(EXCLUDED.browser, s.browser),
        os = coalesce(EXCLUDED.os, s.os), ip_address = EXCLUDED.ip_address, session_token = EXCLUDED.session_token,
        is_current = true, is_online = true, last_active_at = now() AT TIME ZONE 'utc'
    RETURNING id"""


class Device(msgspec.Struct):
    """What a device says of itself. One without a name is always the same one."""

    device_name: Annotated[str, Meta(max_length=100)] | None = None
    device_type: Literal["desktop", "mobile", "tablet", "unknown"] = "desktop"
    browser: Annotated[str, Meta(max_length=100)] | None = None
    os: Annotated[str, Meta(max_length=50)] | None = None


async def list_sessions(call: RequestContext) -> dict[str, Any]:
    """The caller's devices, the last active one first."""
    return {"sessions": [dict(row) for row in await call.connection.fetch(LIST, call.user_id)]}


async def terminate(call: RequestContext) -> dict[str, Any]:
    """Forget one device of the caller's."""
    found = await call.connection.fetchval(TERMINATE, call.user_id, call.path_id("session_id"))
    if found is None:
        raise NotFound("Session not found or not authorized")
    return done("Session terminated", terminated_session_id=found)


async def terminate_others(call: RequestContext) -> dict[str, Any]:
    """Forget all devices but the calling one."""
    token = call.text("current_session_token") or None
    gone = await call.connection.fetch(TERMINATE_OTHERS, call.user_id, token)
    return done("Other sessions terminated", terminated_count=len(gone))


async def register(call: RequestContext) -> dict[str, Any]:
    """Make this device the current one; its token names it in `terminate_others`."""
    device = call.body(Device)
    token = secrets.token_urlsafe(32)
    session_id = await call.connection.fetchval(
        REGISTER,
        call.user_id,
        device.device_name or "Unknown device",
        device.device_type,
        device.browser,
        device.os,
        call.remote,
        token,
    )
    return done("Session registered", session_id=session_id, session_token=token)


ROUTES = (
    Route("GET", "/api/chat/sessions", list_sessions),
    Route("DELETE", "/api/chat/sessions", terminate_others),
    Route("POST", "/api/chat/sessions/terminate-all", terminate_others),
    Route("POST", "/api/chat/sessions/register", register),
    Route("DELETE", "/api/chat/sessions/{session_id}", terminate),
)
