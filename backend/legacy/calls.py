"""Calls, twice: among the chat's own, which ask for no token, and in the log, which does."""

from datetime import UTC, datetime
from typing import Any, Final

import msgspec

from backend.auth import caller_of
from backend.database import Row
from backend.legacy.call import Call, LegacyRoute, Refused, Role, fields
from backend.legacy.names import FULL_NAME, NAME, PROFILES, allows
from contracts.model.errors import GatewayError

_CREATE: Final = """INSERT INTO call_logs (conversation_id, caller_profile_id, caller_profile_type, caller_user_id,
    call_type) VALUES ($1, $2, $3, $4, $5) RETURNING id"""
_COLUMNS: Final = """l.id, l.conversation_id, l.caller_profile_id, l.caller_profile_type, l.caller_user_id,
    l.call_type, l.status, l.started_at, l.answered_at, l.ended_at, l.duration_seconds, l.participants, l.created_at"""
_LIST: Final = f"""SELECT {_COLUMNS}, c.type AS conversation_type, c.name AS conversation_name,
        other.name AS other_name, other.avatar AS other_avatar, other.email AS other_email
    FROM call_logs l JOIN conversations c ON c.id = l.conversation_id
    JOIN conversation_participants me ON me.conversation_id = c.id AND me.profile_id = $1 AND me.profile_type = $2
    LEFT JOIN LATERAL (SELECT {NAME} AS name, u.profile_picture AS avatar, u.email
        FROM conversation_participants p JOIN users u ON u.id = p.user_id
        LEFT JOIN {PROFILES} pr ON pr.id = p.profile_id AND pr.type = p.profile_type
        WHERE c.type = 'direct' AND p.conversation_id = c.id AND (p.profile_id, p.profile_type) <> ($1, $2)
        ORDER BY p.id LIMIT 1) other ON true
    ORDER BY l.started_at DESC NULLS LAST, l.id DESC LIMIT $3"""  # noqa: S608
_UPDATE: Final = """UPDATE call_logs SET status = coalesce($2, status), duration_seconds = coalesce($3,
        duration_seconds), answered_at = coalesce($4, answered_at,
        CASE WHEN $2 = 'answered' THEN localtimestamp END), ended_at = coalesce($5, ended_at,
        CASE WHEN $2 IN ('ended', 'missed', 'declined', 'failed') THEN localtimestamp END) WHERE id = $1 RETURNING id"""
_OTHERS: Final = """SELECT p.profile_id, p.profile_type, p.user_id FROM conversation_participants p
    JOIN conversations c ON c.id = p.conversation_id AND c.type = 'direct'
    WHERE c.id = $1 AND (p.profile_id, p.profile_type) <> ($2, $3)"""


async def list_calls(call: Call) -> dict[str, Any]:
    """The calls of this role's conversations."""
    rows = await call.connection.fetch(_LIST, call.role.id, call.role.type, call.number("limit", 50))
    return {"calls": [_shown(row) for row in rows]}


def _shown(row: Row) -> dict[str, Any]:
    found = {name: value for name, value in fields(row).items() if not name.startswith("other_")}
    if row["other_email"] is not None:
        found["other_participant"] = {name: row[f"other_{name}"] for name in ("name", "avatar", "email")}
    return found


async def create(call: Call) -> dict[str, Any]:
    """Ring; whoever asks, wherever."""
    number, role = call.number("conversation_id"), call.role
    for other in await call.connection.fetch(_OTHERS, number, role.id, role.type):
        them = Role(other["profile_type"], other["profile_id"])
        if not await allows(
            call.connection, "allow_calls_from", them, other["user_id"], await call.user_id()
        ):
            raise Refused(403, "This user has disabled calls")
    values = number, role.id, role.type, await call.user_id(), call.required("call_type")
    return {"call_id": await call.connection.fetchval(_CREATE, *values)}


async def update(call: Call) -> dict[str, Any]:
    """Anybody's."""
    seconds = call.number("duration_seconds") if "duration_seconds" in call.request.query else None
    await call.connection.execute(_UPDATE, call.path("call_id"), call.required("status"), seconds, None, None)
    return {"success": True}


