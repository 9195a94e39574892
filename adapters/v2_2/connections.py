"""Connections, the contacts made of them, and pending requests.

The deployed list of contacts fails on most databases and gives out ciphertext. The connections, which every database
has, and the conversations hold all that a contact is.
"""

import asyncio
from typing import Any, Final

from adapters.optional import optional
from adapters.v2_2 import client_reads
from adapters.v2_2.conversations import direct_conversations, number
from adapters.v2_2.names import name_of, person_of
from adapters.v2_2.privacy import presence_if_known
from adapters.v2_2.row import ClientContext, OperationContext, Row, row
from adapters.v2_2.shapes import flip, items, times
from contracts.model.document import Document, Node, opened, read
from contracts.model.errors import GatewayError
from contracts.model.profile import MAX_ID
from contracts.model.roster import Roster
from contracts.model.times import with_zone, without_zone
from contracts.rules.lens import Mentions, lens
from contracts.rules.shapes import to_body

_TIMES: Final = ("requested_at", "connected_at", "updated_at")
LIST: Final[Row] = row("connections.list", "GET /api/connections", response=lens(times("body[]", *_TIMES)))


async def contacts_down(asked: Document, context: OperationContext) -> Document:
    """Everybody with an accepted connection, the latest first."""
    limit, offset = number(asked, "limit", 50, 100), number(asked, "offset", 0, MAX_ID)
    answer, direct = await asyncio.gather(
        context.ask(LIST, Document({}, {"status": "accepted"}, None)),
        optional(direct_conversations, context),
    )
    found = _people([opened(one, "$.body[]") for one in answer.body], context.caller.user_id)
    roster = await context.find(Mentions(set(), set(found)))
    wanted = asked.query.get("search", "").casefold()
    users = [user for user, one in found.items() if wanted in _searched(user, one, roster)]
    shown = users[offset : offset + limit]
    presence = await presence_if_known(shown, context)
    contacts = [
        _contact(user, found[user], (direct or {}).get(user, {}), presence.get(user, {}), roster)
        for user in shown
    ]
    return asked._replace(body={"contacts": contacts, "total": len(contacts)})


def _people(connections: list[Node], me: int) -> dict[int, Node]:
    """The other person of each connection, once, the latest connection first."""
    connections.sort(key=lambda one: str(read(one, "connected_at") or ""), reverse=True)
    found: dict[int, Node] = {}
    for one in connections:
        side = "recipient" if read(one, "requested_by") == me else "requester"
        user = read(one, "recipient_id" if side == "recipient" else "requested_by")
        found.setdefault(user, {**one, "side": side})
    return found


def _searched(user: int, one: Node, roster: Roster) -> str:
    someone = person_of(user, roster)
    names = (someone.first_name, someone.father_name) if someone else (read(one, f"{one['side']}_name"),)
    return " ".join(str(part) for part in (*names, read(one, f"{one['side']}_email")) if part).casefold()


def _contact(user: int, one: Node, direct: Node, presence: Node, roster: Roster) -> Node:
    someone, side = person_of(user, roster), one["side"]
    return {
        "connection_id": one["id"],
        "connected_at": with_zone(one.get("connected_at")),
        "user_id": user,
        "name": name_of(user, roster, str(read(one, f"{side}_name") or "")),
        "first_name": someone.first_name if someone else None,
        "father_name": someone.father_name if someone else None,
        "avatar": one.get(f"{side}_profile_picture"),
        "email": one.get(f"{side}_email"),
        "last_login": None,
        "is_online": presence.get("is_online", False),
        "conversation_id": direct.get("id"),
        "last_message_at": with_zone(direct.get("last_message_time")),
    }


async def contacts_up(asked: Document, context: ClientContext) -> Document:
    """In front of 2.1."""
    return await _contacts_in_2_2(await context.own(asked), context)


async def _contacts_in_2_2(answer: Document, context: ClientContext | OperationContext) -> Document:
    """2.1's list in 2.2. The last message's text is not in that list, and was ciphertext in 2.2."""
    contacts = [
        {key: one[key] for key in ("user_id", "name", "avatar", "email", "conversation_id")}
        | {"last_message": None, "last_interaction": without_zone(one["last_message_at"])}
        for one in items(answer.body, "contacts")
    ]
    roster = await context.find(Mentions(set(), {read(one, "user_id") for one in contacts}))
    for one in contacts:
        client_reads.contact(one, roster)
    return answer._replace(body={"contacts": contacts})


#: A side of 2.1's answer, the same in 2.2, and whose name stands there.
_SIDES: Final = (("sent", "outgoing", "recipient"), ("received", "incoming", "requester"))


