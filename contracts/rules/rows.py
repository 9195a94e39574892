"""Lenses of lists: a page is translated row by row, so that a row that was translated before need not be again."""

from collections.abc import Sequence
from typing import Any, Final, NamedTuple

import msgspec

from contracts.model.document import Document, opened
from contracts.rules.lens import Lens
from contracts.rules.shapes import Wrap

Row = msgspec.Raw
_ROW: Final = "[]"


class Rows(NamedTuple):
    """Where the rows stand: the body's key, in the modern answer and in the legacy one; None: the body is the list."""

    modern: str | None
    legacy: str | None

    def split(self, document: Document) -> list[Row] | None:
        """The unopened rows of a modern answer; None when they are not where they should be."""
        body = document.body
        found = body if self.modern is None else body.get(self.modern) if isinstance(body, dict) else None
        rows = opened(found, "$.body") if isinstance(found, msgspec.Raw) else found
        return rows if isinstance(rows, list) and all(type(row) is Row for row in rows) else None

    def around(self, body: Any) -> tuple[bytes, bytes]:
        """What stands before and after the rows in a modern answer, as it is written."""
        return _around(body, self.modern)

    def with_rows(self, document: Document, rows: Any) -> Document:
        """The modern answer with these rows, opened, in place of its own."""
        body = rows if self.modern is None else {**document.body, self.modern: rows}
        return document._replace(body=body)

    def told(self, document: Document) -> list[Any]:
        """The rows of a legacy answer."""
        rows: list[Any] = document.body if self.legacy is None else document.body[self.legacy]
        return rows

    def around_told(self, body: Any) -> tuple[bytes, bytes]:
        """What stands before and after the rows in a legacy answer."""
        return _around(body, self.legacy)

    def rows_told(self, text: bytes) -> list[Row]:
        """The rows of a legacy answer of ours."""
        body = opened(msgspec.Raw(text), "$.body")
        rows: list[Row] = body if self.legacy is None else opened(body[self.legacy], "$.body")
        return rows


def _around(body: Any, name: str | None) -> tuple[bytes, bytes]:
    before, _, after = msgspec.json.encode(_HERE if name is None else {**body, name: _HERE}).partition(_MARK)
    return before, after


def join(around: tuple[bytes, bytes], rows: Sequence[bytes | Row]) -> bytes:
    """An answer in one piece."""
    return b"%b[%b]%b" % (around[0], b",".join(rows), around[1])


#: No JSON text holds these bytes but here.
_MARK: Final = b"[\\0]"
_HERE: Final = msgspec.Raw(_MARK)


def rows_of(lens: Lens) -> Rows | None:
    """Where the rows of a list stand that this lens translates one by one; None when it does more than that."""
    wraps = [rule for rule in lens.shapes if isinstance(rule, Wrap)]
    others: list[Any] = [rule for rule in lens.rules if not isinstance(rule, Wrap)]
    places: list[tuple[str, ...]] = [rule.at.steps if hasattr(rule, "at") else () for rule in others]
    if not places or len(wraps) > 1 or any(len(steps) < 2 for steps in places):
        return None
    modern = None if places[0][1:2] == (_ROW,) else places[0][1]
    start = ("body", _ROW) if modern is None else ("body", modern, _ROW)
    if any(steps[: len(start)] != start for steps in places) or (wraps and modern is not None):
        return None
    return Rows(modern, wraps[0].name if wraps else modern)
