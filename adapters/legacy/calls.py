"""Calls and the call log."""

from typing import Final

from contracts.model.document import NULL, Node, opened, read
from contracts.model.roster import Roster
from contracts.operation import Trial, not_tried, operation
from contracts.rules.lens import each, lens
from contracts.rules.people import person
from contracts.rules.shapes import to_body

_RINGS: Final = not_tried("would leave a call that cannot be taken back")


def _call(node: Node, roster: Roster) -> None:
    """One call of a list, with its caller under the legacy name; nobody keeps the other people's columns."""
    node["caller_name"] = roster.legacy_name(
        read(node, "caller_user_id"), str(read(node, "caller_name") or "")
    )
    node.setdefault("participants", NULL)
    other = opened(node.pop("other_user", None), "$.body.calls[].other_user")
    if other:
        name = roster.legacy_name(read(other, "user_id"), str(read(other, "name") or ""))
        node["other_participant"] = {"name": name, "avatar": other["avatar"], "email": other["email"]}


def _begun(node: Node, roster: Roster) -> None:
    call = opened(node.pop("call"), "$.body.call")
    node["call_id"] = call["id"]


ENDPOINTS = [
    operation(
        "calls.list",
        "GET /calls",
        response=lens(
            person("body.calls[]", modern="caller_user_id", legacy="caller_", beside="caller_user_id"),
            person("body.calls[].other_user", beside="user_id"),
            each("body.calls[]", _call),
        ),
        safe="reads",
    ),
    operation(
        "calls.create",
        "POST /calls",
        request=lens(to_body("conversation_id", kind="id"), to_body("call_type")),
        response=lens(each("body", _begun)),
        trial=_RINGS,
    ),
    operation(
        "calls.update",
        "PUT /calls/{call_id}",
        request=lens(to_body("status"), to_body("duration_seconds", kind="count")),
        response=lens(each("body", lambda node, _: node.pop("call", None))),
        trial=_RINGS,
    ),
    operation(
        "call_logs.create",
        "POST /api/call-logs",
        request=lens(
            person("body", modern="caller_user_id", legacy="caller_", beside="caller_user_id", unknown="null")
        ),
        trial=_RINGS,
    ),
    operation(
        "call_logs.list",
        "GET /api/call-logs/{conversation_id}",
        response=lens(
            person("body.call_logs[]", modern="caller_user_id", legacy="caller_", beside="caller_user_id"),
            each("body.call_logs[]", _call),
        ),
        empty_response={"success": True, "call_logs": []},
        trial=Trial(means={"id": "conversation_id"}),
        safe="reads",
    ),
    operation(
        "call_logs.update",
        "PUT /api/call-logs/{call_log_id}",
        trial=_RINGS,
    ),
]
