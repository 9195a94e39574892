"""What a conversation is to one person: muted, archived, cleared, and how far the others have read."""

from contracts.model.document import Document, Node, opened, read
from contracts.model.roster import Roster
from contracts.operation import OperationContext, Trial, legacy_only, not_tried, operation
from contracts.rules.lens import each, lens
from contracts.rules.people import person
from contracts.rules.shapes import copy, to_body


def _read_status(node: Node, roster: Roster) -> None:
    """Direct: one status, or why there is none. Otherwise a list of readers."""
    readers = [
        opened(item, "$.body.read_status[]") for item in opened(node.pop("read_status"), "$.body.read_status")
    ]
    if read(node, "type") != "direct":
        node.pop("hidden", None)
        node.pop("reason", None)
        node["readers"] = readers
        return
    node["read_status"] = (
        {key: readers[0][key] for key in ("last_read_at", "last_read_message_id")} if readers else None
    )
    if read(node, "reason") is None:
        node.pop("reason", None)


def _reader(node: Node, roster: Roster) -> None:
    node["name"] = roster.legacy_name(read(node, "user_id"), str(read(node, "name") or ""))


async def delete_conversation(asked: Document, context: OperationContext) -> Document:
    """Old clients "delete" a contact so; neither backend ever had the route. It hides the history for them."""
    return await context.send(CLEAR, asked)


CLEAR = operation(
    "history.clear",
    "DELETE /conversations/{conversation_id}/history",
    empty_response={"success": True},
    trial=not_tried("would hide messages for good"),
)
ENDPOINTS = [
    operation(
        "conversations.mute",
        "PUT /conversations/{conversation_id}/mute",
        request=lens(to_body("muted", modern="is_muted", kind="bool")),
        response=lens(copy("body", muted="is_muted")),
        trial=Trial(means={"body": "is_muted"}, step=True),
    ),
    operation(
        "conversations.archive",
        "PUT /conversations/{conversation_id}/archive",
        request=lens(to_body("archived", modern="is_archived", kind="bool")),
        response=lens(copy("body", archived="is_archived")),
        trial=Trial(means={"body": "is_archived"}, step=True),
    ),
    CLEAR,
    legacy_only(
        "conversations.delete",
        "DELETE /conversations/{conversation_id}",
        delete_conversation,
        trial=not_tried("would hide messages for good"),
    ),
    operation(
        "read_status.get",
        "GET /conversations/{conversation_id}/read-status",
        response=lens(
            person("body.read_status[]", beside="user_id"),
            each("body.read_status[]", _reader),
            each("body", _read_status),
        ),
        empty_response={"read_status": None, "reason": "No other participant"},
        safe="reads",
    ),
]
