"""Finding messages by their text, in what the caller can see."""

import asyncio
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
READ_AT_ONCE: Final = 50

# Plain texts are compared by the database. What is encrypted ($5 is its prefix) comes along to be read here.
CANDIDATES = sql("""SELECT m.id, CASE WHEN starts_with(m.content, $5) THEN m.content END AS encrypted
    FROM conversation_participants me
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
    found: list[int] = []
    for at in range(0, len(rows), READ_AT_ONCE):
        found += _matching(rows[at : at + READ_AT_ONCE], wanted.lower(), call.services.texts)
        if len(found) >= limit:
            break
        await asyncio.sleep(0)  # opening thousands of texts must not hold up everybody else
    return {"messages": await message_rows.these(call, found[:limit])}


def _matching(rows: Iterable[Row], lowered: str, texts: Texts) -> Iterator[int]:
    for row in rows:
        if row["encrypted"] is None or lowered in (texts.read(row["encrypted"]) or "").lower():
            yield row["id"]


ROUTES = (Route("GET", "/api/chat/search", search),)
