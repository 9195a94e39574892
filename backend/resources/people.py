"""What clients ask about people beside the chat: who am I, a profile's card, and how calls find a way."""

from typing import Any, Final

import asyncpg
import msgspec

from backend.request_context import RequestContext, Route
from backend.sql import sql
from contracts.model.errors import NotFound

ME = sql("""SELECT u.id, u.first_name, u.father_name, u.grandfather_name, u.last_name, u.naming_system,
        {name:u} AS name, u.email, u.phone, u.gender, u.profile_picture, u.roles::text AS roles, u.active_role,
        u.location, u.created_at, true AS is_active, jsonb_strip_nulls(jsonb_build_object(
            'student', (SELECT id FROM student_profiles WHERE user_id = u.id),
            'tutor', (SELECT id FROM tutor_profiles WHERE user_id = u.id),
            'parent', (SELECT id FROM parent_profiles WHERE user_id = u.id))) AS role_ids
    FROM users u WHERE u.id = $1""")
_CARD = """SELECT u.id AS user_id, p.id AS profile_id, {name:u} AS full_name, p.username, u.profile_picture,
        QUOTE AS quote, CASE WHEN u.display_location THEN u.location END AS location
    FROM TABLE p JOIN users u ON u.id = p.user_id WHERE p.id = $1 AND coalesce(p.is_active, true)"""
CARDS: Final = {
    kind: sql(_CARD.replace("TABLE", f"{kind}_profiles").replace("QUOTE", quote))
    for kind, quote in (
        ("student", "p.quote[1]"),
        ("tutor", "p.quote"),
        ("parent", "p.quote"),
        ("advertiser", "p.quote"),
    )
}


async def me(call: RequestContext) -> dict[str, Any]:
    """The caller's own account; `role_ids` are the profiles as the database has them now."""
    row = dict(await call.connection.fetchrow(ME, call.user_id) or {})
    row["roles"] = msgspec.json.decode(row["roles"]) if row["roles"] else []
    return {**row, "user_id": row["id"]}


async def card(call: RequestContext) -> dict[str, Any]:
    """What may be shown of a profile to anybody who is logged in."""
    statement = CARDS.get(call.request.match_info["type"].lower())
    try:
        row = await call.connection.fetchrow(statement, call.path_id("id")) if statement else None
    except asyncpg.UndefinedTableError:  # advertisers have moved to a database of their own
        row = None
    if row is None:
        raise NotFound("Profile not found")
    return dict(row)


async def turn_credentials(call: RequestContext) -> dict[str, Any]:
    """The servers that help two browsers to reach each other; those that the operator configured."""
    return {"iceServers": list(call.services.ice_servers)}


ROUTES = (
    Route("GET", "/api/me", me),
    Route("GET", "/api/turn-credentials", turn_credentials),
    Route("GET", "/api/{type:student|tutor|parent|advertiser}/{id}", card),
)
