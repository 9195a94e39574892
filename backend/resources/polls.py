"""Polls of a conversation: everybody in it votes, who asked ends or deletes."""

from datetime import UTC, datetime, timedelta
from typing import Annotated, Any

import msgspec
from msgspec import Meta

from backend.database import Row, row_id
from backend.request_context import RequestContext, Route, done
from backend.resources import access
from backend.resources.groups import Id
from backend.sql import sql
from contracts.model.errors import Forbidden, InvalidRequest, NotFound

# $1 the caller, $2 polls or null, $3 a conversation or null.
POLLS = sql("""SELECT p.id, p.conversation_id, p.question, coalesce(p.multiple_choice, false) AS multiple_choice,
        coalesce(p.anonymous, false) AS anonymous,
        CASE WHEN p.status = 'active' AND p.end_time <= now() THEN 'ended' ELSE p.status END AS status,
        p.end_time, p.created_at, u.id AS creator_id, {name:u} AS creator_name,
        (SELECT coalesce(array_agg(v.option_id ORDER BY v.id), '{}') FROM poll_votes v
            WHERE v.poll_id = p.id AND v.user_id = $1) AS user_votes,
        (SELECT coalesce(jsonb_agg(jsonb_build_object('id', o.id, 'text', o.option_text, 'votes',
                (SELECT count(*) FROM poll_votes v WHERE v.option_id = o.id), 'voters',
                (SELECT coalesce(jsonb_agg(jsonb_build_object('user_id', w.id, 'name', {name:w}) ORDER BY v.id), '[]')
                    FROM poll_votes v JOIN users w ON w.id = v.user_id
                    WHERE v.option_id = o.id AND NOT coalesce(p.anonymous, false)))
                ORDER BY o.option_order, o.id), '[]')
            FROM poll_options o WHERE o.poll_id = p.id) AS options
    FROM polls p LEFT JOIN users u ON u.id = p.created_by_user_id
    WHERE ($2::int IS NULL OR p.id = $2) AND ($3::int IS NULL OR p.conversation_id = $3)
    ORDER BY p.created_at DESC, p.id""")
# Locked, so that two votes of one person at once see each other.
FIND = """SELECT p.id, p.conversation_id, p.created_by_user_id, coalesce(p.multiple_choice, false) AS multiple_choice,
        p.status <> 'active' OR coalesce(p.end_time <= now(), false) AS over,
        EXISTS (SELECT FROM conversation_participants me WHERE me.conversation_id = p.conversation_id
            AND me.user_id = $1 AND coalesce(me.is_active, true)) AS mine
    FROM polls p WHERE p.id = $2"""
FIND_LOCKED = FIND + " FOR UPDATE OF p"
CREATE = """WITH poll AS (
        INSERT INTO polls (conversation_id, created_by_user_id, question, multiple_choice, anonymous, end_time)
        VALUES ($1, $2, $3, $4, $5, $6) RETURNING id),
    options AS (
        INSERT INTO poll_options (poll_id, option_text, option_order)
        SELECT poll.id, text, position - 1 FROM poll, unnest($7::text[]) WITH ORDINALITY AS o(text, position))
    SELECT id FROM poll"""
HAS_OPTION = "SELECT EXISTS (SELECT FROM poll_options WHERE poll_id = $1 AND id = $2)"
TAKE_BACK = "DELETE FROM poll_votes WHERE poll_id = $1 AND option_id = $2 AND user_id = $3 RETURNING id"
TAKE_BACK_ALL = "DELETE FROM poll_votes WHERE poll_id = $1 AND user_id = $2"
VOTE = "INSERT INTO poll_votes (poll_id, option_id, user_id) VALUES ($1, $2, $3)"
END = "UPDATE polls SET status = 'ended', end_time = now() WHERE id = $1"
DELETE = "DELETE FROM polls WHERE id = $1"

Text = Annotated[str, Meta(min_length=1, max_length=255)]


class NewPoll(msgspec.Struct):
    """The contract's body; null or 0 hours: no end."""

    conversation_id: Id
    question: Annotated[str, Meta(max_length=1000)]
    options: Annotated[list[Text], Meta(max_length=100)]
    multiple_choice: bool = False
    anonymous: bool = False
    end_time_hours: Annotated[int, Meta(ge=0, le=87_600)] | None = 24


class Vote(msgspec.Struct):
    """For what."""

    option_id: Id


def as_poll(row: Row, now: datetime) -> dict[str, Any]:
    """One row of `POLLS` as the contract's Poll."""
    total = sum(option["votes"] for option in row["options"])
    poll = {name: value for name, value in row.items() if not name.startswith("creator_")}
    poll["options"] = [
        {**option, "percentage": round(100 * option["votes"] / total, 1) if total else 0.0}
        for option in row["options"]
    ]
    poll["total_votes"] = total
    poll["time_remaining"] = remaining(row["end_time"], now) if row["status"] == "active" else None
    creator = {"user_id": row["creator_id"], "name": row["creator_name"]}
    poll["created_by"] = creator if row["creator_id"] is not None else None
    return poll


