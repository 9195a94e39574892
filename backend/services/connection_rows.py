"""Rows of connections as answers show them, and the profiles that take part in them."""

from collections.abc import Mapping
from typing import Any

from backend.database import Row
from backend.http.request_context import RequestContext
from contracts.model.errors import InvalidRequest, NotFound

# In the order in which a role is chosen for who names none.
PROFILES = """SELECT 'tutor' AS type, id, 1 AS rank FROM tutor_profiles WHERE user_id = $1
    UNION ALL SELECT 'student', id, 2 FROM student_profiles WHERE user_id = $1
    UNION ALL SELECT 'parent', id, 3 FROM parent_profiles WHERE user_id = $1 ORDER BY rank"""
OWNER = """SELECT user_id FROM (SELECT 'tutor' AS type, id, user_id FROM tutor_profiles
        UNION ALL SELECT 'student', id, user_id FROM student_profiles
        UNION ALL SELECT 'parent', id, user_id FROM parent_profiles) p WHERE p.type = $1 AND p.id = $2"""


def as_connection(row: Row, *, with_email: bool = True) -> dict[str, Any]:
    """A row of `connections.SELECT`; the addresses are for the two people themselves."""
    shown = dict(row)
    if not with_email:
        shown["requester_email"] = shown["recipient_email"] = None
    return shown


def direction_of(row: Row, caller: int) -> str | None:
    """How the connection looks from the caller: outgoing, incoming, or None for somebody else's."""
    if row["requested_by"] == caller:
        return "outgoing"
    return "incoming" if row["recipient_id"] == caller else None


def relation(row: Row | None, caller: int) -> dict[str, Any]:
    """The contract's Relation without times, of a row between the caller and one person."""
    if row is None:
        return {"is_connected": False, "status": None, "direction": None, "connection_id": None}
    return {
        "is_connected": row["status"] == "accepted",
        "status": row["status"],
        "direction": "outgoing" if row["requested_by"] == caller else "incoming",
        "connection_id": row["id"],
    }


async def profiles_of(call: RequestContext, user_id: int) -> dict[str, int]:
    """The person's profiles: type to id, in the order of preference."""
    return {row["type"]: row["id"] for row in await call.connection.fetch(PROFILES, user_id)}


async def user_of_profile(call: RequestContext, kind: str, profile_id: int) -> int:
    """Whose profile this is; raises `NotFound`."""
    found = await call.connection.fetchval(OWNER, kind, profile_id)
    if found is None:
        raise NotFound(f"{kind.capitalize()} profile with ID {profile_id} not found")
    return int(found)


def check_profile(role: str, profiles: Mapping[str, int], said: str) -> None:
    """Raises `InvalidRequest` unless the role is among the profiles; ``said`` names the role and the profiles."""
    if role not in profiles:
        raise InvalidRequest(said.format(role, ", ".join(profiles) or "none"))
