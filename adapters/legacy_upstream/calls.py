"""Calls and the call log."""

from typing import Final

from adapters.legacy_upstream.answers import answer, body_of, call, done, listed, number, roster_of
from adapters.legacy_upstream.guards import may_call
from adapters.legacy_upstream.roles import about, members, role_among, role_in, roles_of
from adapters.legacy_upstream.row import OperationContext, Row
from adapters.optional import optional
from contracts.model.call_entry import goes_on
from contracts.model.document import Document, Node, opened, read
from contracts.model.errors import InvalidValue, UpstreamFailed
from contracts.model.profile import Profile, parse_id
from contracts.model.roster import Roster

#: The old list gives so many, and has no pages.
PAGE: Final = 50


async def create(asked: Document, context: OperationContext) -> Document:
    """The call as it was asked for; the old backend only says its number."""
    body = body_of(asked)
    conversation = parse_id(read(body, "conversation_id"), "$.body.conversation_id")
    kind = read(body, "call_type")
    if kind not in ("voice", "video"):
        raise InvalidValue("must be voice or video", place="$.body.call_type")
    query = {"conversation_id": str(conversation), "call_type": kind}
    response = await context.ask(
        "calls.create", await role_in(conversation, context), Document({}, query, None)
    )
    return answer(
        {"call": await _logged(conversation, response.body["call_id"], context), "message": "Call initiated"}
    )


async def _logged(conversation: int, call_id: object, context: OperationContext) -> Node:
    """A call as the log of its conversation has it now."""
    wanted = read({"id": call_id}, "id")
    asked = Document({"conversation_id": str(conversation)}, {}, None)
    log = await context.ask("call_logs.list", await role_in(conversation, context), asked)
    found = next((one for one in listed(log.body, "call_logs") if read(one, "id") == wanted), None)
    if found is None:
        raise UpstreamFailed
    return call(found, await roster_of([found], context, "caller_", users=("caller_user_id",)))


async def update(asked: Document, context: OperationContext) -> Document:
    """How a call goes on; the old backend says "success" to a call that it does not know."""
    found = await about("call", asked, context)
    body = body_of(asked)
    status, seconds = read(body, "status"), read(body, "duration_seconds")
    if not isinstance(status, str):
        raise InvalidValue("is missing", place="$.body.status")
    query = {"status": status} | ({"duration_seconds": str(seconds)} if seconds is not None else {})
    role = await role_in(found["conversation_id"], context)
    await context.ask("calls.update", role, Document(asked.path, query, None))
    logged = await _logged(found["conversation_id"], int(asked.path["call_id"]), context)
    return done(f"Call status updated to {status}", call=logged)


async def list_calls(asked: Document, context: OperationContext) -> Document:
    """Newest first, of all roles."""
    limit, offset = number(asked, "limit", 50, 100), number(asked, "offset", 0)
    found: dict[int, Node] = {}
    for role in roles_of(context.person):
        response = await context.ask("calls.list", role, Document({}, {"limit": str(PAGE)}, None))
        found |= {read(one, "id"): one for one in listed(response.body, "calls")}
    calls = sorted(found.values(), key=lambda one: read(one, "started_at") or "", reverse=True)
    shown = calls[offset : offset + limit]
    rows = await context.facts(
        "others", [read(one, "conversation_id") for one in shown], context.caller.user_id
    )
    others = {row["id"]: row["user_id"] for row in rows}
    known = [{"user_id": user} for user in others.values()]
    roster = await roster_of([*shown, *known], context, "caller_", users=("caller_user_id", "user_id"))
    return answer({"calls": [_entry(one, others.get(read(one, "conversation_id")), roster) for one in shown]})


def _entry(one: Node, other: int | None, roster: Roster) -> Node:
    partner = opened(one.get("other_participant"), "$.body.calls[].other_participant")
    shown = None
    if partner and other is not None:
        name = roster.modern_name(other, str(read(partner, "name") or ""))
        shown = {
            "user_id": other,
            "name": name,
            "avatar": partner.get("avatar"),
            "email": partner.get("email"),
        }
    return {
        **call(one, roster),
        "conversation_type": one.get("conversation_type"),
        "conversation_name": one.get("conversation_name"),
        "other_user": shown,
    }


async def list_log(asked: Document, context: OperationContext) -> Document:
    """The calls of one conversation."""
    role = await role_in(int(asked.path["conversation_id"]), context)
    response = (await context.ask("call_logs.list", role, Document(asked.path, {}, None))).body
    found = listed(response, "call_logs")
    roster = await roster_of(found, context, "caller_", users=("caller_user_id",))
    return answer({"success": True, "call_logs": [call(one, roster) for one in found]})


_LOG: Final = (
    "conversation_id",
    "call_type",
    "status",
    "started_at",
    "answered_at",
    "ended_at",
    "duration_seconds",
)


async def create_log(asked: Document, context: OperationContext) -> Document:
    """Written down by either side; without a role the old table takes no entry."""
    body = body_of(asked)
    conversation = parse_id(read(body, "conversation_id"), "$.body.conversation_id")
    rows = await members(conversation, context)
    user = read(body, "caller_user_id") or context.caller.user_id
    roster = await roster_of([{"user_id": user}], context, users=("user_id",))
    person = roster.person(user)
    if person is None or not any(row["user_id"] == user for row in rows):
        raise InvalidValue("is not a participant of the conversation", place="$.body.caller_user_id")
    role = role_among(rows, person)
    sent: Node = {key: body[key] for key in _LOG if key in body}
    sent |= {"caller_user_id": user, "caller_profile_id": role.id, "caller_profile_type": role.type}
    mine = role_among(rows, context.person)
    response = await context.ask("call_logs.create", mine, Document({}, {}, sent))
    return done("Call log created", call_log_id=response.body["call_log_id"])


async def begun_log(asked: Document, role: Profile, context: OperationContext) -> Node | None:
    """The entry of the call that goes on there: the other side has written it down."""
    place = read(asked.body, "conversation_id") if isinstance(asked.body, dict) else None
    if not isinstance(place, int):
        return None
    return await optional(_open_entry, place, role, context)


async def _open_entry(place: int, role: Profile, context: OperationContext) -> Node | None:
    log = await context.ask("call_logs.list", role, Document({"conversation_id": str(place)}, {}, None))
    for one in listed(log.body, "call_logs"):
        began = read(one, "created_at"), read(one, "started_at")
        if goes_on(read(one, "status"), read(one, "ended_at"), began, context.now):
            return {"success": True, "call_log_id": read(one, "id")}
    return None


async def update_log(asked: Document, context: OperationContext) -> Document:
    """What is given changes."""
    found = await about("call", asked, context)
    role = await role_in(found["conversation_id"], context)
    sent = {key: value for key, value in body_of(asked).items() if key in _LOG[2:]}
    await context.ask("call_logs.update", role, Document(asked.path, {}, sent))
    return done("Call log updated")


ENDPOINTS = [
    Row("calls.create", create, "conversation", guard=may_call),
    Row("calls.update", update, "call"),
    Row("calls.list", list_calls, own={"calls": []}, limits="the 50 newest calls of each role"),
    Row("call_logs.create", create_log, "conversation", once=begun_log),
    Row("call_logs.list", list_log, "conversation"),
    Row("call_logs.update", update_log, "call"),
]
