"""Conversations: the list, creation, details."""

import asyncio
from typing import Any

from adapters.legacy.contacts import LIST as contact_list
from adapters.legacy.nouns import MESSAGE
from adapters.legacy.relations import related, stranger
from adapters.optional import optional
from contracts.model.document import NULL, Document, Node, objects, opened, place, read, settle
from contracts.model.roster import Roster
from contracts.operation import Operation, OperationContext, Trial, by_hand, operation
from contracts.rules.lens import each, lens
from contracts.rules.people import person, persons
from contracts.rules.shapes import wrap

_OTHERS = place("body[].other_user")
_NAMELESS = {"group": "Group Chat", "channel": "Channel"}


def _conversation(node: Node, roster: Roster) -> None:
    """One of the list. ``name``, ``role`` and ``avatar`` are filled too: the client re-reads them."""
    other = node.pop("other_user", None)
    _last_message(node)
    kind = read(node, "type")
    if kind != "direct":
        node["display_name"] = read(node, "name") or _NAMELESS.get(kind, "Group Chat")
        node["avatar"] = node.get("avatar_url", NULL)
        return
    node.pop("participant_count", None)
    if other := opened(other, "$.body.other_user"):
        _other_user(node, other, roster)


def _other_user(node: Node, other: Node, roster: Roster) -> None:
    type_, id_ = other["other_profile_type"], other["other_profile_id"]
    name = roster.legacy_name(read(other, "other_user_id"), str(read(other, "name") or ""))
    node.update(
        other_profile_id=id_,
        other_profile_type=type_,
        other_user_id=other["other_user_id"],
        display_name=name,
        name=name,
        other_name=name,  # the call screen's "add participant" reads these two, and shows "undefined" without
        other_avatar=other.get("avatar", NULL),
        role=type_,
        avatar=other.get("avatar", NULL),
        is_online=other.get("online", False),
        last_seen=other.get("last_seen", NULL),
    )
    # The client takes the mere presence of these keys for "hidden".
    for key in ("online_hidden", "last_seen_hidden"):
        if read(other, key):
            node[key] = True


def _last_message(node: Node) -> None:
    last: Any = opened(node.get("last_message"), "$.body.last_message")
    if last is None:
        node.pop("last_message", None)
        return
    last.pop("sender_user_id", None)
    last["time"] = last.get("created_at", NULL)
    node["last_message"] = last


def _participant(node: Node, roster: Roster) -> None:
    node.pop("name", None)
    node["display_name"] = roster.legacy_name(read(node, "user_id"))


def _details(node: Node, roster: Roster) -> None:
    other = opened(node.pop("other_user", None), "$.body.other_user")
    if other:
        node["other_user_id"] = other["user_id"]


LISTED = lens(
    wrap("conversations"),
    person("body[]", modern="created_by_user_id", legacy="created_by_"),
    person("body[].other_user", legacy="other_", beside="other_user_id"),
    each("body[]", _conversation),
)
#: Starting a conversation, and its answer; a group has its own route with the same bodies.
START = lens(persons("body", legacy="participants", modern="participant_user_ids"))
STARTED = lens(
    person("body.added_participants[]"),
    person("body.rejected_participants[]"),
    each("body", lambda node, _: _forget(node, "conversation", "message")),
)


async def list_conversations(asked: Document, context: OperationContext) -> Document:
    """The conversations, then an entry for everybody related with whom there is none: the legacy list is all in one."""
    first_page = asked.query.get("offset", "0") == "0"
    if not first_page or asked.query.get("filter_type", "all") not in ("all", "direct"):
        answer = await context.send(LIST, asked)
        return LISTED.to_legacy(answer, await context.find(LISTED.users(answer)))
    answer, contacts, rows = await asyncio.gather(
        context.send(LIST, asked),
        optional(_contacts, context),
        optional(context.read, "relations"),
    )
    contacts, rows = contacts or [], rows or []
    known = {read(other, "user_id") for other in objects(answer, _OTHERS)}
    strangers = [
        c for c in contacts if read(c, "conversation_id") is None and read(c, "user_id") not in known
    ]
    # A contact is shown already: as a conversation, of this page or of another one, or as a contact.
    known |= {read(contact, "user_id") for contact in contacts}
    mentions = LISTED.users(answer)
    mentions.users.update(read(contact, "user_id") for contact in strangers)
    mentions.users.update(row["user_id"] for row in rows if row["user_id"] is not None)
    roster = await context.find(mentions)
    response = LISTED.to_legacy(answer, roster)
    response.body["conversations"] += [stranger(contact, roster) for contact in strangers]
    response.body["conversations"] += related(rows, known, roster)
    return response


#: What is read of a contact.
_CONTACT = ("connection_id", "connected_at", "user_id", "name", "avatar", "is_online", "conversation_id")


async def _contacts(context: OperationContext) -> list[Node]:
    answer = await context.send(contact_list, Document({}, {"limit": "100"}, None))
    found = opened(answer.body["contacts"], "$.body.contacts")
    contacts = [opened(item, "$.body.contacts[]") for item in found]
    response = [{key: contact[key] for key in _CONTACT} for contact in contacts]
    return [contact for contact in response if isinstance(settle(contact, "user_id"), int)]


CREATE = operation(
    "conversations.create",
    "POST /conversations",
    request=START,
    response=STARTED,
    trial=Trial(
        also=("type",),
        means={"participants": "partners", "participant_user_ids": "partner_user_ids"},
        step=True,
    ),
)
LIST: Operation = by_hand("conversations.list", "GET /conversations", list_conversations, safe="reads")

ENDPOINTS = [
    LIST,
    CREATE,
    operation(
        "conversations.get",
        "GET /conversations/{conversation_id}",
        response=lens(
            person("body", modern="created_by_user_id", legacy="created_by_", beside="created_by_user_id"),
            person("body.participants[]", beside="user_id"),
            each("body.participants[]", _participant),
            *MESSAGE.at("body.pinned_messages[]"),
            each("body", _details),
        ),
        safe="reads",
    ),
]


def _forget(node: Node, *names: str) -> None:
    for name in names:
        node.pop(name, None)
