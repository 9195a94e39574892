"""Polls. A vote is found by its bare profile number, whatever the type: student 5 takes tutor 5's vote away."""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any, Final

import msgspec

from backend.database import Row
from backend.legacy.call import Call, LegacyRoute, Refused
from backend.legacy.names import NAME, PROFILES

#: $1 the caller's profile number, $2 polls or null, $3 a conversation or null.
_POLLS: Final = f"""SELECT p.id, p.conversation_id, p.question, coalesce(p.multiple_choice, false) AS multiple_choice,
        coalesce(p.anonymous, false) AS anonymous, p.end_time, p.created_at,
        CASE WHEN p.status = 'active' AND p.end_time <= now() THEN 'ended' ELSE p.status END AS status,
        p.created_by_profile_id, p.created_by_profile_type,
        (SELECT {NAME} FROM {PROFILES} pr JOIN users u ON u.id = pr.user_id
            WHERE pr.id = p.created_by_profile_id AND pr.type = p.created_by_profile_type) AS creator_name,
        (SELECT coalesce(jsonb_agg(v.option_id ORDER BY v.id), '[]') FROM poll_votes v
            WHERE v.poll_id = p.id AND v.profile_id = $1) AS user_votes,
        (SELECT coalesce(jsonb_agg(jsonb_build_object('id', o.id, 'text', o.option_text, 'votes',
                (SELECT count(*) FROM poll_votes v WHERE v.option_id = o.id), 'voters',
                (SELECT coalesce(jsonb_agg(jsonb_build_object('profile_id', v.profile_id, 'profile_type',
                        v.profile_type, 'name', (SELECT {NAME} FROM {PROFILES} pr JOIN users u ON u.id = pr.user_id
                            WHERE pr.id = v.profile_id AND pr.type = v.profile_type)) ORDER BY v.id), '[]')
                    FROM poll_votes v WHERE v.option_id = o.id AND NOT coalesce(p.anonymous, false)))
                ORDER BY o.option_order, o.id), '[]')
            FROM poll_options o WHERE o.poll_id = p.id) AS options
    FROM polls p WHERE ($2::int IS NULL OR p.id = $2) AND ($3::int IS NULL OR p.conversation_id = $3)
    ORDER BY p.created_at DESC, p.id"""  # noqa: S608
_CREATE: Final = """WITH poll AS (INSERT INTO polls (conversation_id, created_by_user_id, created_by_profile_id,
        created_by_profile_type, question, multiple_choice, anonymous, end_time)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8) RETURNING id),
    options AS (INSERT INTO poll_options (poll_id, option_text, option_order)
        SELECT poll.id, text, position - 1 FROM poll, unnest($9::text[]) WITH ORDINALITY AS o(text, position))
    SELECT id FROM poll"""
_VOTE: Final = """INSERT INTO poll_votes (poll_id, option_id, user_id, profile_id, profile_type)
    VALUES ($1, $2, $3, $4, $5) ON CONFLICT DO NOTHING"""
_TAKE_BACK: Final = """DELETE FROM poll_votes WHERE poll_id = $1 AND profile_id = $2
    AND ($3::int IS NULL OR option_id = $3) RETURNING id"""


class NewPoll(msgspec.Struct):
    """A question; null or 0 hours: no end."""

    conversation_id: int
    question: str
    options: list[str]
    multiple_choice: bool = False
    anonymous: bool = False
    end_time_hours: int | None = 24


class Vote(msgspec.Struct):
    """For what."""

    option_id: int


async def _fetch(
    call: Call, poll: int | None = None, conversation: int | None = None
) -> list[dict[str, Any]]:
    rows = await call.connection.fetch(_POLLS, call.role.id, poll, conversation)
    return [_poll(row, datetime.now(UTC)) for row in rows]


async def _one(call: Call, number: int | None = None) -> dict[str, Any]:
    found = await _fetch(call, number or call.path("poll_id"))
    if not found:
        raise Refused(404, "Poll not found")
    return found[0]


def _poll(row: Row, now: datetime) -> dict[str, Any]:
    total = sum(option["votes"] for option in row["options"])
    names = "id", "conversation_id", "question", "multiple_choice", "anonymous", "status"
    return {
        **{name: row[name] for name in names},
        "options": [_option(option, total) for option in row["options"]],
        "total_votes": total,
        "end_time": _text(row["end_time"]),
        "time_remaining": _remaining(row, now),
        "created_at": _text(row["created_at"]),
        "created_by": {
            "profile_id": row["created_by_profile_id"],
            "profile_type": row["created_by_profile_type"],
            "name": row["creator_name"],
        },
        "user_votes": row["user_votes"],
    }


