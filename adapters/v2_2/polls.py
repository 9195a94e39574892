"""Polls: 2.2 hides the routes that make and change them behind "not yet implemented", and lists none."""

from adapters.v2_2.row import row
from adapters.v2_2.shapes import items, scalar
from contracts.model.document import Node
from contracts.model.roster import Roster
from contracts.rules.lens import each, lens

_NONE = "The deployed chat service has no polls"


def _count(node: Node, _: Roster) -> None:
    node["count"] = len(items(node, "polls"))


ENDPOINTS = [
    row("polls.list", "GET /polls/conversation/{conversation_id}", response=lens(each("body", _count))),
    row("polls.create", "POST /polls", cannot=_NONE),
    row("polls.vote", "POST /polls/{poll_id}/vote", request=lens(scalar("option_id")), cannot=_NONE),
    row("polls.delete", "DELETE /polls/{poll_id}", cannot=_NONE),
    # These three still reach the older service, which wants roles and gives them out.
    row("polls.get", "GET /polls/{poll_id}", cannot=_NONE),
    row("polls.vote_remove", "DELETE /polls/{poll_id}/vote", cannot=_NONE),
    row("polls.end", "PUT /polls/{poll_id}/end", cannot=_NONE),
]
