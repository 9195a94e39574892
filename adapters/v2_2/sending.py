"""Messages, written: sent, changed, deleted, reacted to, pinned, marked as read."""

from typing import Final

from adapters.v2_2.conversations import every_conversation
from adapters.v2_2.messages import LIST
from adapters.v2_2.names import name_of
from adapters.v2_2.privacy import check_may_forward, check_may_write
from adapters.v2_2.row import ClientContext, OperationContext, Row, only_ours, row
from adapters.v2_2.shapes import done, flip
from contracts.model.document import Document, Node, opened, read
from contracts.model.times import with_zone, without_zone
from contracts.rules.lens import Mentions, lens
from contracts.rules.shapes import rename, to_path


async def send_guard(sent: Document, context: OperationContext) -> None:
    """In a direct conversation the other person decides who may write; the author decides who may forward."""
    if not isinstance(sent.body, dict):
        return
    wanted = read(sent.body, "conversation_id")
    here = next((one for one in await every_conversation(context) if read(one, "id") == wanted), None)
    # Whoever is not in the conversation is refused by the backend itself.
    if here and isinstance(other := read(here, "other_user_id"), int) and read(here, "type") == "direct":
        await check_may_write(other, context)
    author = read(sent.body, "forwarded_from_user_id")
    if isinstance(author, int) and read(sent.body, "is_forwarded"):
        await check_may_forward(author, context)


_SEND_REQUEST = lens(flip(to_path("conversation_id")), rename("body", forwarded_from="forwarded_from_name"))


async def send_down(asked: Document, context: OperationContext) -> Document:
    """Send. 2.2 would take the author's user id for a message's id: it is returned to the client only."""
    body = asked.body if isinstance(asked.body, dict) else {}
    author, forwarded = read(body, "forwarded_from_user_id"), read(body, "is_forwarded")
    if forwarded and isinstance(author, int):
        await check_may_forward(author, context)
    sent = _SEND_REQUEST.draft(asked._replace(body=body))
    sent.body.pop("forwarded_from_user_id", None)
    answer = await context.ask(SEND, sent)
    one: Node = opened(answer.body["message"], "$.body.message")
    me = read(one, "sender_user_id")
    roster = await context.find(Mentions(set(), {me}))
    response = {key: one.get(key) for key in _STORED}
    response["sender_name"] = name_of(me, roster, str(read(one, "sender_name") or ""))
    response["created_at"] = with_zone(one["created_at"])
    if read(one, "is_forwarded"):
        response |= {
            key: one.get(key) for key in ("is_forwarded", "forwarded_from_name", "forwarded_from_avatar")
        }
        response["forwarded_from_user_id"] = author
    return asked._replace(body=response)


_STORED: Final = (
    "id",
    "conversation_id",
    "sender_user_id",
    "sender_avatar",
    "content",
    "message_type",
    "media_url",
    "media_metadata",
    "reply_to_id",
)


async def send_up(asked: Document, context: ClientContext) -> Document:
    """In front of 2.1."""
    sent = _SEND_REQUEST.to_legacy(asked, await context.find(Mentions.none()))
    answer = await context.own(sent)
    one = answer.body
    created = without_zone(one["created_at"])
    forwarding = {"is_forwarded": False, "forwarded_from_name": None, "forwarded_from_avatar": None}
    message = {
        **{key: one.get(key) for key in (*_STORED, "sender_name")},
        **{key: one.get(key, value) for key, value in forwarding.items()},
        "forwarded_from_id": None,
        "created_at": created,
        "updated_at": created,
    }
    return answer._replace(body={"message": message, "status": "sent", "message_id": one["id"]})


async def send_beside(answer: Document, context: OperationContext) -> None:
    """In front of 2.2, for its own clients."""
    answer.body["message_id"] = opened(answer.body["message"], "$.body.message")["id"]


async def edit_down(asked: Document, context: OperationContext) -> Document:
    """Edit; 2.2 answers with the message, 2.1 with a word."""
    answer = await context.ask(EDIT, Document(asked.path, {}, asked.body))
    one = opened(answer.body["message"], "$.body.message")
    return asked._replace(body={"success": True, "message": "Message updated", "message_id": one["id"]})


async def edit_up(asked: Document, context: ClientContext) -> Document:
    """In front of 2.1: the text is what was sent, the time is ours."""
    text = asked.body.get("content") if isinstance(asked.body, dict) else None
    answer = await context.own(asked)
    one = {"id": answer.body["message_id"], "content": text, "is_edited": True}
    one["updated_at"] = context.now.isoformat()
    return answer._replace(body={"message": one, "status": "updated"})


async def read_down(asked: Document, context: OperationContext) -> Document:
    """Reading one message marks all as read, in every shape."""
    await context.ask(LIST, Document(asked.path, {"limit": "1"}, None))
    return asked._replace(body={"success": True, "message": "Conversation marked as read"})


SEND: Final[Row] = row(
    "messages.send",
    "POST /messages",
    from_2_1=send_down,
    from_2_2=send_up,
    guard=send_guard,
    beside=send_beside,
)
EDIT: Final[Row] = row("messages.edit", "PUT /messages/{message_id}", from_2_1=edit_down, from_2_2=edit_up)
ENDPOINTS = [
    SEND,
    EDIT,
    row("messages.delete", "DELETE /messages/{message_id}", response=lens(done())),
    row("reactions.add", "POST /messages/{message_id}/reactions", response=lens(done())),
    row("reactions.remove", "DELETE /messages/{message_id}/reactions/{reaction}", response=lens(done())),
    row("messages.pin", "POST /messages/{message_id}/pin", response=lens(done())),
    row("messages.unpin", "DELETE /messages/{message_id}/pin", response=lens(done())),
    only_ours("conversations.read", from_2_1=read_down),
    only_ours("search.messages", cannot="The deployed chat service cannot search"),
]
