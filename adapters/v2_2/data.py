"""Deleting everything. In 2.1 that hides for oneself; 2.2 deletes for everybody, and only with ``confirm``.

The confirmation is the client's own word: nothing here ever adds it.
"""

from typing import Final

from adapters.optional import optional
from adapters.v2_2.conversations import every_conversation
from adapters.v2_2.row import ClientContext, OperationContext, Row, row
from contracts.model.document import Document
from contracts.model.errors import InvalidRequest, InvalidValue, Unsupported


def _confirmed(asked: Document) -> bool | None:
    text = asked.query.get("confirm")
    if text is None:
        return None
    if text.lower() not in ("true", "1", "yes", "on", "false", "0", "no", "off"):
        raise InvalidValue("must be true or false", place="$.query.confirm")
    return text.lower() in ("true", "1", "yes", "on")


async def delete_down(asked: Document, context: OperationContext) -> Document:
    """Only what the client itself confirmed."""
    if not _confirmed(asked):
        raise Unsupported("The deployed chat service cannot hide messages for one person")
    cleared = len(await optional(every_conversation, context) or [])
    answer = await context.ask(DELETE, Document({}, {"confirm": "true"}, None))
    response = {"success": True, "message": answer.body["message"], "conversations_cleared": cleared}
    return asked._replace(body=response)


async def delete_up(asked: Document, context: ClientContext) -> Document:
    """In front of 2.1. Real clients of 2.2 say nothing of a confirmation: then it hides for oneself, as ever."""
    if _confirmed(asked) is False:
        raise InvalidRequest("Must confirm deletion")
    answer = await context.own(asked)
    return answer._replace(body={"message": "All chat data deleted successfully"})


DELETE: Final[Row] = row("data.delete", "DELETE /data", from_2_1=delete_down, from_2_2=delete_up)
ENDPOINTS = [DELETE]