def _option(option: Mapping[str, Any], total: int) -> dict[str, Any]:
    share = round(100 * option["votes"] / total, 1) if total else 0
    return {
        "id": option["id"],
        "text": option["text"],
        "votes": option["votes"],
        "percentage": share,
        "voters": option["voters"],
    }


def _text(time: datetime | None) -> str | None:
    return time.isoformat() if time else None


def _remaining(row: Row, now: datetime) -> str | None:
    if row["status"] != "active" or row["end_time"] is None:
        return None
    minutes = int((row["end_time"] - now).total_seconds() // 60)
    hours, rest = divmod(max(0, minutes), 60)
    return f"{hours // 24}d {hours % 24}h left" if hours >= 24 else f"{hours}h {rest}m left"


async def list_polls(call: Call) -> dict[str, Any]:
    """The polls of a conversation, the newest first."""
    found = await _fetch(call, conversation=call.path("conversation_id"))
    return {"polls": found, "count": len(found)}


async def get(call: Call) -> dict[str, Any]:
    """One."""
    return await _one(call)


async def create(call: Call) -> dict[str, Any]:
    """Two to ten options."""
    new = call.body(NewPoll)
    if not new.question.strip():
        raise Refused(400, "Poll question is required")
    if len(new.options) < 2:
        raise Refused(400, "Poll must have at least 2 options")
    if len(new.options) > 10:
        raise Refused(400, "Poll cannot have more than 10 options")
    end = datetime.now(UTC) + timedelta(hours=new.end_time_hours) if new.end_time_hours else None
    who = await call.user_id() or None, call.role.id, call.role.type
    what = new.question, new.multiple_choice, new.anonymous, end, new.options
    number = await call.connection.fetchval(_CREATE, new.conversation_id, *who, *what)
    return {"success": True, "message": "Poll created successfully", "poll": await _one(call, number)}


async def vote(call: Call) -> dict[str, Any]:
    """The same once more takes it back; another option replaces it unless several may be chosen."""
    option, poll = call.body(Vote).option_id, await _one(call)
    if poll["status"] != "active":
        raise Refused(400, "Poll has ended")
    if option not in {one["id"] for one in poll["options"]}:
        raise Refused(400, "Invalid option for this poll")
    if option in poll["user_votes"]:
        return await _voted(call, "removed", await _take_back(call, option))
    if not poll["multiple_choice"]:
        await _take_back(call, None)
    role = call.role
    user_id = await call.user_id() or None
    await call.connection.execute(_VOTE, poll["id"], option, user_id, role.id, role.type)
    return await _voted(call, "added", found=True)


async def _take_back(call: Call, option: int | None) -> bool:
    return await call.connection.fetchval(_TAKE_BACK, call.path("poll_id"), call.role.id, option) is not None


async def _voted(call: Call, action: str, found: bool) -> dict[str, Any]:
    if not found:
        raise Refused(404, "Vote not found")
    message = f"Vote {action} successfully"
    return {"success": True, "action": action, "message": message, "poll": await _one(call)}


async def vote_remove(call: Call) -> dict[str, Any]:
    """One vote, or all."""
    await _one(call)
    option = call.number("option_id") if "option_id" in call.request.query else None
    found = await _voted(call, "removed", await _take_back(call, option))
    del found["action"]
    return found


async def _mine(call: Call, deed: str) -> dict[str, Any]:
    poll = await _one(call)
    creator = poll["created_by"]
    if (creator["profile_type"], creator["profile_id"]) != call.role:
        raise Refused(403, f"Only the poll creator can {deed} the poll")
    return poll


async def end(call: Call) -> dict[str, Any]:
    """Before its time."""
    poll = await _mine(call, "end")
    if poll["status"] != "active":
        raise Refused(400, "Poll has already ended")
    statement = "UPDATE polls SET status = 'ended', end_time = now() WHERE id = $1"
    await call.connection.execute(statement, poll["id"])
    return {"success": True, "message": "Poll ended successfully", "poll": await _one(call)}


async def delete(call: Call) -> dict[str, Any]:
    """With its votes."""
    poll = await _mine(call, "delete")
    await call.connection.execute("DELETE FROM polls WHERE id = $1", poll["id"])
    return {"success": True, "message": "Poll deleted successfully"}


ROUTES: Final = (
    LegacyRoute("POST", "/api/chat/polls", create),
    LegacyRoute("GET", "/api/chat/polls/conversation/{conversation_id}", list_polls),
    LegacyRoute("GET", "/api/chat/polls/{poll_id}", get),
    LegacyRoute("DELETE", "/api/chat/polls/{poll_id}", delete),
    LegacyRoute("POST", "/api/chat/polls/{poll_id}/vote", vote),
    LegacyRoute("DELETE", "/api/chat/polls/{poll_id}/vote", vote_remove),
    LegacyRoute("PUT", "/api/chat/polls/{poll_id}/end", end),
)
