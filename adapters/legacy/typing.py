"""Typing: who is, may one show it, and one's own."""

from contracts.model.document import NULL, Node, read
from contracts.model.roster import Roster
from contracts.operation import Trial, operation
from contracts.rules.lens import each, lens
from contracts.rules.people import person
from contracts.rules.shapes import to_body


def _typer(node: Node, roster: Roster) -> None:
    node["user_name"] = node.pop("name", NULL)
    if read(node, "avatar") is None:
        node["avatar"] = ""


ENDPOINTS = [
    operation(
        "typing.get",
        "GET /conversations/{conversation_id}/typing",
        response=lens(person("body.typing_users[]"), each("body.typing_users[]", _typer)),
        empty_response={"typing_users": [], "is_someone_typing": False},
    ),
    operation(
        "typing.set",
        "POST /conversations/{conversation_id}/typing",
        request=lens(to_body("is_typing", kind="bool", default=True)),
        response=lens(person("body")),
        empty_response={"broadcasted": False, "reason": "There is no such conversation yet"},
        trial=Trial(also=("is_typing",), step=True),
    ),
    operation(
        "typing.allowed",
        "GET /conversations/{conversation_id}/typing-allowed",
        empty_response={"can_broadcast_typing": False},
        safe="reads",
    ),
]
