"""Contacts and connection requests: the old backend lists them for one role, a person hears of all.

What only translates stays with the preferred role: an answer to a request is looked up by its number there.
"""

from typing import Final

from adapters.legacy_upstream.answers import (
    PAGE,
    answer,
    body_of,
    kept,
    listed,
    number,
    roster_of,
    zoned,
)
from adapters.legacy_upstream.roles import any_role, roles_of
from adapters.legacy_upstream.row import OperationContext, Row
from contracts.model.document import Document, Node, read
from contracts.model.errors import InvalidValue
from contracts.model.profile import Profile
from contracts.model.roster import Roster

_PERSON: Final = ("connection_id", "first_name", "father_name", "email")


async def _of_role(role: Profile, search: dict[str, str], context: OperationContext) -> list[Node]:
    found: list[Node] = []
    while True:
        query = {"limit": str(PAGE), "offset": str(len(found)), **search}
        page = listed((await context.ask("contacts.list", role, Document({}, query, None))).body, "contacts")
        found += page
        if len(page) < PAGE:
            return found


def _newer(one: Node, other: Node) -> bool:
    """Whether the first entry has the later conversation."""
    return (read(one, "last_message_at") or "") > (read(other, "last_message_at") or "")


async def contacts(asked: Document, context: OperationContext) -> Document:
    """Everybody once, with the newest conversation, the latest connection first."""
    limit, offset = number(asked, "limit", 50, PAGE), number(asked, "offset", 0)
    search = {"search": text} if (text := asked.query.get("search")) else {}
    found: dict[int, Node] = {}
    for role in roles_of(context.person):
        for one in await _of_role(role, search, context):
            user = read(one, "contact_user_id")
            if user not in found or _newer(one, found[user]):
                found[user] = one
    people = sorted(found.values(), key=lambda one: read(one, "connected_at") or "", reverse=True)
    shown = people[offset : offset + limit]
    roster = await roster_of(shown, context, users=("contact_user_id",))
    return answer({"contacts": [_contact(one, roster) for one in shown], "total": len(people)})


def _contact(one: Node, roster: Roster) -> Node:
    user = read(one, "contact_user_id")
    return {
        **kept(one, *_PERSON, "is_online", "conversation_id"),
        **zoned(one, "connected_at", "last_login", "last_message_at"),
        "user_id": user,
        "name": roster.modern_name(user, str(read(one, "display_name") or "")),
        "avatar": one.get("avatar"),
    }


async def requests(asked: Document, context: OperationContext) -> Document:
    """Sent and received ones of all roles, newest first; their numbers are the same everywhere."""
    limit, offset = number(asked, "limit", 50, PAGE), number(asked, "offset", 0)
    only = {"request_type": text} if (text := asked.query.get("request_type")) else {}
    found: dict[str, dict[int, Node]] = {"sent_requests": {}, "received_requests": {}}
    for role in roles_of(context.person):
        query = {"limit": str(PAGE), **only}
        body = (await context.ask("connection_requests.list", role, Document({}, query, None))).body
        for name, by_id in found.items():
            by_id |= {read(one, "connection_id"): one for one in listed(body, name)}
    response = {name: _newest(list(by_id.values())) for name, by_id in found.items()}
    roster = await roster_of(
        [*response["sent_requests"], *response["received_requests"]], context, users=("user_id",)
    )
    pages = {
        name: [_request(one, roster) for one in rows[offset : offset + limit]]
        for name, rows in response.items()
    }
    counts = {name.replace("_requests", "_count"): len(rows) for name, rows in response.items()}
    return answer(pages | counts)


def _newest(rows: list[Node]) -> list[Node]:
    return sorted(rows, key=lambda one: read(one, "requested_at") or "", reverse=True)


def _request(one: Node, roster: Roster) -> Node:
    user = read(one, "user_id")
    return {
        **kept(one, *_PERSON, "status", "avatar", "request_direction"),
        **zoned(one, "requested_at"),
        "user_id": user,
        "name": roster.modern_name(user, str(read(one, "display_name") or "")),
    }


async def respond(asked: Document, context: OperationContext) -> Document:
    """Accept or reject; anything but "accept" would reject there, so the word is read first."""
    action = read(body_of(asked), "action")
    if action not in ("accept", "reject"):
        raise InvalidValue("must be accept or reject", place="$.body.action")
    sent = Document(asked.path, {"action": action}, None)
    response = await context.ask("connection_requests.respond", any_role(context.person), sent)
    return answer(kept(response.body, "message", "connection_id", "status"))


ENDPOINTS = [
    Row("contacts.list", contacts, own={"contacts": [], "total": 0}),
    Row(
        "connection_requests.list",
        requests,
        own={"sent_requests": [], "received_requests": [], "sent_count": 0, "received_count": 0},
    ),
    Row("connection_requests.respond", respond),
]
