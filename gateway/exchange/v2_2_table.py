"""What the rows of the second table say about routes and queries of 2.2; what they translate is in `v2_2`."""

from collections.abc import Iterable

from adapters.v2_2.row import Row
from adapters.v2_2.shapes import Flip, FromQuery
from contracts.model.document import Document
from contracts.model.errors import Unsupported
from contracts.operation import Endpoint
from contracts.rules.shapes import ToBody


class Table:
    """The rows of the second table by name."""

    def __init__(self, rows: Iterable[Row]) -> None:
        self._by_name = {row.name: row for row in rows}

    @property
    def endpoints(self) -> dict[str, Endpoint]:
        """The routes of 2.2 by operation."""
        return {name: row.endpoint for name, row in self._by_name.items() if row.endpoint}

    @property
    def own_query(self) -> dict[str, frozenset[str]]:
        """By operation, the parameters that 2.2 has in its query where 2.1 has them in the body."""
        return {
            name: frozenset(
                shape.rule.name
                for shape in row.request.shapes
                if isinstance(shape, Flip) and isinstance(shape.rule, ToBody)
            )
            for name, row in self._by_name.items()
        }

    def row(self, name: str) -> Row:
        """The row of an operation. Raises `Unsupported` where the table has none."""
        found = self._by_name.get(name)
        if found is None:
            raise Unsupported
        return found


def out_of_query(row: Row, asked: Document) -> Document:
    """What real clients of 2.2 write into the query and belongs into the body goes there: it may be a password."""
    names = {name for rule in row.request.shapes if isinstance(rule, FromQuery) for name in rule.names}
    if names.isdisjoint(asked.query):
        return asked
    for rule in reversed(row.request.shapes):
        asked = rule.to_legacy(asked)
    return row.request.draft(asked)
