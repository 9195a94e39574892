"""Connection requests: pending ones, and the answer to one."""

from contracts.model.document import Document, Node, read
from contracts.model.roster import Roster
from contracts.operation import not_tried, operation
from contracts.rules.lens import each, lens
from contracts.rules.people import person
from contracts.rules.shapes import ToBody, copy


def _request(node: Node, roster: Roster) -> None:
    node.pop("name", None)
    node["display_name"] = roster.legacy_name(read(node, "user_id"))


class _Action(ToBody):
    """``?action=``: the legacy server took everything but "accept" for a rejection."""

    def to_modern(self, document: Document) -> Document:
        document.query["action"] = "accept" if document.query.get("action") == "accept" else "reject"
        return ToBody.to_modern(self, document)


ENDPOINTS = [
    operation(
        "connection_requests.list",
        "GET /connection-requests",
        response=lens(
            *(
                rule
                for name in ("sent_requests", "received_requests")
                for rule in (
                    person(f"body.{name}[]", beside="user_id"),
                    each(f"body.{name}[]", _request),
                    copy(f"body.{name}[]", profile_picture="avatar"),
                )
            )
        ),
        safe="reads",
    ),
    operation(
        "connection_requests.respond",
        "POST /connection-requests/{connection_id}/respond",
        request=lens(_Action("action", "action", "text", None)),
        errors={403: (404, "Connection request not found")},
        trial=not_tried("would change a connection"),
    ),
]
