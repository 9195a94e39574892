"""What to do with a request, and how its query reads."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal
from urllib.parse import parse_qsl

from gateway.exchange.routes import Match


@dataclass(slots=True)
class Plan:
    """What to do with a request, decided from its head alone.

    ``shape`` can still turn from modern to legacy when the body names somebody by role (``PUT /settings``).
    ``target`` is what of the target streams through, where that is not all of it.
    """

    kind: Literal["exchange", "stream", "passthrough"]
    operation: str
    shape: str
    match: Match | None = None
    query: Mapping[str, str] = field(default_factory=dict)
    target: str = ""
    #: Whoever may ask the same again wants to know what may be kept of this exchange ...
    keep: bool = False
    #: ... and finds it here: a `gateway.exchange.prepared.Again`, or None.
    again: Any = None

    def fresh(self) -> "Plan":
        """The same for another request."""
        return Plan(self.kind, self.operation, self.shape, self.match, self.query)


def parse_query(query: str) -> list[tuple[str, str]]:
    """Names and values, decoded, blank ones too; nearly every query has nothing to decode."""
    if "%" in query or "+" in query:
        return parse_qsl(query, keep_blank_values=True)
    parts = [part.partition("=") for part in query.split("&") if part]
    return [(name, value) for name, _, value in parts]
