"""Connections between people, in the one shape that they always had: user ids, and the roles in which they met."""

from collections.abc import Mapping
from typing import Any, Final, Literal

import msgspec
from aiohttp import web

from backend.database import Row, row_id
from backend.request_context import RequestContext, Route, as_json
from backend.resources.groups import Id, People
from backend.sql import sql
from contracts.model.errors import Forbidden, InvalidRequest, NotFound

Role = Literal["tutor", "student", "parent"]
STATES: Final = {
    "pending": "pending response",
    "accepted": "already connected",
    "rejected": "rejected",
    "blocked": "blocked",
}

# $1 whose, $2 one connection, $3 status, $4 direction, $5 role, $6 search; null is no restriction.
SELECT = sql("""SELECT k.id, k.requested_by, k.requester_type, k.recipient_id, k.recipient_type, k.status,
        k.requested_at, k.connected_at, k.updated_at, k.requester_profile_id, k.recipient_profile_id,
        {name:a} AS requester_name, a.email AS requester_email, a.profile_picture AS requester_profile_picture,
        a.roles::jsonb AS requester_roles, {name:b} AS recipient_name, b.email AS recipient_email,
        b.profile_picture AS recipient_profile_picture, b.roles::jsonb AS recipient_roles
    FROM connections k JOIN users a ON a.id = k.requested_by JOIN users b ON b.id = k.recipient_id
    WHERE ($2::int IS NULL OR k.id = $2) AND ($2::int IS NOT NULL OR k.requested_by = $1 OR k.recipient_id = $1)
        AND ($3::text IS NULL OR k.status = $3)
        AND ($4::text = 'all' OR ($4 = 'outgoing' AND k.requested_by = $1) OR ($4 = 'incoming' AND k.recipient_id = $1))
        AND ($5::text IS NULL OR CASE WHEN k.requested_by = $1 THEN k.requester_type ELSE k.recipient_type END = $5)
        AND ($6::text IS NULL OR strpos(lower(CASE WHEN k.requested_by = $1 THEN concat_ws(' ', {name:b}, b.email)
            ELSE concat_ws(' ', {name:a}, a.email) END), lower($6)) > 0)
    ORDER BY k.requested_at DESC, k.id DESC""")
BETWEEN = """SELECT id, requested_by, status, requested_at, connected_at FROM connections
    WHERE (requested_by = $1 AND recipient_id = $2) OR (requested_by = $2 AND recipient_id = $1)
    ORDER BY status = 'accepted' DESC, id DESC LIMIT 1"""
STATS = """SELECT count(*) FILTER (WHERE status = 'accepted') AS accepted,
        count(*) FILTER (WHERE status = 'pending') AS pending,
        count(*) FILTER (WHERE status = 'pending' AND recipient_id = $1) AS incoming,
        count(*) FILTER (WHERE status = 'pending' AND requested_by = $1) AS outgoing,
        count(*) FILTER (WHERE status = 'rejected') AS rejected, count(*) FILTER (WHERE status = 'blocked') AS blocked
    FROM connections WHERE (requested_by = $1 OR recipient_id = $1)
        AND ($2::text IS NULL OR CASE WHEN requested_by = $1 THEN requester_type ELSE recipient_type END = $2)"""
CREATE = """INSERT INTO connections (requested_by, requester_type, requester_profile_id, recipient_id, recipient_type,
        recipient_profile_id) VALUES ($1, $2, $3, $4, $5, $6) RETURNING id"""
UPDATE = """UPDATE connections SET status = $2::text, updated_at = now() AT TIME ZONE 'utc',
    connected_at = CASE WHEN $2::text = 'accepted' THEN now() AT TIME ZONE 'utc' ELSE connected_at END WHERE id = $1"""
BATCH = """SELECT DISTINCT ON (p.id) p.id AS profile_id, k.id, k.requested_by, k.status
    FROM (SELECT 'tutor' AS type, id, user_id FROM tutor_profiles
        UNION ALL SELECT 'student', id, user_id FROM student_profiles
        UNION ALL SELECT 'parent', id, user_id FROM parent_profiles) p
    LEFT JOIN connections k ON (k.requested_by = $1 AND k.recipient_id = p.user_id)
        OR (k.requested_by = p.user_id AND k.recipient_id = $1)
    WHERE p.type = $2 AND p.id = ANY($3::int[]) ORDER BY p.id, k.status = 'accepted' DESC NULLS LAST, k.id DESC"""

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


def check_profile(role: str, profiles: Mapping[str, int], statement: str) -> None:
    """Raises `InvalidRequest` unless the role is among the profiles; ``said`` names the role and the profiles."""
    if role not in profiles:
        raise InvalidRequest(statement.format(role, ", ".join(profiles) or "none"))


class NewConnection(msgspec.Struct):
    """Whom, named as a person or by a profile, and in which roles."""

    recipient_type: Role
    recipient_id: Id | None = None
    recipient_profile_id: Id | None = None
    requester_type: Role | None = None


class Change(msgspec.Struct):
    """What becomes of it."""

    status: Literal["accepted", "rejected", "blocked"]


class Target(msgspec.Struct):
    """Whom to check."""

    target_user_id: Id


class Targets(msgspec.Struct):
    """Whose profiles to check."""

    target_profile_ids: People
    target_type: Role = "tutor"


async def list_connections(call: RequestContext) -> list[dict[str, Any]]:
    """The caller's own, newest request first."""
    rows = await call.connection.fetch(
        SELECT,
        call.user_id,
        None,
        call.text("status") or None,
        call.text("direction") or "all",
        call.text("role") or None,
        call.text("search", longest=255) or None,
    )
    return [as_connection(row) for row in rows]


