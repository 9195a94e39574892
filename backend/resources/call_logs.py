"""RequestContext logs: what clients write down themselves about the calls of a conversation."""

from datetime import UTC, datetime
from typing import Any

import msgspec

from backend.database import row_id
from backend.http.request_context import RequestContext, Route, done
from backend.resources import calls
from backend.resources.calls import CallType, Seconds, Status, with_columns
from backend.resources.groups import Id
from backend.services import access
from contracts.model.errors import InvalidValue

CREATE = """INSERT INTO call_logs (conversation_id, caller_user_id, call_type, status, started_at, answered_at,
        ended_at, duration_seconds)
    SELECT $1, user_id, $3, $4, coalesce($5, now() AT TIME ZONE 'utc'), $6, $7, $8
    FROM conversation_participants WHERE conversation_id = $1 AND user_id = $2 RETURNING id"""
UPDATE = """UPDATE call_logs SET status = coalesce($2, status), answered_at = coalesce($3, answered_at),
    ended_at = coalesce($4, ended_at), duration_seconds = coalesce($5, duration_seconds) WHERE id = $1"""
LIST = with_columns("""SELECT COLUMNS FROM call_logs l JOIN users u ON u.id = l.caller_user_id
    WHERE l.conversation_id = $2 ORDER BY l.started_at DESC NULLS LAST, l.id DESC""")


class NewLog(msgspec.Struct):
    """The contract's body; times without a zone are UTC."""

    conversation_id: Id
    call_type: CallType
    status: Status
    caller_user_id: Id | None = None
    started_at: datetime | None = None
    answered_at: datetime | None = None
    ended_at: datetime | None = None
    duration_seconds: Seconds | None = None


class Change(msgspec.Struct):
    """What is absent or null stays."""

    status: Status | None = None
    answered_at: datetime | None = None
    ended_at: datetime | None = None
    duration_seconds: Seconds | None = None


async def create(call: RequestContext) -> dict[str, Any]:
    """Write a call down. Who is called may do it, too: `caller_user_id` says who rang."""
    new = call.body(NewLog)
    place = await access.conversation(call, row_id(new.conversation_id))
    log_id = await call.connection.fetchval(
        CREATE,
        place["id"],
        row_id(new.caller_user_id or call.user_id),
        new.call_type,
        new.status,
        in_utc(new.started_at),
        in_utc(new.answered_at),
        in_utc(new.ended_at),
        new.duration_seconds,
    )
    if log_id is None:
        raise InvalidValue("is not a participant of the conversation", place="$.body.caller_user_id")
    return done("RequestContext log created", call_log_id=log_id)


def in_utc(time: datetime | None) -> datetime | None:
    """The time as the table keeps it."""
    return time.astimezone(UTC) if time is not None and time.tzinfo else time


async def update(call: RequestContext) -> dict[str, Any]:
    """Change what is given. Either side may: the one who is called knows when it was answered."""
    change = call.body(Change)
    found = await calls.find(call, "id", "RequestContext log not found")
    times = in_utc(change.answered_at), in_utc(change.ended_at)
    await call.connection.execute(UPDATE, found, change.status, *times, change.duration_seconds)
    return done("RequestContext log updated")


async def list_logs(call: RequestContext) -> dict[str, Any]:
    """The calls of one conversation."""
    place = await access.conversation(call, call.path_id("id"))
    rows = await call.connection.fetch(LIST, call.user_id, place["id"])
    return {"success": True, "call_logs": [dict(row) for row in rows]}


ROUTES = (
    Route("POST", "/api/call-logs", create),
    Route("GET", "/api/call-logs/{id}", list_logs),
    Route("PUT", "/api/call-logs/{id}", update),
)
