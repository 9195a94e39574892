"""Messages: the list. The role in which a conversation is read is the one by which the caller is in it."""

from typing import Final

from adapters.legacy_upstream.answers import answer, done, listed, messages, number
from adapters.legacy_upstream.roles import role_in
from adapters.legacy_upstream.row import OperationContext, Row, absent
from contracts.model.document import Document, Node, read
from contracts.model.profile import Profile

MOST: Final = 10_000


async def list_messages(asked: Document, context: OperationContext) -> Document:
    """The newest window, oldest first. The old list has no offset: so much more is asked, and cut off."""
    limit, offset = number(asked, "limit", 50, MOST), number(asked, "offset", 0, 10_000)
    role = await role_in(int(asked.path["conversation_id"]), context)
    body = await _window(asked, limit + offset, context, role)
    found = listed(body, "messages")
    end = max(0, len(found) - offset)
    shown = found[max(0, end - limit) : end] if offset else found
    more = bool(read(body, "has_more")) or len(found) > len(shown) + offset
    total = read(body, "total_count")
    return answer(
        {
            "messages": await messages(shown, context),
            "has_more": more,
            "total_count": total if isinstance(total, int) else len(found),
        }
    )


async def _window(asked: Document, wanted: int, context: OperationContext, role: Profile) -> Node:
    """The newest so many messages of what was asked for."""
    query = {"limit": str(min(wanted, MOST))}
    if before := asked.query.get("before_message_id"):
        query["before_id"] = before
    if after := asked.query.get("after"):
        query["after"] = after
    response: Node = (await context.ask("messages.list", role, Document(asked.path, query, None))).body
    return response


async def mark_read(asked: Document, context: OperationContext) -> Document:
    """Reading one message marks all as read, in every shape."""
    role = await role_in(int(asked.path["conversation_id"]), context)
    await context.ask("messages.list", role, Document(asked.path, {"limit": "1"}, None))
    return done("Marked as read")


ENDPOINTS = [
    Row("messages.list", list_messages, "conversation"),
    Row("conversations.read", mark_read, "conversation"),
    absent("search.messages", "The old chat service cannot search"),
    absent("media.upload", "The old chat service stores no files"),
    absent("media.get", "The old chat service stores no files"),
]
