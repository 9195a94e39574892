"""Finding messages by their text, in what the caller can see."""

from collections.abc import Iterable, Iterator
from typing import Any, Final

from backend.database import Row
from backend.request_context import RequestContext, Route
from backend.resources import message_rows
from backend.services.texts import PREFIX, Texts
from backend.sql import sql
from contracts.model.errors import InvalidValue

LONGEST: Final = 200
#: Encrypted texts must be read to be compared; so many of the newest are.
MOST_READ: Final = 5000

# Plain texts are compared by the database. What is encrypted ($5 is its prefix) comes along to be read here.
CANDIDATES = sql("""SELECT m.id, m.content FROM conversation_participants me
    JOIN chat_messages m ON m.conversation_id = me.conversation_id AND {visible:m}
    WHERE me.user_id = $1 AND coalesce(me.is_active, true) AND ($2::int IS NULL OR me.conversation_id = $2)
        AND (strpos(lower(m.content), lower($3)) > 0 OR starts_with(m.content, $5))
    ORDER BY m.created_at DESC, m.id DESC LIMIT $4""")


async def search(call: RequestContext) -> dict[str, Any]:
    """Newest first, in one conversation or in all."""
    wanted = call.text("q", longest=LONGEST)
    if not wanted:
        raise InvalidValue("must not be empty", place="$.query.q")
    limit = call.number("limit", 50, 100)
    rows = await call.connection.fetch(
        CANDIDATES, call.user_id, call.id("conversation_id"), wanted, MOST_READ, PREFIX
    )
    found = [row for row, _ in zip(_matching(rows, wanted, call.services.texts), range(limit), strict=False)]
    return {"messages": await message_rows.these(call, [row["id"] for row in found])}


def _matching(rows: Iterable[Row], wanted: str, texts: Texts) -> Iterator[Row]:
    lowered = wanted.lower()
    for row in rows:
        encrypted = row["content"].startswith(PREFIX)
        if not encrypted or lowered in (texts.read(row["content"]) or "").lower():
            yield row


ROUTES = (Route("GET", "/api/chat/search", search),)
