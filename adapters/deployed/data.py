"""Deleting everything. In 2.1 that hides for oneself; 2.2 deletes for everybody, and only with ``confirm``.

The confirmation is the client's own word: nothing here ever adds it.
"""

from typing import Final

from adapters.deployed.conversations import every_conversation
from adapters.deployed.row import Row, Talk, row
from contracts.document import Document
from contracts.errors import InvalidRequest, InvalidValue, Unsupported


def _confirmed(asked: Document) -> bool | None:
    text = asked.query.get("confirm")
    if text is None:
        return None
    if text.lower() not in ("true", "1", "yes", "on", "false", "0", "no", "off"):
        raise InvalidValue("must be true or false", place="$.query.confirm")
    return text.lower() in ("true", "1", "yes", "on")


async def delete_down(asked: Document, talk: Talk) -> Document:
    """Only what the client itself confirmed."""
    if not _confirmed(asked):
        raise Unsupported("The deployed chat service cannot hide messages for one person")
    cleared = len(await every_conversation(talk))
    answer = await talk.ask(DELETE, Document({}, {"confirm": "true"}, None))
    told = {"success": True, "message": answer.body["message"], "conversations_cleared": cleared}
    return asked._replace(body=told)


async def delete_up(asked: Document, talk: Talk) -> Document:
    """In front of 2.1. Real clients of 2.2 say nothing of a confirmation: then it hides for oneself, as ever."""
    if _confirmed(asked) is False:
        raise InvalidRequest("Must confirm deletion")
    answer = await talk.own(asked)
    return answer._replace(body={"message": "All chat data deleted successfully"})


DELETE: Final[Row] = row("data.delete", "DELETE /data", down=delete_down, up=delete_up)
ENDPOINTS = [DELETE]
