"""Calls and the call log: beginning a call, its progress, and what clients record of the calls of a conversation."""

from datetime import UTC, datetime
from typing import Annotated, Any, Literal

import msgspec
from msgspec import Meta

from backend.database import Row, row_id
from backend.helpers import check_can_call
from backend.request_context import RequestContext, Route, done
from backend.resources import access
from backend.resources.groups import Id
from backend.sql import sql
from contracts.model.errors import Forbidden, InvalidValue, NotFound

CallType = Literal["voice", "video"]
Status = Literal[
    "initiated", "ringing", "answered", "missed", "declined", "cancelled", "no_answer", "ended", "failed"
]
Seconds = Annotated[int, Meta(ge=0, le=2**31 - 1)]

# `l` is the log and `u` who rang.
COLUMNS = sql("""l.id, l.conversation_id, l.caller_user_id, {name:u} AS caller_name,
        u.profile_picture AS caller_avatar, l.caller_user_id = $1 AS is_caller, l.call_type, l.status, l.started_at,
        l.answered_at, l.ended_at, l.duration_seconds, l.created_at""")


def with_columns(text: str) -> str:
    """The statement with the columns of a call in the place of COLUMNS."""
    return sql(text.replace("COLUMNS", COLUMNS))


CREATE = with_columns("""WITH l AS (
        INSERT INTO call_logs (conversation_id, caller_user_id, call_type) VALUES ($2, $1, $3) RETURNING *)
    SELECT COLUMNS FROM l JOIN users u ON u.id = l.caller_user_id""")
UPDATE = with_columns("""WITH l AS (
        UPDATE call_logs SET status = $3::text,
            answered_at = CASE WHEN $3::text = 'answered' THEN coalesce(answered_at, now() AT TIME ZONE 'utc')
                ELSE answered_at END,
            ended_at = CASE WHEN $3::text IN ('ended', 'missed', 'declined', 'cancelled', 'no_answer', 'failed')
                THEN coalesce(ended_at, now() AT TIME ZONE 'utc') ELSE ended_at END,
            duration_seconds = coalesce($4, duration_seconds, CASE WHEN $3::text = 'ended' THEN greatest(
                0, extract(epoch FROM now() AT TIME ZONE 'utc' - answered_at)::int) END)
        WHERE id = $2 RETURNING *)
    SELECT COLUMNS FROM l JOIN users u ON u.id = l.caller_user_id""")
LIST = with_columns("""SELECT COLUMNS, c.type AS conversation_type,
        CASE WHEN c.type <> 'direct' THEN c.name END AS conversation_name, w.id AS other_id, {name:w} AS other_name,
        w.profile_picture AS other_avatar, w.email AS other_email
    FROM conversation_participants me JOIN conversations c ON c.id = me.conversation_id
    JOIN call_logs l ON l.conversation_id = c.id JOIN users u ON u.id = l.caller_user_id
    LEFT JOIN LATERAL (SELECT p.user_id FROM conversation_participants p
        WHERE c.type = 'direct' AND p.conversation_id = c.id AND p.user_id <> $1
        ORDER BY coalesce(p.is_active, true) DESC, p.id LIMIT 1) o ON true
    LEFT JOIN users w ON w.id = o.user_id
    WHERE me.user_id = $1 AND coalesce(me.is_active, true)
    ORDER BY l.started_at DESC NULLS LAST, l.id DESC LIMIT $2 OFFSET $3""")
# Somebody in the conversation may say how the call goes on, not only who rang.
FIND = """SELECT l.id, me.id IS NOT NULL AS mine FROM call_logs l
    LEFT JOIN conversation_participants me ON me.conversation_id = l.conversation_id AND me.user_id = $1
        AND coalesce(me.is_active, true)
    WHERE l.id = $2"""


class NewCall(msgspec.Struct):
    """Where, and of which kind."""

    conversation_id: Id
    call_type: CallType


class Change(msgspec.Struct):
    """How it goes on; seconds are counted from the answer when not given."""

    status: Status
    duration_seconds: Seconds | None = None


async def create(call: RequestContext) -> dict[str, Any]:
    """Begin a call, if the other person of a direct conversation allows it."""
    new = call.body(NewCall)
    place = await access.conversation(call, row_id(new.conversation_id))
    if place["other_user_id"] is not None:
        allowed, reason = await check_can_call(call.connection, call.user_id, place["other_user_id"])
        if not allowed:
            raise Forbidden(reason)
    row = await call.connection.fetchrow(CREATE, call.user_id, place["id"], new.call_type)
    return {"call": dict(row or {}), "message": "Call initiated"}


async def find(call: RequestContext, name: str, missing: str) -> int:
    """The id of the call in the path, which must be in one of the caller's conversations."""
    row = await call.connection.fetchrow(FIND, call.user_id, call.path_id(name))
    if row is None:
        raise NotFound(missing)
    if not row["mine"]:
        raise Forbidden(access.NOT_IN_IT)
    return int(row["id"])


