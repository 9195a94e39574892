"""Read receipts: up to when the others have read, and what that makes of one's own messages."""

from datetime import UTC, datetime
from typing import Any, Final

from adapters.v2_2.privacy import show_receipts
from adapters.v2_2.row import OperationContext, Row, row
from adapters.v2_2.shapes import items
from contracts.model.document import Document, Node, read

READ_STATUS: Final[Row] = row("read_status.get", "GET /conversations/{conversation_id}/read-status")


def moment_of(text: Any) -> Any:
    """A time of either shape in a form that can be compared; None for what is none (it is ignored, as ever)."""
    try:
        moment = datetime.fromisoformat(text)
    except (TypeError, ValueError):
        return None
    return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment


async def read_until(conversation_id: str, context: OperationContext) -> Any:
    """Up to when everybody who shows receipts has read; None when nobody does, or when it is not known of somebody."""
    path = {"conversation_id": conversation_id}
    answer = await context.ask(READ_STATUS, Document(path, {}, None))
    readers = {read(one, "user_id"): read(one, "last_read_at") for one in items(answer.body, "read_status")}
    readers.pop(context.caller.user_id, None)
    shows = await show_receipts(list(readers), context)
    if None in shows.values():
        return None
    moments = [moment_of(moment) for user, moment in readers.items() if shows[user]]
    return min(moments) if moments and None not in moments else None


def status_of(one: Node, read_until: Any) -> str | None:
    """``read`` or ``sent`` for one's own messages."""
    if not read(one, "is_mine"):
        return None
    was_read = read_until is not None and moment_of(read(one, "created_at")) <= read_until
    return "read" if was_read else "sent"
