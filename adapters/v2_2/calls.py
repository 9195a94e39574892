"""Calls and the call log. 2.2 knows no voice calls in ``/calls`` and no length of a call: the call log knows both."""

import asyncio
from typing import Any, Final

from adapters.optional import optional
from adapters.v2_2.call_logs import LOG_CREATE, LOG_UPDATE, STATUSES, as_call, calls_of, without_zones
from adapters.v2_2.conversations import conversations_by_id, number
from adapters.v2_2.names import name_of, person_of
from adapters.v2_2.privacy import check_may_call
from adapters.v2_2.row import ClientContext, OperationContext, Row, row
from adapters.v2_2.shapes import items, scalar
from contracts.model.document import Document, Node, opened, read
from contracts.model.errors import Forbidden, GatewayError, InvalidValue, NotFound
from contracts.model.profile import MAX_ID, parse_id
from contracts.model.roster import Roster
from contracts.model.times import without_zone
from contracts.rules.lens import Mentions, lens


async def list_down(asked: Document, context: OperationContext) -> Document:
    """The list, with what only the log and the conversations know."""
    query = {
        "limit": str(max(1, number(asked, "limit", 50, 100))),
        "offset": str(number(asked, "offset", 0, MAX_ID)),
    }
    answer = await context.ask(LIST, Document({}, query, None))
    found = {read(one, "id"): one for one in items(answer.body, "calls")}
    here = await optional(conversations_by_id, context) or {}
    places = list(dict.fromkeys(read(one, "conversation_id") for one in found.values()))
    logs = {
        read(one, "id"): one
        for page in await asyncio.gather(*(optional(calls_of, place, context) for place in places))
        for one in page or []
    }
    roster = await context.find(Mentions(set(), _people(list(found.values()), here)))
    calls = [_listed(id_, one, logs.get(id_, {}), here, roster) for id_, one in found.items()]
    return asked._replace(body={"calls": calls if asked.query.get("limit") != "0" else []})


def _people(calls: list[Node], here: dict[int, Node]) -> set[int]:
    others = {read(here.get(read(one, "conversation_id"), {}), "other_user_id") for one in calls}
    return {u for u in (*others, *(read(one, "caller_user_id") for one in calls)) if isinstance(u, int)}


def _listed(id_: int, one: Node, log: Node, here: dict[int, Node], roster: Roster) -> Node:
    place = here.get(read(one, "conversation_id"), {})
    direct = read(one, "conversation_type") == "direct"
    return {
        **as_call({**log, **one}, roster),
        "id": id_,
        "conversation_type": one["conversation_type"],
        "conversation_name": None if direct else place.get("name"),
        "other_user": _other(place, roster) if direct else None,
    }


def _other(place: Node, roster: Roster) -> Node | None:
    user = read(place, "other_user_id")
    if user is None:
        return None
    someone = person_of(user, roster)
    name = name_of(user, roster, str(read(place, "name") or ""))
    email = someone.email if someone else None
    return {"user_id": user, "name": name, "avatar": place.get("avatar_url"), "email": email}


async def create_down(asked: Document, context: OperationContext) -> Document:
    """Everything goes through the call log, after the privacy that ``/calls`` would have kept."""
    body = asked.body if isinstance(asked.body, dict) else {}
    here, kind = read(body, "conversation_id"), read(body, "call_type")
    if kind not in ("voice", "video"):
        raise InvalidValue("must be voice or video", place="$.body.call_type")
    place = (await conversations_by_id(context)).get(here)
    if place is None:
        raise Forbidden("You are not a participant in this conversation")
    if read(place, "type") == "direct" and isinstance(other := read(place, "other_user_id"), int):
        await check_may_call(other, context)
    new = {
        "conversation_id": here,
        "call_type": kind,
        "status": "initiated",
        "caller_user_id": context.caller.user_id,
    }
    answer = await context.ask(LOG_CREATE, Document({}, {}, new))
    written = {"id": read(answer.body, "call_log_id"), "started_at": context.now.isoformat(), **new}
    call = await _read_back(written, context)
    return asked._replace(body={"call": call, "message": "Call initiated"})


