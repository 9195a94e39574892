"""Messages: list, send, edit, delete, react, pin."""

from adapters.nouns import MESSAGE
from contracts.document import Node
from contracts.lens import each, lens
from contracts.operation import operation
from contracts.people import person
from contracts.roster import Roster
from contracts.shapes import rename, to_path


def _sent(node: Node, roster: Roster) -> None:
    """The answer to a sent message: flat, with the caller under the name that it used."""
    node["message_id"] = node.pop("id")
    node["sender_name"] = roster.legacy_name(roster.caller.user_id)
    if "forwarded_from_name" in node:
        node["forwarded_from"] = node.pop("forwarded_from_name")


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
    ),
    operation("messages.edit", "PUT /messages/{message_id}", errors=_NOT_MINE),
    operation("messages.delete", "DELETE /messages/{message_id}", errors=_NOT_MINE),
    operation("reactions.add", "POST /messages/{message_id}/reactions"),
    operation("reactions.remove", "DELETE /messages/{message_id}/reactions/{reaction}"),
    operation("messages.pin", "POST /messages/{message_id}/pin"),
    operation("messages.unpin", "DELETE /messages/{message_id}/pin"),
]