def remaining(end: datetime | None, now: datetime) -> str | None:
    """`2d left`, `1h 5m left`, `59m left`; None without an end."""
    if end is None:
        return None
    minutes = max(0, int((end - now).total_seconds() // 60))
    if minutes >= 24 * 60:
        return f"{minutes // (24 * 60)}d left"
    return f"{minutes // 60}h {minutes % 60}m left" if minutes >= 60 else f"{minutes}m left"


async def _polls(
    call: RequestContext, poll_id: int | None, conversation_id: int | None
) -> list[dict[str, Any]]:
    rows = await call.connection.fetch(POLLS, call.user_id, poll_id, conversation_id)
    now = datetime.now(UTC)
    return [as_poll(row, now) for row in rows]


async def _answer(call: RequestContext, poll_id: int, message: str, **more: object) -> dict[str, Any]:
    return done(message, poll=(await _polls(call, poll_id, None))[0], **more)


async def _find(call: RequestContext, statement: str = FIND_LOCKED) -> Row:
    row = await call.connection.fetchrow(statement, call.user_id, call.path_id("poll_id"))
    if row is None:
        raise NotFound("Poll not found")
    if not row["mine"]:
        raise Forbidden(access.NOT_IN_IT)
    return row


async def _own(call: RequestContext, deed: str) -> Row:
    poll = await _find(call)
    if poll["created_by_user_id"] != call.user_id:
        raise Forbidden(f"Only the poll creator can {deed} the poll")
    return poll


async def list_polls(call: RequestContext) -> dict[str, Any]:
    """The polls of a conversation, newest first."""
    place = await access.conversation(call)
    polls = await _polls(call, None, place["id"])
    return {"polls": polls, "count": len(polls)}


async def get(call: RequestContext) -> dict[str, Any]:
    """One poll, bare."""
    poll = await _find(call, FIND)
    return (await _polls(call, poll["id"], None))[0]


async def create(call: RequestContext) -> dict[str, Any]:
    """Ask."""
    new = call.body(NewPoll)
    if not new.question.strip():
        raise InvalidRequest("Poll question is required", place="$.body.question")
    if len(new.options) < 2:
        raise InvalidRequest("Poll must have at least 2 options", place="$.body.options")
    if len(new.options) > 10:
        raise InvalidRequest("Poll cannot have more than 10 options", place="$.body.options")
    place = await access.conversation(call, row_id(new.conversation_id))
    end = datetime.now(UTC) + timedelta(hours=new.end_time_hours) if new.end_time_hours else None
    poll_id = await call.connection.fetchval(
        CREATE, place["id"], call.user_id, new.question, new.multiple_choice, new.anonymous, end, new.options
    )
    return await _answer(call, poll_id, "Poll created successfully")


async def vote(call: RequestContext) -> dict[str, Any]:
    """Vote; the same once more takes it back."""
    option = row_id(call.body(Vote).option_id)
    poll = await _find(call)
    await _check_open(call, poll, option)
    if await call.connection.fetchval(TAKE_BACK, poll["id"], option, call.user_id) is not None:
        return await _answer(call, poll["id"], "Vote removed successfully", action="removed")
    if not poll["multiple_choice"]:
        await call.connection.execute(TAKE_BACK_ALL, poll["id"], call.user_id)
    await call.connection.execute(VOTE, poll["id"], option, call.user_id)
    return await _answer(call, poll["id"], "Vote added successfully", action="added")


async def _check_open(call: RequestContext, poll: Row, option: int) -> None:
    if poll["over"]:
        raise InvalidRequest("Poll has ended")
    if not await call.connection.fetchval(HAS_OPTION, poll["id"], option):
        raise InvalidRequest("Invalid option for this poll", place="$.body.option_id")


async def vote_remove(call: RequestContext) -> dict[str, Any]:
    """Take a vote back."""
    option = call.id("option_id")
    poll = await _find(call)
    if poll["over"]:
        raise InvalidRequest("Poll has ended")
    if await call.connection.fetchval(TAKE_BACK, poll["id"], option, call.user_id) is None:
        raise NotFound("Vote not found")
    return await _answer(call, poll["id"], "Vote removed successfully")


async def end(call: RequestContext) -> dict[str, Any]:
    """End one's own poll before its time."""
    poll = await _own(call, "end")
    if poll["over"]:
        raise InvalidRequest("Poll has already ended")
    await call.connection.execute(END, poll["id"])
    return await _answer(call, poll["id"], "Poll ended successfully")


async def delete(call: RequestContext) -> dict[str, Any]:
    """Delete one's own poll with its votes."""
    poll = await _own(call, "delete")
    await call.connection.execute(DELETE, poll["id"])
    return done("Poll deleted successfully")


ROUTES = (
    Route("POST", "/api/chat/polls", create),
    Route("GET", "/api/chat/polls/conversation/{conversation_id}", list_polls),
    Route("GET", "/api/chat/polls/{poll_id}", get),
    Route("DELETE", "/api/chat/polls/{poll_id}", delete),
    Route("POST", "/api/chat/polls/{poll_id}/vote", vote),
    Route("DELETE", "/api/chat/polls/{poll_id}/vote", vote_remove),
    Route("PUT", "/api/chat/polls/{poll_id}/end", end),
)
