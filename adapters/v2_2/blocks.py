"""Blocks. 2.2 lets people block themselves, does not say which row a block is, and lists those who were unblocked."""

from collections.abc import Mapping
from typing import Final

from adapters.v2_2 import client_reads
from adapters.v2_2.names import person_of, rename_person
from adapters.v2_2.row import ClientContext, OperationContext, Row, row
from adapters.v2_2.shapes import done, items
from contracts.model.document import Document, Node, read
from contracts.model.errors import InvalidRequest
from contracts.model.roster import Roster
from contracts.model.times import with_zone, without_zone
from contracts.rules.lens import Mentions, lens


def _blocked(node: Node, roster: Roster, ids: Mapping[int, int]) -> None:
    user = read(node, "user_id")
    someone = person_of(user, roster)
    rename_person(node, roster)
    node["id"] = ids.get(user)
    node["first_name"] = someone.first_name if someone else None
    node["father_name"] = someone.father_name if someone else None
    node["blocked_at"] = with_zone(node["blocked_at"])


async def list_down(asked: Document, context: OperationContext) -> Document:
    """Whom the caller blocks; where the database can be read, without those who were unblocked again."""
    answer = await context.ask(LIST, Document({}, {}, None))
    found = items(answer.body, "blocked_contacts")
    rows = await context.facts("blocks", context.caller.user_id)
    ids = None if rows is None else {row["blocked_user_id"]: row["id"] for row in rows}
    roster = await context.find(Mentions(set(), {read(one, "user_id") for one in found}))
    shown = [one for one in found if ids is None or read(one, "user_id") in ids]
    for one in shown:
        _blocked(one, roster, ids or {})
    return asked._replace(body={"blocked_contacts": shown})


async def list_up(asked: Document, context: ClientContext) -> Document:
    """In front of 2.1."""
    answer = await context.own(asked)
    found = items(answer.body, "blocked_contacts")
    for one in found:
        one["blocked_at"] = without_zone(one["blocked_at"])
    client_reads.blocked(found)
    return answer._replace(body={"blocked_contacts": found, "blocked": found})


async def list_beside(answer: Document, context: OperationContext) -> None:
    """In front of 2.2, for its own clients: ``blocked`` is who is blocked now."""
    found = items(answer.body, "blocked_contacts")
    client_reads.blocked(found)
    rows = await context.facts("blocks", context.caller.user_id)
    now = {row["blocked_user_id"] for row in rows} if rows is not None else None
    shown = [one for one in found if now is None or read(one, "user_id") in now]
    answer.body.update(blocked_contacts=found, blocked=shown)


async def not_oneself(sent: Document, context: OperationContext) -> None:
    """Refuses what 2.2 stores and can never be taken back: a block of oneself."""
    if isinstance(sent.body, dict) and read(sent.body, "blocked_user_id") == context.caller.user_id:
        raise InvalidRequest("You cannot block yourself", place="$.body.blocked_user_id")


LIST: Final[Row] = row(
    "blocks.list",
    "GET /blocked",
    from_2_1=list_down,
    from_2_2=list_up,
    beside=list_beside,
)
ENDPOINTS = [
    row("blocks.create", "POST /block", response=lens(done()), guard=not_oneself),
    row("blocks.delete", "DELETE /block/{blocked_user_id}", response=lens(done())),
    LIST,
]
