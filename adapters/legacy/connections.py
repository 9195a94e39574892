"""Connections: two routes that old clients invented and no server ever had. The real ones stream through.

``/api/connections*`` speaks of persons by user id in both generations, so there is nothing else to translate.
"""

from contracts.model.document import Document, read
from contracts.model.errors import InvalidValue, NotFound
from contracts.model.profile import Profile
from contracts.operation import Operation, OperationContext, endpoint, legacy_only, not_tried
from contracts.rules.lens import Mentions
from contracts.rules.people import pair_at

CREATE = Operation("connections.create", None, endpoint("POST /api/connections"))
CHECK = Operation("connections.check", None, endpoint("POST /api/connections/check"))
DELETE = Operation("connections.delete", None, endpoint("DELETE /api/connections/{connection_id}"))


async def _named(asked: Document, prefix: str, context: OperationContext) -> tuple[Profile, int]:
    body = asked.body if isinstance(asked.body, dict) else {}
    place = f"$.body.{prefix}profile_id"
    pair = pair_at(body, prefix, "$.body")
    if pair is None:
        raise InvalidValue("is missing", place=place)
    user = (await context.find(Mentions({pair}, set()))).user_of(pair)
    if user is None:
        raise NotFound("no such person", place=place)
    return pair, user


async def request_connection(asked: Document, context: OperationContext) -> Document:
    """Ask for a connection by profiles. The sender is the token's person, whatever the body says."""
    pair, user = await _named(asked, "receiver_", context)
    sender = context.caller.named.type
    body = {"recipient_id": user, "recipient_type": pair.type, "requester_type": sender}
    answer = await context.send(CREATE, Document({}, {}, body))
    return asked._replace(
        body={"success": True, "connection_id": answer.body["id"], "status": answer.body["status"]}
    )


async def delete_connection(asked: Document, context: OperationContext) -> Document:
    """End the connection with a person; that there is none is fine."""
    _, user = await _named(asked, "", context)
    relation = await context.send(CHECK, Document({}, {}, {"target_user_id": user}))
    connection = read(relation.body, "connection_id")
    if connection is not None:
        await context.send(DELETE, Document({"connection_id": str(connection)}, {}, None))
    return asked._replace(body={"success": True})


ENDPOINTS = [
    legacy_only(
        "connections.request",
        "POST /api/connections/request",
        request_connection,
        trial=not_tried("would change a connection"),
    ),
    # The body names the other person in the caller's place.
    legacy_only(
        "connections.end",
        "DELETE /api/connections/delete",
        delete_connection,
        claim_location="body_target",
        trial=not_tried("would change a connection"),
    ),
]