async def _read_back(written: Node, context: OperationContext) -> Node:
    """A call that was just written, as the log has it; where that cannot be read, as far as it is known."""
    call = {**written, **(await optional(_logged, written, context) or {})}
    caller = read(call, "caller_user_id")
    roster = await context.find(Mentions(set(), {caller} if isinstance(caller, int) else set()))
    return as_call(call, roster)


async def _logged(written: Node, context: OperationContext) -> Node:
    id_, place = written["id"], written["conversation_id"]
    if place is None:
        place = await _place_of(id_, context)
    return next((one for one in await calls_of(place, context) if read(one, "id") == id_), {})


async def create_up(asked: Document, context: ClientContext) -> Document:
    """In front of 2.1: voice is called audio there; real clients say voice, and all of it in the query."""
    body = dict(asked.body) if isinstance(asked.body, dict) else {}
    if "call_type" in asked.query:
        body["call_type"] = asked.query.pop("call_type")
    if "conversation_id" in asked.query:
        body["conversation_id"] = parse_id(asked.query.pop("conversation_id"), "$.query.conversation_id")
    if read(body, "call_type") == "audio":
        body["call_type"] = "voice"
    answer = await context.own(asked._replace(body=body))
    call = opened(answer.body["call"], "$.body.call")
    kept = {key: call[key] for key in ("id", "conversation_id", "caller_user_id", "call_type", "status")}
    response = {**kept, "started_at": without_zone(call["started_at"])}
    return answer._replace(body={"call": response, "message": answer.body["message"]})


async def update_down(asked: Document, context: OperationContext) -> Document:
    """The status, and the length of the call where the caller itself says it: the log takes it from nobody else."""
    body = asked.body if isinstance(asked.body, dict) else {}
    status, seconds = read(body, "status"), read(body, "duration_seconds")
    if status in STATUSES:
        await context.ask(UPDATE, Document(asked.path, {}, status))
    rest = (
        {"duration_seconds": seconds}
        if status in STATUSES
        else {"status": status, "duration_seconds": seconds}
    )
    call = {"call_log_id": asked.path["call_id"]}
    if status not in STATUSES or seconds is not None:
        try:
            await context.ask(
                LOG_UPDATE, Document(call, {}, {k: v for k, v in rest.items() if v is not None})
            )
        except GatewayError as error:
            if error.status != 403 or status not in STATUSES:
                raise
    written = {"id": int(asked.path["call_id"]), "conversation_id": None, "call_type": None, "status": status}
    response = await _read_back(written, context)
    return asked._replace(
        body={"success": True, "message": f"Call status updated to {status}", "call": response}
    )


async def _place_of(call_id: int, context: OperationContext) -> int:
    answer = await context.ask(LIST, Document({}, {"limit": "100", "offset": "0"}, None))
    found = (
        read(one, "conversation_id") for one in items(answer.body, "calls") if read(one, "id") == call_id
    )
    place: Any = next(found, None)
    if place is None:
        raise NotFound("Call not found")
    return int(place)


async def update_up(asked: Document, context: ClientContext) -> Document:
    """In front of 2.1: a bare status; the object that real clients send is understood too."""
    body = asked.body if isinstance(asked.body, dict) else {"status": asked.body}
    call = opened((await context.own(asked._replace(body=body))).body["call"], "$.body.call")
    response = {"id": call["id"], "status": call["status"]}
    if read(call, "status") == "ended":
        response["ended_at"] = without_zone(call["ended_at"])
    status = read(call, "status")
    return asked._replace(body={"call": response, "message": f"Call status updated to {status}"})


async def list_up(asked: Document, context: ClientContext) -> Document:
    """In front of 2.1."""
    limit, offset = number(asked, "limit", 50, 100), number(asked, "offset", 0, MAX_ID)
    answer = await context.own(asked)
    calls = [without_zones(one) for one in items(answer.body, "calls")]
    return answer._replace(body={"calls": calls, "total": len(calls), "limit": limit, "offset": offset})


LIST: Final[Row] = row("calls.list", "GET /calls", from_2_1=list_down, from_2_2=list_up)
UPDATE: Final[Row] = row(
    "calls.update",
    "PUT /calls/{call_id}",
    request=lens(scalar("status")),
    from_2_1=update_down,
    from_2_2=update_up,
)
ENDPOINTS = [
    LIST,
    row("calls.create", "POST /calls", from_2_1=create_down, from_2_2=create_up),
    UPDATE,
]
