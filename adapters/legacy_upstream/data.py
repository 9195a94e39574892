"""All of one's chat data, and connections. The old backend hides for oneself, and cannot erase for everybody."""

from adapters.legacy_upstream.answers import done
from adapters.legacy_upstream.roles import any_role, roles_of
from adapters.legacy_upstream.row import OperationContext, Row, invented
from contracts.model.document import Document, read
from contracts.model.errors import Unsupported

ERASE = "The old chat service cannot erase for everybody"


async def delete(asked: Document, context: OperationContext) -> Document:
    """For each role."""
    if asked.query.get("confirm", "false").lower() in ("true", "1"):
        raise Unsupported(ERASE)
    any_role(context.person)
    count = 0
    for role in roles_of(context.person):
        response = await context.ask("data.delete", role, Document({}, {}, None))
        count += read(response.body, "conversations_cleared") or 0
    return done("All chat data deleted for your account", conversations_cleared=count)


ENDPOINTS = [
    Row("data.delete", delete, limits="`confirm=true` is a 501: it cannot erase for everybody"),
    invented("connections.request"),
    invented("connections.end"),
]
