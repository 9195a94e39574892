"""Lists of which a page is too large for us: what was stored before there were limits is still readable."""

from collections.abc import Awaitable, Callable
from typing import Final

from contracts.model.document import Document
from contracts.model.errors import AnswerTooLarge
from contracts.model.http import Response
from contracts.operation import Operation

_MOST: Final = 100_000


async def ask_for_less(
    ask: Callable[[Document], Awaitable[Response]], operation: Operation, document: Document
) -> Response:
    """Ask; of an answer that is too large for half as many rows, as often as it takes.

    Raises `AnswerTooLarge` for a single row that is, and for an operation without pages.
    """
    limit = 0
    while True:
        try:
            return await ask(document)
        except AnswerTooLarge:
            limit = (limit or _limit(operation, document)) // 2
            if not limit:
                raise
            document = document._replace(query={**document.query, "limit": str(limit)})


def _limit(operation: Operation, document: Document) -> int:
    """How many rows a document asks for; 0 where there is no telling."""
    text = document.query.get("limit", str(operation.page))
    known = operation.page and text.isascii() and text.isdigit()
    return min(int(text[:10]), _MOST) if known else 0
