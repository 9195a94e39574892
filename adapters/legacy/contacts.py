"""Contacts: everybody with whom the caller has an accepted connection.

The legacy list was one role's, the modern one is the person's: a legacy client sees all of the person's contacts.
"""

from contracts.model.document import Node, read
from contracts.model.roster import Roster
from contracts.operation import operation
from contracts.rules.lens import each, lens
from contracts.rules.people import person
from contracts.rules.shapes import copy


def _contact(node: Node, roster: Roster) -> None:
    user = read(node, "contact_user_id")
    name = roster.legacy_name(user)
    node.pop("name", None)
    node.update(display_name=name, full_name=name)
    # What the "new chat" dialog reads, beside what the old server sent.
    node.update(
        user_id=user, profile_id=node["contact_profile_id"], profile_type=node["contact_profile_type"]
    )
    node.update(name=name, role=node["contact_profile_type"])
    if read(node, "conversation_id") is None:
        del node["conversation_id"], node["last_message_at"]


LIST = operation(
    "contacts.list",
    "GET /contacts",
    response=lens(
        person("body.contacts[]", legacy="contact_", beside="contact_user_id"),
        each("body.contacts[]", _contact),
        copy("body.contacts[]", profile_picture="avatar"),
    ),
    safe="reads",
)
ENDPOINTS = [LIST]