_LOGS: Final = f"""SELECT {_COLUMNS}, {FULL_NAME} AS caller_name, l.caller_user_id = $2 AS is_caller
    FROM call_logs l JOIN users u ON u.id = l.caller_user_id
    WHERE l.conversation_id = $1 ORDER BY l.started_at DESC NULLS LAST, l.id DESC"""  # noqa: S608
_MEMBER: Final = """SELECT FROM conversation_participants
    WHERE conversation_id = $1 AND user_id = $2 AND coalesce(is_active, true)"""
_LOG: Final = """INSERT INTO call_logs (conversation_id, caller_profile_id, caller_profile_type, caller_user_id,
        call_type, status, started_at, answered_at, ended_at, duration_seconds)
    VALUES ($1, $2, $3, $4, $5, $6, coalesce($7, localtimestamp), $8, $9, $10) RETURNING id"""


class NewLog(msgspec.Struct):
    """A call as a client writes it down."""

    conversation_id: int
    call_type: str
    status: str = "initiated"
    caller_profile_id: int | None = None
    caller_profile_type: str | None = None
    started_at: datetime | None = None
    answered_at: datetime | None = None
    ended_at: datetime | None = None
    duration_seconds: int | None = None


class LogChange(msgspec.Struct):
    """What is absent stays."""

    status: str | None = None
    answered_at: datetime | None = None
    ended_at: datetime | None = None
    duration_seconds: int | None = None


def _caller(call: Call) -> int:
    """The token's person: the log is the one thing here that reads tokens."""
    try:
        return caller_of(call.request.headers.get("Authorization"), call.services.secret)
    except GatewayError as error:
        raise Refused(error.status, error.message) from None


async def _check_member(call: Call, conversation: int, user_id: int) -> None:
    if await call.connection.fetchrow(_MEMBER, conversation, user_id) is None:
        raise Refused(403, "Not a participant in this conversation")


def _utc(time: datetime | None) -> datetime | None:
    return time.astimezone(UTC) if time is not None and time.tzinfo else time


async def create_log(call: Call) -> dict[str, Any]:
    """Write a call down, under the pair that the client names."""
    new, user_id = call.body(NewLog), _caller(call)
    await _check_member(call, new.conversation_id, user_id)
    number = await call.connection.fetchval(
        _LOG,
        new.conversation_id,
        new.caller_profile_id,
        new.caller_profile_type,
        user_id,
        new.call_type,
        new.status,
        _utc(new.started_at),
        _utc(new.answered_at),
        _utc(new.ended_at),
        new.duration_seconds,
    )
    return {"success": True, "call_log_id": number, "message": "Call log created"}


async def list_logs(call: Call) -> dict[str, Any]:
    """The calls of one conversation."""
    number, user_id = call.path("id"), _caller(call)
    await _check_member(call, number, user_id)
    rows = await call.connection.fetch(_LOGS, number, user_id)
    return {"success": True, "call_logs": [fields(row) for row in rows]}


async def update_log(call: Call) -> dict[str, Any]:
    """Only who called may."""
    change, user_id, number = call.body(LogChange), _caller(call), call.path("id")
    who = await call.connection.fetchval("SELECT caller_user_id FROM call_logs WHERE id = $1", number)
    if who is None:
        raise Refused(404, "Call log not found")
    if who != user_id:
        raise Refused(403, "Not authorized to update this call log")
    times = _utc(change.answered_at), _utc(change.ended_at)
    await call.connection.execute(_UPDATE, number, change.status, change.duration_seconds, *times)
    return {"success": True, "message": "Call log updated"}


ROUTES: Final = (
    LegacyRoute("GET", "/api/chat/calls", list_calls),
    LegacyRoute("POST", "/api/chat/calls", create),
    LegacyRoute("PUT", "/api/chat/calls/{call_id}", update),
    LegacyRoute("POST", "/api/call-logs", create_log),
    LegacyRoute("GET", "/api/call-logs/{id}", list_logs),
    LegacyRoute("PUT", "/api/call-logs/{id}", update_log),
)
