"""Blocks. 2.2 lets people block themselves, and does not say which row a block is."""

from adapters.deployed.names import named, person_of
from adapters.deployed.row import Row, Talk, row
from adapters.deployed.shapes import done, times
from contracts.document import Document, Node, read
from contracts.errors import InvalidRequest
from contracts.lens import each, lens
from contracts.roster import Roster


def _blocked(node: Node, roster: Roster) -> None:
    someone = person_of(read(node, "user_id"), roster)
    node["id"] = None
    node["first_name"] = someone.first_name if someone else None
    node["father_name"] = someone.father_name if someone else None


async def not_oneself(sent: Document, talk: Talk) -> None:
    """Refuses what 2.2 stores and can never be taken back: a block of oneself."""
    if isinstance(sent.body, dict) and read(sent.body, "blocked_user_id") == talk.caller.user_id:
        raise InvalidRequest("You cannot block yourself", place="$.body.blocked_user_id")


ENDPOINTS: list[Row] = [
    row("blocks.create", "POST /block", response=lens(*done()), guard=not_oneself),
    row("blocks.delete", "DELETE /block/{blocked_user_id}", response=lens(*done())),
    row(
        "blocks.list",
        "GET /blocked",
        response=lens(
            *named("body.blocked_contacts[]"),
            each("body.blocked_contacts[]", _blocked),
            times("body.blocked_contacts[]", "blocked_at"),
        ),
    ),
]
