"""A row of the second table: one operation in the shape 2.1 (ours) and in 2.2, the one that is deployed today.

Up is towards 2.2: ``request`` goes up and ``response`` comes down when the upstream speaks 2.2; the same lenses turned
round serve a client that speaks 2.2 in front of an upstream that speaks 2.1.
"""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal, Protocol

from contracts.document import Document
from contracts.lens import SAME, Lens, Mentions
from contracts.operation import Endpoint, endpoint
from contracts.roster import Caller, Roster


class Talk(Protocol):
    """What a row written by hand may do."""

    @property
    def caller(self) -> Caller:
        """Who calls."""

    @property
    def now(self) -> datetime:
        """The time, in UTC and without a zone, as the deployed backend writes it."""

    @property
    def address(self) -> str:
        """The client's address."""

    async def find(self, mentions: Mentions) -> Roster:
        """The roster for these people (one batch, usually cached)."""

    async def ask(self, row: "Row", document: Document, *, user: int | None = None) -> Document:
        """Ask an upstream that speaks 2.2, as the caller, or as somebody: that answer may be some seconds old.

        The answer's body is opened one level. Raises `GatewayError` for a refusal.
        """

    async def facts(self, name: str, *values: Any) -> list[dict[str, Any]] | None:
        """What only the database has: the rows of a named read, or None where they cannot be had."""

    async def own(self, document: Document) -> Document:
        """Ask an upstream that speaks 2.1 for the operation at hand."""


Slot = Literal["caller", "target"]
Hand = Callable[[Document, Talk], Awaitable[Document]]
Guard = Callable[[Document, Talk], Awaitable[None]]


@dataclass(frozen=True, slots=True)
class Row:
    """``name`` is that of the first table; ``endpoint`` is the route in 2.2, None where 2.2 has none.

    ``down`` replaces the straight line when 2.1 is asked in front of 2.2, ``up`` in the other direction. ``guard``
    sees every request, in the words of 2.2, before it is sent to an upstream that speaks 2.2: what the deployed
    backend should refuse and does not. ``cannot`` is the text of the 501 where 2.2 has no way.
    ``slot``: with ``target`` 2.2 names somebody else as ``user_id``, where 2.1 has ``target_user_id``.
    """

    name: str
    endpoint: Endpoint | None
    request: Lens = SAME
    response: Lens = SAME
    down: Hand | None = None
    up: Hand | None = None
    guard: Guard | None = None
    cannot: str = ""
    slot: Slot = "caller"


def row(
    name: str,
    route: str,
    *,
    request: Lens = SAME,
    response: Lens = SAME,
    down: Hand | None = None,
    up: Hand | None = None,
    guard: Guard | None = None,
    cannot: str = "",
    slot: Slot = "caller",
) -> Row:
    """A row whose route in 2.2 is given as text."""
    return Row(name, endpoint(route), request, response, down, up, guard, cannot, slot)


def only_ours(name: str, *, down: Hand | None = None, cannot: str = "") -> Row:
    """A row for what 2.2 has no route for: said in other routes by ``down``, or not at all."""
    return Row(name, None, down=down, cannot=cannot)