async def of_user(call: RequestContext) -> list[dict[str, Any]]:
    """Somebody's; of others only accepted ones, and nobody's address."""
    person = call.path_id("target_user_id")
    own = person == call.user_id
    if not own and not await call.connection.fetchval(
        "SELECT EXISTS (SELECT FROM users WHERE id = $1)", person
    ):
        raise NotFound("User not found")
    status = call.text("status", "accepted") if own else "accepted"
    rows = await call.connection.fetch(SELECT, person, None, status or None, "all", None, None)
    return [as_connection(row, with_email=own) for row in rows]


async def stats(call: RequestContext) -> dict[str, int]:
    """How many there are of each kind."""
    row = dict(await call.connection.fetchrow(STATS, call.user_id, call.text("role") or None) or {})
    return {
        "total_connections": row["accepted"],
        "pending_count": row["pending"],
        "accepted_count": row["accepted"],
        "connected_count": row["accepted"],
        "incoming_requests": row["incoming"],
        "outgoing_requests": row["outgoing"],
        "rejected_count": row["rejected"],
        "blocked_count": row["blocked"],
    }


async def check(call: RequestContext) -> dict[str, Any]:
    """How the caller stands with one person."""
    target = row_id(call.body(Target).target_user_id)
    row = await call.connection.fetchrow(BETWEEN, call.user_id, target)
    times = {name: row[name] for name in ("requested_at", "connected_at")} if row else {}
    return {**relation(row, call.user_id), **times}


async def check_batch(call: RequestContext) -> dict[str, Any]:
    """The same for the owners of several profiles; unknown ones are left out."""
    wanted = call.body(Targets)
    ids = [row_id(profile) for profile in wanted.target_profile_ids]
    rows = await call.connection.fetch(BATCH, call.user_id, wanted.target_type, ids)
    found = {
        str(row["profile_id"]): relation(row if row["id"] is not None else None, call.user_id) for row in rows
    }
    return {"connections": found}


async def create(call: RequestContext) -> web.Response:
    """Ask for a connection; there is at most one between two people, whoever asked."""
    new = call.body(NewConnection)
    recipient = await _recipient(call, new)
    if recipient == call.user_id:
        raise InvalidRequest("Cannot connect with yourself")
    mine, theirs = await profiles_of(call, call.user_id), await profiles_of(call, recipient)
    if not mine:
        raise InvalidRequest(
            "You must have a profile (tutor/student/parent/advertiser) to create connections"
        )
    as_role: str = new.requester_type or next(iter(mine))
    check_profile(as_role, mine, "You don't have a '{}' profile. Your roles: {}")
    check_profile(new.recipient_type, theirs, "Target user does not have '{}' role. Available roles: {}")
    # Two requests at once would both find nothing.
    await call.connection.execute(
        "SELECT pg_advisory_xact_lock($1, $2)", min(call.user_id, recipient), max(call.user_id, recipient)
    )
    known = await call.connection.fetchrow(BETWEEN, call.user_id, recipient)
    if known:
        raise InvalidRequest(f"Connection already exists with status: {STATES[known['status']]}")
    roles = (as_role, mine[as_role]), (new.recipient_type, theirs[new.recipient_type])
    new_id = await call.connection.fetchval(CREATE, call.user_id, *roles[0], recipient, *roles[1])
    return as_json(as_connection(await _row(call, new_id)), 201)


async def _recipient(call: RequestContext, new: NewConnection) -> int:
    if new.recipient_profile_id is not None:
        return await user_of_profile(call, new.recipient_type, row_id(new.recipient_profile_id))
    if new.recipient_id is None:
        raise InvalidRequest("recipient_id or recipient_profile_id is required", place="$.body")
    recipient = row_id(new.recipient_id)
    if not await call.connection.fetchval("SELECT EXISTS (SELECT FROM users WHERE id = $1)", recipient):
        raise NotFound("Target user not found")
    return recipient


async def _row(call: RequestContext, connection_id: int) -> Row:
    row = await call.connection.fetchrow(SELECT, call.user_id, connection_id, None, "all", None, None)
    if row is None:
        raise NotFound("Connection not found")
    return row


async def _own(call: RequestContext, refusal: str) -> Row:
    row = await _row(call, call.path_id("connection_id"))
    if direction_of(row, call.user_id) is None:
        raise Forbidden(refusal)
    return row


async def get(call: RequestContext) -> dict[str, Any]:
    """One of the caller's."""
    return as_connection(await _own(call, "Not authorized to view this connection"))


async def update(call: RequestContext) -> dict[str, Any]:
    """Accept or reject (the recipient), or block (either)."""
    status = call.body(Change).status
    row = await _own(call, "You must be part of this connection to block")
    if status != "blocked" and row["recipient_id"] != call.user_id:
        raise Forbidden("Only the recipient can accept or reject connection requests")
    await call.connection.execute(UPDATE, row["id"], status)
    return as_connection(await _row(call, row["id"]))


async def delete(call: RequestContext) -> web.Response:
    """End it, from either side."""
    row = await _own(call, "Not authorized to delete this connection")
    await call.connection.execute("DELETE FROM connections WHERE id = $1", row["id"])
    return web.Response(status=204)


ROUTES = (
    Route("GET", "/api/connections", list_connections),
    Route("POST", "/api/connections", create),
    Route("GET", "/api/connections/stats", stats),
    Route("POST", "/api/connections/check", check),
    Route("POST", "/api/connections/check-batch", check_batch),
    Route("GET", "/api/connections/{connection_id}", get),
    Route("PUT", "/api/connections/{connection_id}", update),
    Route("DELETE", "/api/connections/{connection_id}", delete),
    Route("GET", "/api/users/{target_user_id}/connections", of_user),
)
