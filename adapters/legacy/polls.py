"""Polls of a conversation."""

from typing import Final

from contracts.model.document import Node, read
from contracts.model.roster import Roster
from contracts.operation import Trial, operation
from contracts.rules.lens import Lens, Rule, each, lens
from contracts.rules.people import person

_OWN: Final = Trial(means={"poll_id": "own_poll_id"}, step=True)


def _name(node: Node, roster: Roster) -> None:
    node["name"] = roster.legacy_name(read(node, "user_id"), str(read(node, "name") or ""))


def _poll(place: str) -> tuple[Rule, ...]:
    """The rules of a poll at a place."""
    voters, creator = f"{place}.options[].voters[]", f"{place}.created_by"
    return (
        person(voters, beside="user_id"),
        each(voters, _name),
        person(creator, beside="user_id"),
        each(creator, _name),
    )


_WRAPPED: Lens = lens(*_poll("body.poll"))

ENDPOINTS = [
    operation(
        "polls.list",
        "GET /polls/conversation/{conversation_id}",
        response=lens(*_poll("body.polls[]")),
        empty_response={"polls": [], "count": 0},
        safe="reads",
    ),
    operation("polls.create", "POST /polls", response=_WRAPPED, trial=Trial(also=("anonymous",), step=True)),
    operation(
        "polls.get",
        "GET /polls/{poll_id}",
        response=lens(*_poll("body")),
        trial=Trial(step=True),
        safe="reads",
    ),
    operation(
        "polls.vote",
        "POST /polls/{poll_id}/vote",
        response=_WRAPPED,
        trial=_OWN,
    ),
    operation(
        "polls.vote_remove",
        "DELETE /polls/{poll_id}/vote",
        response=_WRAPPED,
        trial=_OWN,
    ),
    operation(
        "polls.end",
        "PUT /polls/{poll_id}/end",
        response=_WRAPPED,
        trial=_OWN,
    ),
    operation("polls.delete", "DELETE /polls/{poll_id}", trial=_OWN),
]
