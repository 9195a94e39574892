"""Messages, written: sent, changed, deleted, reacted to, pinned, marked as read."""

from typing import Final

from adapters.deployed.conversations import every_conversation
from adapters.deployed.messages import LIST
from adapters.deployed.names import name_of
from adapters.deployed.privacy import check_may_forward, check_may_write
from adapters.deployed.row import Row, Talk, only_ours, row
from adapters.deployed.shapes import done, flip, with_zone, without_zone
from contracts.document import Document, Node, opened, read
from contracts.lens import Mentions, lens
from contracts.shapes import rename, to_path


async def send_guard(sent: Document, talk: Talk) -> None:
    """In a direct conversation the other person decides who may write; the author decides who may forward."""
    if not isinstance(sent.body, dict):
        return
    wanted = read(sent.body, "conversation_id")
    here = next((one for one in await every_conversation(talk) if read(one, "id") == wanted), None)
    # Whoever is not in the conversation is refused by the backend itself.
    if here and isinstance(other := read(here, "other_user_id"), int) and read(here, "type") == "direct":
        await check_may_write(other, talk)
    author = read(sent.body, "forwarded_from_user_id")
    if isinstance(author, int) and read(sent.body, "is_forwarded"):
        await check_may_forward(author, talk)


_SEND_REQUEST = lens(flip(to_path("conversation_id")), rename("body", forwarded_from="forwarded_from_name"))


async def send_down(asked: Document, talk: Talk) -> Document:
    """Send. 2.2 would take the author's user id for a message's id: it is told to the client only."""
    body = asked.body if isinstance(asked.body, dict) else {}
    author, forwarded = read(body, "forwarded_from_user_id"), read(body, "is_forwarded")
    if forwarded and isinstance(author, int):
        await check_may_forward(author, talk)
    sent = _SEND_REQUEST.draft(asked._replace(body=body))
    sent.body.pop("forwarded_from_user_id", None)
    answer = await talk.ask(SEND, sent)
    one: Node = opened(answer.body["message"], "$.body.message")
    me = read(one, "sender_user_id")
    roster = await talk.find(Mentions(set(), {me}))
    told = {key: one.get(key) for key in _STORED}
    told["sender_name"] = name_of(me, roster, str(read(one, "sender_name") or ""))
    told["created_at"] = with_zone(one["created_at"])
    if read(one, "is_forwarded"):
        told |= {
            key: one.get(key) for key in ("is_forwarded", "forwarded_from_name", "forwarded_from_avatar")
        }
        told["forwarded_from_user_id"] = author
    return asked._replace(body=told)


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


async def send_up(asked: Document, talk: Talk) -> Document:
    """In front of 2.1."""
    sent = _SEND_REQUEST.to_legacy(asked, await talk.find(Mentions.none()))
    answer = await talk.own(sent)
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
    return answer._replace(body={"message": message, "status": "sent"})


async def edit_down(asked: Document, talk: Talk) -> Document:
    """Edit; 2.2 answers with the message, 2.1 with a word."""
    answer = await talk.ask(EDIT, Document(asked.path, {}, asked.body))
    one = opened(answer.body["message"], "$.body.message")
    return asked._replace(body={"success": True, "message": "Message updated", "message_id": one["id"]})


async def edit_up(asked: Document, talk: Talk) -> Document:
    """In front of 2.1: the text is what was sent, the time is ours."""
    text = asked.body.get("content") if isinstance(asked.body, dict) else None
    answer = await talk.own(asked)
    one = {"id": answer.body["message_id"], "content": text, "is_edited": True}
    one["updated_at"] = talk.now.isoformat()
    return answer._replace(body={"message": one, "status": "updated"})


async def read_down(asked: Document, talk: Talk) -> Document:
    """Reading one message marks all as read, in every shape."""
    await talk.ask(LIST, Document(asked.path, {"limit": "1"}, None))
    return asked._replace(body={"success": True, "message": "Conversation marked as read"})


SEND: Final[Row] = row("messages.send", "POST /messages", down=send_down, up=send_up, guard=send_guard)
EDIT: Final[Row] = row("messages.edit", "PUT /messages/{message_id}", down=edit_down, up=edit_up)
ENDPOINTS = [
    SEND,
    EDIT,
    row("messages.delete", "DELETE /messages/{message_id}", response=lens(done())),
    row("reactions.add", "POST /messages/{message_id}/reactions", response=lens(done())),
    row("reactions.remove", "DELETE /messages/{message_id}/reactions/{reaction}", response=lens(done())),
    row("messages.pin", "POST /messages/{message_id}/pin", response=lens(done())),
    row("messages.unpin", "DELETE /messages/{message_id}/pin", response=lens(done())),
    only_ours("conversations.read", down=read_down),
    only_ours("search.messages", cannot="The deployed chat service cannot search"),
]