async def requests_down(asked: Document, context: OperationContext) -> Document:
    """Pending requests, filtered and paged by us."""
    limit, offset = number(asked, "limit", 50, 100), number(asked, "offset", 0, MAX_ID)
    kind = asked.query.get("request_type", "all")
    answer = await context.ask(REQUESTS, Document({}, {}, None))
    body: dict[str, Any] = {}
    for name, found in (await _requests(answer, context)).items():
        shown = found[offset : offset + limit] if kind in ("all", name) else []
        body |= {f"{name}_requests": shown, f"{name}_count": len(shown)}
    return asked._replace(body=body)


async def _requests(answer: Document, context: OperationContext) -> dict[str, list[Node]]:
    """Both sides of a 2.2 answer, in 2.1."""
    sides = {name: items(answer.body, theirs) for name, theirs, _ in _SIDES}
    users = {read(one, f"{other}_user_id") for name, _, other in _SIDES for one in sides[name]}
    roster = await context.find(Mentions(set(), users))
    return {name: [_request(one, name, other, roster) for one in sides[name]] for name, _, other in _SIDES}


def _request(one: Node, direction: str, other: str, roster: Roster) -> Node:
    user = read(one, f"{other}_user_id")
    someone = person_of(user, roster)
    return {
        "connection_id": one["connection_id"],
        "requested_at": with_zone(one["created_at"]),
        "status": "pending",
        "user_id": user,
        "name": name_of(user, roster, str(read(one, f"{other}_name") or "")),
        "first_name": someone.first_name if someone else None,
        "father_name": someone.father_name if someone else None,
        "avatar": one.get(f"{other}_avatar"),
        "email": someone.email if someone else None,
        "request_direction": direction,
    }


async def requests_up(asked: Document, context: ClientContext) -> Document:
    """In front of 2.1."""
    answer = await context.own(asked)
    body: dict[str, Any] = {}
    for name, theirs, other in _SIDES:
        body[theirs] = [
            {
                "connection_id": one["connection_id"],
                f"{other}_user_id": one["user_id"],
                f"{other}_name": one["name"],
                f"{other}_avatar": one["avatar"],
                "created_at": without_zone(one["requested_at"]),
            }
            for one in items(answer.body, f"{name}_requests")
        ]
        response = [_read(one) for one in items(answer.body, f"{name}_requests")]
        body |= {f"{name}_requests": response, f"{name}_count": len(response)}
    return answer._replace(body=body)


def _read(one: Node) -> Node:
    """A request of 2.1 as the client of 2.2 reads it."""
    return {**one, **client_reads.pair(read(one, "user_id")), "display_name": one["name"]}


async def requests_beside(answer: Document, context: OperationContext) -> None:
    """In front of 2.2, for its own clients: both lists under the names that they read."""
    for name, found in (await _requests(answer, context)).items():
        response = [_read(one) for one in found]
        answer.body.update({f"{name}_requests": response, f"{name}_count": len(response)})


async def contacts_mended(asked: Document, context: OperationContext) -> Document:
    """In front of 2.2, for its own clients: its list, or one of the connections where that fails."""
    try:
        answer = await context.ask(CONTACTS, asked)
    except GatewayError as error:
        if error.status in _REFUSED:
            raise
        return await _contacts_in_2_2(await contacts_down(asked, context), context)
    await optional(_contacts_beside, answer, context)
    return answer


async def _contacts_beside(answer: Document, context: OperationContext) -> None:
    found = items(answer.body, "contacts")
    answer.body["contacts"] = found
    roster = await context.find(Mentions(set(), {read(one, "user_id") for one in found}))
    for one in found:
        client_reads.contact(one, roster)


#: Statuses that speak about the caller, not about the list.
_REFUSED: Final = (400, 401, 403, 429)
CONTACTS: Final[Row] = row(
    "contacts.list",
    "GET /contacts",
    from_2_1=contacts_down,
    from_2_2=contacts_up,
    instead=contacts_mended,
)
REQUESTS: Final[Row] = row(
    "connection_requests.list",
    "GET /connection-requests",
    from_2_1=requests_down,
    from_2_2=requests_up,
    beside=requests_beside,
)
_ONE = lens(times("body", *_TIMES))
ENDPOINTS = [
    CONTACTS,
    REQUESTS,
    row(
        "connection_requests.respond",
        "POST /connection-requests/{connection_id}/respond",
        request=lens(flip(to_body("action"))),
    ),
    LIST,
    row("connections.create", "POST /api/connections", response=_ONE),
    row("connections.get", "GET /api/connections/{connection_id}", response=_ONE),
    row("connections.update", "PUT /api/connections/{connection_id}", response=_ONE),
    row("connections.delete", "DELETE /api/connections/{connection_id}"),
    row("connections.check", "POST /api/connections/check", response=_ONE),
    row("connections.check_batch", "POST /api/connections/check-batch"),
    row("connections.stats", "GET /api/connections/stats"),
]
