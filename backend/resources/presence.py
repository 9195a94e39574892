"""Presence: true only within five minutes of the last heartbeat, and only for those who may know."""

from typing import Any, Final

from backend.database import row_id
from backend.request_context import RequestContext, Route, done
from backend.sql import sql
from contracts.model.errors import InvalidValue
from contracts.model.profile import parse_id

MOST_PEOPLE: Final = 1000
DEVICES: Final = ("desktop", "mobile", "tablet", "unknown")

PRESENCE = sql("""SELECT asked.user_id, {seen:u}
    FROM unnest($2::bigint[]) WITH ORDINALITY AS asked(user_id, position)
    LEFT JOIN users u ON u.id = asked.user_id {presence:u} ORDER BY asked.position""")
HEARTBEAT = """INSERT INTO chat_active_sessions (user_id, device_name, device_type, browser, os, ip_address, is_online)
    VALUES ($1, $2, $3, $4, $5, $6, $7) ON CONFLICT (user_id, device_name) DO UPDATE SET
        device_type = EXCLUDED.device_type, browser = coalesce(EXCLUDED.browser, chat_active_sessions.browser),
        os = coalesce(EXCLUDED.os, chat_active_sessions.os), is_online = EXCLUDED.is_online,
        ip_address = coalesce(EXCLUDED.ip_address, chat_active_sessions.ip_address),
        last_active_at = now() AT TIME ZONE 'utc'"""


async def bulk(call: RequestContext) -> dict[str, Any]:
    """Several persons, in the order asked; an unknown one is offline."""
    people = _people(call.text("user_ids"))
    return {"statuses": [dict(row) for row in await call.connection.fetch(PRESENCE, call.user_id, people)]}


def _people(text: str) -> list[int]:
    items = [item.strip() for item in text.split(",") if item.strip()]
    if len(items) > MOST_PEOPLE:
        raise InvalidValue(f"at most {MOST_PEOPLE} people at once", place="$.query.user_ids")
    return [parse_id(item, f"$.query.user_ids[{position}]") for position, item in enumerate(items)]


async def get(call: RequestContext) -> dict[str, Any]:
    """One person."""
    asked = parse_id(call.request.match_info["target_user_id"], "$.path.target_user_id")
    rows = await call.connection.fetch(PRESENCE, call.user_id, [asked])
    return dict(rows[0])


async def update(call: RequestContext) -> dict[str, Any]:
    """A heartbeat of one device. A device without a name is always the same one."""
    device = call.text("device_name", longest=100) or "Unknown device"
    kind = call.choice("device_type", "desktop", DEVICES)
    browser, system = call.text("browser")[:100] or None, call.text("os")[:50] or None
    online = call.flag("is_online", default=True)
    await call.connection.execute(
        HEARTBEAT, row_id(call.user_id), device, kind, browser, system, call.remote, online
    )
    return done("Status updated", last_active="now")


ROUTES = (
    Route("GET", "/api/chat/users/online-status", bulk),
    Route("GET", "/api/chat/users/{target_user_id}/status", get),
    Route("POST", "/api/chat/users/status/update", update),
)
