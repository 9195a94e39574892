"""What clients ask about people beside the chat: who am I, a profile's card, and how calls find a way."""

from collections.abc import Mapping
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
    FROM TABLE p JOIN users u ON u.id = p.user_id WHERE p.WHOSE = $1 AND coalesce(p.is_active, true)"""
_QUOTES: Final = {"student": "p.quote[1]", "tutor": "p.quote", "parent": "p.quote", "advertiser": "p.quote"}


def _cards(key: str) -> dict[str, str]:
    """The statement for each type, by the profile's ``id`` or by its ``user_id``."""
    texts = {kind: _CARD.replace("TABLE", f"{kind}_profiles").replace("WHOSE", key) for kind in _QUOTES}
    return {kind: sql(text.replace("QUOTE", _QUOTES[kind])) for kind, text in texts.items()}


CARDS: Final = _cards("id")
OWN_CARDS: Final = _cards("user_id")


async def me(call: RequestContext) -> dict[str, Any]:
    """The caller's own account; `role_ids` are the profiles as the database has them now."""
    row = dict(await call.connection.fetchrow(ME, call.user_id) or {})
    row["roles"] = msgspec.json.decode(row["roles"]) if row["roles"] else []
    return {**row, "user_id": row["id"]}


async def card(call: RequestContext) -> dict[str, Any]:
    """What may be shown of a profile to anybody who is logged in."""
    return await _card(call, CARDS, call.path_id("id"))


async def own_card(call: RequestContext) -> dict[str, Any]:
    """The caller's own profile of a type; the call client reads its ``id`` and opens its socket under that name."""
    row = await _card(call, OWN_CARDS, call.user_id)
    return {"id": row["profile_id"], **row}


async def _card(call: RequestContext, statements: Mapping[str, str], key: int) -> dict[str, Any]:
    try:
        row = await call.connection.fetchrow(statements[call.request.match_info["type"]], key)
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
    Route("GET", "/api/{type:student|tutor|parent|advertiser}/profile", own_card),
    Route("GET", "/api/{type:student|tutor|parent|advertiser}/{id}", card),
)
