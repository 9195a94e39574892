"""Typing: whose choice counts differs. 2.1 asks the caller's own settings, 2.2 everybody's, and only when asked."""

from typing import Final

from adapters.v2_2.names import named
from adapters.v2_2.receipts import READ_STATUS
from adapters.v2_2.row import ClientContext, OperationContext, Row, row
from adapters.v2_2.settings import settings_of
from contracts.model.document import Document, Node, opened, read
from contracts.model.errors import InvalidValue
from contracts.model.roster import Roster
from contracts.rules.lens import each, lens


def _someone(node: Node, _: Roster) -> None:
    node["is_someone_typing"] = bool(opened(node["typing_users"], "$.body.typing_users"))


async def _allowed(context: OperationContext) -> bool:
    return bool(read(await settings_of(context.caller.user_id, context), "typing_indicators"))


async def members_only(sent: Document, context: OperationContext) -> None:
    """2.2 shows everybody's typing to everybody. Whoever is in the conversation may ask how far it is read."""
    await context.ask(READ_STATUS, Document(sent.path, {}, None), user=context.caller.user_id)


async def get_beside(answer: Document, context: OperationContext) -> None:
    """In front of 2.2, for its own clients."""
    answer.body["is_someone_typing"] = bool(opened(answer.body["typing_users"], "$.body.typing_users"))


async def set_down(asked: Document, context: OperationContext) -> Document:
    """Nothing is sent when the caller does not show when it types."""
    typing = read(asked.body, "is_typing") if isinstance(asked.body, dict) else None
    if not isinstance(typing, bool):
        raise InvalidValue("must be true or false", place="$.body.is_typing")
    if not await _allowed(context):
        body = {"broadcasted": False, "reason": "Typing indicators disabled in settings"}
        return asked._replace(body=body)
    await context.ask(SET, Document(asked.path, {}, {"is_typing": typing}))
    here = int(asked.path["conversation_id"])
    user = context.caller.user_id
    return asked._replace(
        body={"broadcasted": True, "conversation_id": here, "user_id": user, "is_typing": typing}
    )


async def set_up(asked: Document, context: ClientContext) -> Document:
    """In front of 2.1: a word, also where nothing was shown."""
    return (await context.own(asked))._replace(body={"message": "Typing status updated"})


async def allowed_down(asked: Document, context: OperationContext) -> Document:
    """The caller's own choice."""
    return asked._replace(body={"can_broadcast_typing": await _allowed(context)})


async def allowed_up(asked: Document, context: ClientContext) -> Document:
    """In front of 2.1."""
    answer = await context.own(asked)
    return answer._replace(body={"allowed": answer.body["can_broadcast_typing"]})


SET: Final[Row] = row(
    "typing.set",
    "POST /conversations/{conversation_id}/typing",
    from_2_1=set_down,
    from_2_2=set_up,
    guard=members_only,
)
ENDPOINTS = [
    row(
        "typing.get",
        "GET /conversations/{conversation_id}/typing",
        response=lens(*named("body.typing_users[]"), each("body", _someone)),
        guard=members_only,
        beside=get_beside,
    ),
    SET,
    row(
        "typing.allowed",
        "GET /conversations/{conversation_id}/typing-allowed",
        from_2_1=allowed_down,
        from_2_2=allowed_up,
    ),
]
