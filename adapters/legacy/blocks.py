"""Blocks: whom the caller has blocked. A block is between persons, whatever roles they used."""

from contracts.model.document import Node
from contracts.model.roster import Roster
from contracts.operation import Trial, operation
from contracts.rules.lens import each, lens
from contracts.rules.people import person
from contracts.rules.shapes import constant, copy, rename


def _blocker(node: Node, roster: Roster) -> None:
    """The old server repeated the caller in each entry."""
    node.pop("name", None)
    node["blocker_user_id"] = roster.caller.user_id
    named = roster.caller.named
    node["blocker_profile_type"], node["blocker_profile_id"] = named.type, named.id


ENDPOINTS = [
    operation(
        "blocks.create",
        "POST /block",
        request=lens(
            person("body", modern="blocked_user_id", legacy="blocked_", beside="blocked_user_id"),
        ),
        trial=Trial(
            also=("blocked_user_id",),
            means={
                "blocked_profile_id": "unblocked_profile_id",
                "blocked_profile_type": "unblocked_profile_type",
                "blocked_user_id": "unblocked_user_id",
            },
            step=True,
        ),
    ),
    operation(
        "blocks.delete",
        "DELETE /block/{blocked_profile_id}/{blocked_profile_type}",
        modern="DELETE /block/{blocked_user_id}",
        request=lens(person("path", modern="blocked_user_id", legacy="blocked_")),
        trial=Trial(
            means={
                "blocked_profile_id": "own_blocked_profile_id",
                "blocked_profile_type": "own_blocked_profile_type",
                "blocked_user_id": "own_blocked_user_id",
            },
            step=True,
        ),
    ),
    operation(
        "blocks.list",
        "GET /blocked",
        response=lens(
            rename("body", blocked_contacts="blocked"),
            person("body.blocked_contacts[]", legacy="blocked_", beside="blocked_user_id"),
            each("body.blocked_contacts[]", _blocker),
            copy("body.blocked_contacts[]", profile_picture="avatar"),
            constant("body.blocked_contacts[]", {"block_type": "manual"}),
        ),
        safe="reads",
    ),
]
