"""Messages: list, send, edit, delete, react, pin."""

from typing import Final

from adapters.legacy import contacts, conversations
from adapters.legacy.nouns import MESSAGE
from contracts.model.document import Document, Node, opened, read
from contracts.model.errors import NotFound
from contracts.model.roster import Roster
from contracts.model.synthetic import connection_in, is_invented, profile_in
from contracts.operation import OperationContext, Trial, operation
from contracts.rules.lens import Mentions, each, lens
from contracts.rules.people import person
from contracts.rules.shapes import rename, to_path

_OWN: Final = Trial(means={"id": "own_message_id", "message_id": "own_message_id"}, step=True)

_ON_OWN: Final = Trial(means={"message_id": "own_message_id"}, step=True)


def _sent(node: Node, roster: Roster) -> None:
    """The answer to a sent message: flat, with the caller under the name that it used."""
    node["message_id"] = node.pop("id")
    node["sender_name"] = roster.legacy_name(roster.caller.user_id)
    if "forwarded_from_name" in node:
        node["forwarded_from"] = node.pop("forwarded_from_name")


async def _start_first(asked: Document, context: OperationContext) -> Document:
    """A message to an id that the list invented starts the direct conversation which it stands for."""
    body = asked.body if isinstance(asked.body, dict) else {}
    text = read(body, "conversation_id")
    if not isinstance(text, str) or not is_invented(text):
        return asked
    user = await _whom(text, context)
    document = Document({}, {}, {"type": "direct", "participant_user_ids": [user]})
    started = await context.send(conversations.CREATE, document)
    return asked._replace(body={**body, "conversation_id": started.body["conversation_id"]})


async def _whom(text: str, context: OperationContext) -> int:
    place = "$.body.conversation_id"
    user: int | None = None
    if (connection := connection_in(text, place)) is not None:
        answer = await context.send(contacts.LIST, Document({}, {"limit": "100"}, None))
        known = [opened(item, place) for item in opened(answer.body["contacts"], place)]
        user = next((read(c, "user_id") for c in known if read(c, "connection_id") == connection), None)
    elif (profile := profile_in(text, place)) is not None:
        user = (await context.find(Mentions({profile}, set()))).user_of(profile)
    if user is None:
        raise NotFound("no such conversation", place=place)
    return user


_NOT_MINE = {
    403: (404, "Message not found or not authorized"),
    404: (404, "Message not found or not authorized"),
}

ENDPOINTS = [
    operation(
        "messages.list",
        "GET /messages/{conversation_id}",
        modern="GET /conversations/{conversation_id}/messages",
        request=lens(rename("query", before_message_id="before_id")),
        response=lens(*MESSAGE.at("body.messages[]")),
        empty_response={"messages": [], "has_more": False, "total_count": 0},
        trial=Trial(means={"id": "conversation_id"}),
        page=50,
        safe="marks_read",
    ),
    operation(
        "messages.send",
        "POST /messages",
        modern="POST /conversations/{conversation_id}/messages",
        request=lens(
            to_path("conversation_id"),
            rename("body", forwarded_from_name="forwarded_from"),
            person("body", modern="forwarded_from_user_id", legacy="forwarded_from_", unknown="null"),
        ),
        response=lens(
            person("body", modern="sender_user_id", legacy="sender_", beside="sender_user_id"),
            person("body", modern="forwarded_from_user_id", legacy="forwarded_from_"),
            each("body", _sent),
        ),
        normalize_request=_start_first,
        trial=Trial(also=("content",), step=True),
    ),
    operation(
        "messages.edit",
        "PUT /messages/{message_id}",
        errors=_NOT_MINE,
        trial=_OWN,
    ),
    operation(
        "reactions.add",
        "POST /messages/{message_id}/reactions",
        trial=_ON_OWN,
    ),
    operation(
        "reactions.remove",
        "DELETE /messages/{message_id}/reactions/{reaction}",
        trial=_ON_OWN,
    ),
    operation(
        "messages.pin",
        "POST /messages/{message_id}/pin",
        trial=_ON_OWN,
    ),
    operation(
        "messages.unpin",
        "DELETE /messages/{message_id}/pin",
        trial=_ON_OWN,
    ),
    operation(
        "messages.delete",
        "DELETE /messages/{message_id}",
        errors=_NOT_MINE,
        trial=_OWN,
    ),
]
