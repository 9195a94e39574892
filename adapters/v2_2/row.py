"""A row of the second table: one operation in the shape 2.1 (ours) and in 2.2, the one that is deployed today.

Where the upstream speaks 2.2, ``request`` translates to 2.2 and ``response`` to 2.1; the same lenses turned round
serve a client that speaks 2.2 in front of an upstream that speaks 2.1.
"""

from collections.abc import Awaitable, Callable, Hashable
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal, Protocol

from contracts.model.document import Document
from contracts.model.roster import Caller, Roster
from contracts.operation import Endpoint, endpoint
from contracts.rules.lens import SAME, Lens, Mentions


class ClientContext(Protocol):
    """What a row written by hand may do for a client that speaks 2.2."""

    @property
    def caller(self) -> Caller:
        """Who calls."""

    @property
    def now(self) -> datetime:
        """The time, in UTC and without a zone, as the deployed backend writes it."""

    async def find(self, mentions: Mentions) -> Roster:
        """The roster for these people (one batch, usually cached)."""

    async def own(self, document: Document) -> Document:
        """Ask in 2.1 for the operation at hand."""


class OperationContext(Protocol):
    """What a row written by hand may do in front of an upstream that speaks 2.2."""

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
        """Ask the upstream, as the caller, or as somebody: that answer may be some seconds old.

        The answer's body is opened one level. Raises `GatewayError` for a refusal.
        """

    def turn(self, *key: Hashable) -> AbstractAsyncContextManager[None]:
        """What is done inside is done by one request at a time, of those with this key; `Unavailable` after a while."""

    async def facts(self, name: str, *values: Any) -> list[dict[str, Any]] | None:
        """What only the database has: the rows of a named read, or None where they cannot be had."""


Slot = Literal["caller", "target"]
Handler = Callable[[Document, OperationContext], Awaitable[Document]]
ClientHandler = Callable[[Document, ClientContext], Awaitable[Document]]
#: Adds to an answer of 2.2 what its unchanged clients read beside it.
Beside = Callable[[Document, OperationContext], Awaitable[None]]
Guard = Callable[[Document, OperationContext], Awaitable[None]]


@dataclass(frozen=True, slots=True)
class Row:
    """``name`` is that of the first table; ``endpoint`` is the route in 2.2, None where 2.2 has none.

    ``from_2_1`` replaces the straight line when 2.1 is asked in front of 2.2, ``from_2_2`` in the other direction.
    ``guard`` sees every request in the shape 2.2 before it is sent to an upstream that speaks 2.2: it refuses what
    that backend should refuse and does not. ``cannot`` is the text of the 501 where 2.2 has no way.
    ``beside`` adds to what a client that speaks 2.2 hears from a backend that does: what that client reads and its
    backend never says. It is a courtesy; without it the answer is as the backend gave it.
    ``instead`` answers such a client in the place of the straight line, where its backend keeps no order.
    ``claim_location``: with ``target`` 2.2 names somebody else as ``user_id``, where 2.1 has ``target_user_id``.
    """

    name: str
    endpoint: Endpoint | None
    request: Lens = SAME
    response: Lens = SAME
    from_2_1: Handler | None = None
    from_2_2: ClientHandler | None = None
    guard: Guard | None = None
    cannot: str = ""
    claim_location: Slot = "caller"
    beside: Beside | None = None
    instead: Handler | None = None


def row(
    name: str,
    route: str,
    *,
    request: Lens = SAME,
    response: Lens = SAME,
    from_2_1: Handler | None = None,
    from_2_2: ClientHandler | None = None,
    guard: Guard | None = None,
    cannot: str = "",
    claim_location: Slot = "caller",
    beside: Beside | None = None,
    instead: Handler | None = None,
) -> Row:
    """A row whose route in 2.2 is given as text."""
    return Row(
        name,
        endpoint(route),
        request,
        response,
        from_2_1,
        from_2_2,
        guard,
        cannot,
        claim_location,
        beside,
        instead,
    )


def only_ours(name: str, *, from_2_1: Handler | None = None, cannot: str = "") -> Row:
    """A row for what 2.2 has no route for: translated to other routes by ``from_2_1``, or not at all."""
    return Row(name, None, from_2_1=from_2_1, cannot=cannot)
