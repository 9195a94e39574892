"""The call log: the calls of one conversation, as both clients write and read them."""

from typing import Final

from adapters.optional import optional
from adapters.v2_2.names import name_of, person_of
from adapters.v2_2.row import ClientContext, OperationContext, Row, row
from adapters.v2_2.shapes import items
from contracts.model.call_entry import goes_on
from contracts.model.document import Document, Node, read
from contracts.model.errors import GatewayError
from contracts.model.roster import Roster
from contracts.model.times import with_zone, without_zone
from contracts.rules.lens import Mentions

_TIMES: Final = ("started_at", "answered_at", "ended_at", "created_at")
#: What ``PUT /calls`` takes of everybody in the conversation; the log takes more, of the caller only.
STATUSES: Final = ("answered", "missed", "declined", "ended")


async def calls_of(conversation_id: int, context: OperationContext) -> list[Node]:
    """The log of a conversation, in 2.2."""
    answer = await context.ask(LOG, Document({"conversation_id": str(conversation_id)}, {}, None))
    return items(answer.body, "call_logs")


def as_call(one: Node, roster: Roster) -> Node:
    """A row of the log in 2.1; what 2.2 left out is null."""
    caller = read(one, "caller_user_id")
    someone = person_of(caller, roster)
    kind = read(one, "call_type")
    return {
        "id": one["id"],
        "conversation_id": one["conversation_id"],
        "caller_user_id": caller,
        "caller_name": name_of(caller, roster, str(read(one, "caller_name") or "")),
        "caller_avatar": one.get("caller_avatar", someone.avatar if someone else None),
        "is_caller": caller == roster.caller.user_id,
        "call_type": "voice" if kind == "audio" else kind,
        "status": one["status"],
        "duration_seconds": one.get("duration_seconds"),
        **{key: with_zone(one.get(key)) for key in _TIMES},
    }


async def log_down(asked: Document, context: OperationContext) -> Document:
    """The calls of one conversation."""
    found = await calls_of(int(asked.path["conversation_id"]), context)
    users = {user for one in found if isinstance(user := read(one, "caller_user_id"), int)}
    roster = await context.find(Mentions(set(), users))
    return asked._replace(body={"success": True, "call_logs": [as_call(one, roster) for one in found]})


async def log_up(asked: Document, context: ClientContext) -> Document:
    """In front of 2.1: the caller's role is the one that everybody sees."""
    answer = await context.own(asked)
    logs = [without_zones(one) for one in items(answer.body, "call_logs")]
    _name_roles(logs, await context.find(Mentions(set(), _callers(logs))))
    return answer._replace(body={"success": True, "call_logs": logs})


async def log_beside(answer: Document, context: OperationContext) -> None:
    """In front of 2.2, for its own clients: it leaves the caller's role empty in what it wrote itself."""
    logs = items(answer.body, "call_logs")
    answer.body["call_logs"] = logs
    _name_roles(logs, await context.find(Mentions(set(), _callers(logs))))


def _callers(logs: list[Node]) -> set[int]:
    return {user for one in logs if isinstance(user := read(one, "caller_user_id"), int)}


def _name_roles(logs: list[Node], roster: Roster) -> None:
    for one in logs:
        one.setdefault("participants", None)
        someone = person_of(read(one, "caller_user_id"), roster)
        if read(one, "caller_profile_id") is None:
            known = someone.profile if someone and someone.roles else None
            one["caller_profile_type"] = known.type if known else None
            one["caller_profile_id"] = known.id if known else None


def without_zones(one: Node) -> Node:
    """A call of 2.1 with its times as 2.2 writes them."""
    return {key: without_zone(value) if key in _TIMES else value for key, value in one.items()}


async def create(asked: Document, context: OperationContext) -> Document:
    """Write a call down once: both sides do, each as its caller. The second hears the number of the first's entry."""
    place = read(asked.body, "conversation_id") if isinstance(asked.body, dict) else None
    if not isinstance(place, int):
        return await context.ask(LOG_CREATE, asked)
    async with context.turn("call_logs.create", place):
        begun = await optional(_begun, place, context)
        if begun is None:
            return await context.ask(LOG_CREATE, asked)
    return asked._replace(body={"success": True, "call_log_id": begun, "message": "Call log created"})


async def _begun(place: int, context: OperationContext) -> int | None:
    """The entry of the call that goes on there; of several the newest."""
    for one in await calls_of(place, context):
        began = read(one, "created_at"), read(one, "started_at")
        if goes_on(read(one, "status"), read(one, "ended_at"), began, context.now):
            return int(read(one, "id"))
    return None


async def update(asked: Document, context: OperationContext) -> Document:
    """How a call goes on. 2.2 refuses the log to who was called, which ``/calls`` does not: it takes the status."""
    try:
        answer = await context.ask(LOG_UPDATE, asked)
    except GatewayError as error:
        status = read(asked.body, "status") if isinstance(asked.body, dict) else None
        if error.status != 403 or status not in STATUSES:
            raise
        await context.ask(CALL, Document({"call_id": asked.path["call_log_id"]}, {}, status))
        return asked._replace(body={"success": True, "message": "Call log updated"})
    return asked._replace(body={key: answer.body[key] for key in ("success", "message")})


CALL: Final[Row] = row("calls.update", "PUT /calls/{call_id}")
LOG: Final[Row] = row(
    "call_logs.list",
    "GET /api/call-logs/{conversation_id}",
    from_2_1=log_down,
    from_2_2=log_up,
    beside=log_beside,
)
LOG_CREATE: Final[Row] = row("call_logs.create", "POST /api/call-logs", from_2_1=create, instead=create)
LOG_UPDATE: Final[Row] = row(
    "call_logs.update", "PUT /api/call-logs/{call_log_id}", from_2_1=update, instead=update
)
ENDPOINTS = [LOG, LOG_CREATE, LOG_UPDATE]
