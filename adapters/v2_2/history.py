"""A conversation's messages, page by page: 2.2 gives a hundred at most, the newest first, deleted ones too."""

from dataclasses import dataclass, field
from typing import Final

import msgspec

from adapters.v2_2.receipts import moment_of
from adapters.v2_2.row import OperationContext, Row, row
from adapters.v2_2.shapes import items
from contracts.model.document import Document, Node, read
from contracts.model.errors import AnswerTooLarge
from contracts.model.profile import parse_id

PAGE: Final = 100
#: Of messages for one answer; what is more ends it early. Before there were limits, one text could have 9.9 MB.
MOST_BYTES: Final = 32 * 1024 * 1024
_LARGE: Final = ("content", "media_metadata", "reply_to")
_LIST: Final[Row] = row("messages.list", "GET /messages/{conversation_id}")


@dataclass(slots=True)
class Window:
    """Visible messages, newest first: ``shown`` are those after ``offset``, at most ``limit``.

    ``seen`` counts them from the newest on. ``whole``: there is none beside those. ``cut``: there was no room for more.
    """

    offset: int
    limit: int
    shown: list[Node] = field(default_factory=list)
    seen: int = 0
    whole: bool = False
    cut: bool = False
    _bytes: int = 0

    @property
    def missing(self) -> int:
        """How many are still to be read. One more than wanted is, to know whether there are older ones."""
        return 0 if self.whole or self.cut else self.offset + self.limit + 1 - self.seen

    @property
    def has_more(self) -> bool:
        """Whether there are older ones than those that are shown."""
        return self.cut or self.seen > self.offset + self.limit

    def take(self, page: list[Node]) -> None:
        """The next ones. Only what will be shown is kept."""
        for one in page:
            if self.offset <= self.seen < self.offset + self.limit:
                self._bytes += sum(len(one[key]) for key in _LARGE if type(one.get(key)) is msgspec.Raw)
                if self.shown and self._bytes > MOST_BYTES:
                    self.cut, self.whole = True, False
                    return
                self.shown.append(one)
            self.seen += 1


async def newest(asked: Document, context: OperationContext, window: Window) -> None:
    """Fill the window. Raises `AnswerTooLarge` where not even the first message can be read."""
    after, before = moment_of(asked.query.get("after")), _before(asked)
    largest = PAGE
    while window.missing > 0:
        size = min(largest, window.missing)
        try:
            page = await _page(asked, context, size, before)
        except AnswerTooLarge:
            largest = size // 2
            if largest:
                continue
            if not window.shown:
                raise
            window.cut = True
            break
        fresh = [one for one in page if after is None or moment_of(read(one, "created_at")) > after]
        window.whole = len(page) < size or len(fresh) < len(page)
        window.take(list((await _visible(fresh, context)).values()))
        before = min((read(one, "id") for one in page), default=None)


async def _page(asked: Document, context: OperationContext, size: int, before: int | None) -> list[Node]:
    query = {"limit": str(size)} | ({"before_message_id": str(before)} if before else {})
    found = items((await context.ask(_LIST, Document(asked.path, query, None))).body, "messages")
    return [one for one in found if before is None or read(one, "id") < before]


async def _visible(page: list[Node], context: OperationContext) -> dict[int, Node]:
    """Without the deleted; where the database can be read also without what the caller hid or cleared."""
    kept = {read(one, "id"): one for one in page if not read(one, "is_deleted")}
    rows = await context.facts("messages", list(kept), context.caller.user_id) if kept else None
    for fact in rows or ():
        if fact["hidden"]:
            del kept[fact["id"]]
        else:
            kept[fact["id"]] |= {key: fact[key] for key in ("edited_at", "forwarded_from_name")}
    return kept


def _before(asked: Document) -> int | None:
    text = asked.query.get("before_message_id")
    return None if text in (None, "", "0") else parse_id(text, "$.query.before_message_id")
