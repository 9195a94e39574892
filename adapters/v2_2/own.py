"""What one does with a conversation for oneself, and how far the others have read."""

from typing import Any, Final

from adapters.optional import optional
from adapters.v2_2.conversations import every_conversation
from adapters.v2_2.names import name_of
from adapters.v2_2.privacy import show_receipts
from adapters.v2_2.receipts import READ_STATUS as STATUS
from adapters.v2_2.row import OperationContext, Row, row
from adapters.v2_2.shapes import items, scalar, times
from contracts.model.document import Document, Node, read
from contracts.model.errors import InvalidValue
from contracts.model.roster import Roster
from contracts.model.times import with_zone
from contracts.rules.lens import Mentions, lens

_HIDES: Final = "User has disabled read receipts"
_NOBODY: Final = "No other participant"


def _flag(name: str, route: str, key: str) -> Row:
    """A row for a bare boolean, which 2.1 says again in its answer."""

    async def from_2_1(asked: Document, context: OperationContext) -> Document:
        value = read(asked.body, key) if isinstance(asked.body, dict) else None
        if not isinstance(value, bool):
            raise InvalidValue("must be true or false", place=f"$.body.{key}")
        answer = await context.ask(found, Document(asked.path, {}, value))
        return asked._replace(body={"success": True, "message": answer.body["message"], key: value})

    found = row(name, route, request=lens(scalar(key)), from_2_1=from_2_1)
    return found


async def read_status_down(asked: Document, context: OperationContext) -> Document:
    """Everybody else who shows it; 2.2 shows everybody's, the caller's own too."""
    answer = await context.ask(STATUS, Document(asked.path, {}, None))
    others = [
        one for one in items(answer.body, "read_status") if read(one, "user_id") != context.caller.user_id
    ]
    users = [read(one, "user_id") for one in others]
    shows = await show_receipts(users, context)
    roster = await context.find(Mentions(set(), set(users)))
    # A direct conversation has one other person; the list knows better.
    kind = await optional(_kind, int(asked.path["conversation_id"]), context)
    kind = kind or ("group" if len(others) > 1 else "direct")
    response = [_reader(one, roster) for one in others if shows[read(one, "user_id")]]
    hidden = kind == "direct" and bool(others) and not response
    reason = None if kind != "direct" or response else _HIDES if hidden else _NOBODY
    body = {"type": kind, "hidden": hidden, "reason": reason, "read_status": response}
    return asked._replace(body=body)


async def _kind(conversation_id: int, context: OperationContext) -> Any:
    listed = await every_conversation(context)
    return next((read(one, "type") for one in listed if read(one, "id") == conversation_id), "direct")


def _reader(one: Node, roster: Roster) -> Node:
    user = read(one, "user_id")
    return {
        "user_id": user,
        "name": name_of(user, roster, str(read(one, "name") or "")),
        "avatar": one["avatar"],
        "last_read_at": with_zone(one["last_read_at"]),
        "last_read_message_id": None,
    }


ENDPOINTS = [
    _flag("conversations.mute", "PUT /conversations/{conversation_id}/mute", "is_muted"),
    _flag("conversations.archive", "PUT /conversations/{conversation_id}/archive", "is_archived"),
    row(
        "history.clear",
        "DELETE /conversations/{conversation_id}/history",
        cannot="The deployed chat service cannot hide messages for one person",
    ),
    row(
        "read_status.get",
        "GET /conversations/{conversation_id}/read-status",
        from_2_1=read_status_down,
        response=lens(times("body.read_status[]", "last_read_at")),
    ),
]