async def update(call: RequestContext) -> dict[str, Any]:
    """Say how a call goes on."""
    change = call.body(Change)
    found = await find(call, "call_id", "Call not found")
    row = await call.connection.fetchrow(UPDATE, call.user_id, found, change.status, change.duration_seconds)
    return done(f"Call status updated to {change.status}", call=dict(row or {}))


async def list_calls(call: RequestContext) -> dict[str, Any]:
    """Newest first."""
    rows = await call.connection.fetch(LIST, call.user_id, *call.page())
    return {"calls": [_with_other(row) for row in rows]}


def _with_other(row: Row) -> dict[str, Any]:
    shown = {name: value for name, value in row.items() if not name.startswith("other_")}
    shown["other_user"] = None
    if row["other_id"] is not None:
        shown["other_user"] = {
            "user_id": row["other_id"],
            "name": row["other_name"],
            "avatar": row["other_avatar"],
            "email": row["other_email"],
        }
    return shown


CREATE_LOG = """INSERT INTO call_logs (conversation_id, caller_user_id, call_type, status, started_at, answered_at,
        ended_at, duration_seconds)
    SELECT $1, user_id, $3, $4, coalesce($5, now() AT TIME ZONE 'utc'), $6, $7, $8
    FROM conversation_participants WHERE conversation_id = $1 AND user_id = $2 RETURNING id"""
# Both sides write down the same call. The lock keeps two that come at once from both finding nothing.
LOCK_LOGS = "SELECT pg_advisory_xact_lock(hashtext('call_logs'), $1)"
OPEN_LOG = """SELECT id FROM call_logs WHERE conversation_id = $1 AND ended_at IS NULL
        AND status IN ('initiated', 'ringing', 'answered')
        AND created_at > localtimestamp - make_interval(secs => $2)
    ORDER BY created_at DESC, id DESC LIMIT 1"""
#: So long after a call began, in seconds, a second entry means the same call: it rings for 25, and is answered by then.
SAME_CALL_S = 60.0
# What is over is not begun again by what comes late.
UPDATE_LOG = """UPDATE call_logs SET status = CASE
        WHEN ended_at IS NOT NULL AND $2 IN ('initiated', 'ringing', 'answered') THEN status
        ELSE coalesce($2, status) END, answered_at = coalesce($3, answered_at),
    ended_at = coalesce($4, ended_at), duration_seconds = coalesce($5, duration_seconds) WHERE id = $1"""
LIST_LOGS = with_columns("""SELECT COLUMNS FROM call_logs l JOIN users u ON u.id = l.caller_user_id
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


class LogChange(msgspec.Struct):
    """What is absent or null stays."""

    status: Status | None = None
    answered_at: datetime | None = None
    ended_at: datetime | None = None
    duration_seconds: Seconds | None = None


async def create_log(call: RequestContext) -> dict[str, Any]:
    """Write a call down. Who is called may do it, too: `caller_user_id` says who rang."""
    new = call.body(NewLog)
    place = await access.conversation(call, row_id(new.conversation_id))
    await call.connection.execute(LOCK_LOGS, place["id"])
    begun = await call.connection.fetchval(OPEN_LOG, place["id"], SAME_CALL_S)
    if begun is not None:
        return await _went_on(call, begun, new)
    log_id = await call.connection.fetchval(
        CREATE_LOG,
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
    return done("Call log created", call_log_id=log_id)


async def _went_on(call: RequestContext, log_id: int, new: NewLog) -> dict[str, Any]:
    """The other side writes down a call that has an entry: what it knows more goes there."""
    status = None if new.status == "initiated" else new.status
    times = in_utc(new.answered_at), in_utc(new.ended_at)
    await call.connection.execute(UPDATE_LOG, log_id, status, *times, new.duration_seconds)
    return done("Call log created", call_log_id=log_id)


def in_utc(time: datetime | None) -> datetime | None:
    """The time as the table keeps it."""
    return time.astimezone(UTC) if time is not None and time.tzinfo else time


async def update_log(call: RequestContext) -> dict[str, Any]:
    """Change what is given. Either side may: the one who is called knows when it was answered."""
    change = call.body(LogChange)
    found = await find(call, "id", "Call log not found")
    times = in_utc(change.answered_at), in_utc(change.ended_at)
    await call.connection.execute(UPDATE_LOG, found, change.status, *times, change.duration_seconds)
    return done("Call log updated")


async def list_logs(call: RequestContext) -> dict[str, Any]:
    """The calls of one conversation."""
    place = await access.conversation(call, call.path_id("id"))
    rows = await call.connection.fetch(LIST_LOGS, call.user_id, place["id"])
    return {"success": True, "call_logs": [dict(row) for row in rows]}


ROUTES = (
    Route("GET", "/api/chat/calls", list_calls),
    Route("POST", "/api/chat/calls", create),
    Route("PUT", "/api/chat/calls/{call_id}", update),
    Route("POST", "/api/call-logs", create_log),
    Route("GET", "/api/call-logs/{id}", list_logs),
    Route("PUT", "/api/call-logs/{id}", update_log),
)
