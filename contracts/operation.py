"""An operation is a value: its legacy form, its modern form, its request lens and its response lens.

The tables in ``adapters/`` are lists of these; routes, metric labels, the page of operations and the parameters of
the tests all come from there. A new operation is one row and one file of exchanges.
"""

import re
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal, NamedTuple, Protocol

from contracts.document import Document
from contracts.lens import SAME, Lens, Mentions
from contracts.roster import Caller, Roster

Where = Literal["caller", "query_target", "body_target"]
_PARAMETER = re.compile(r"\{([a-z_]+)\}")


class Endpoint(NamedTuple):
    """A method and a path template, ``DELETE /api/chat/block/{blocked_user_id}``."""

    method: str
    template: str

    @property
    def parameters(self) -> tuple[str, ...]:
        """The names in braces, from left to right."""
        return tuple(_PARAMETER.findall(self.template))

    def __str__(self) -> str:
        return f"{self.method} {self.template}"


def endpoint(text: str) -> Endpoint:
    """``"GET /blocked"``, with ``/api/chat`` in front unless the text has it already."""
    method, _, path = text.partition(" ")
    return Endpoint(method, path if path.startswith("/api/") else f"/api/chat{path}")


class Talk(Protocol):
    """What an operation written by hand may do: look people up, and ask the upstream in the modern shape."""

    @property
    def caller(self) -> Caller:
        """Who calls, and under which name."""

    async def find(self, mentions: Mentions) -> Roster:
        """The roster for these people (one batch, usually cached)."""

    async def send(self, operation: "Operation", document: Document) -> Document:
        """Ask the upstream; the answer's body is opened one level. Raises `UpstreamSaid` for an error."""

    async def read(self, name: str) -> list[dict[str, Any]]:
        """What only the database knows of the caller: the rows of a named read, none where they cannot be had."""


Hand = Callable[[Document, Talk], Awaitable[Document]]


@dataclass(frozen=True, slots=True)
class Operation:
    """One route. ``name`` is resource and verb (``blocks.list``).

    ``slot`` says who stands in the caller's place of the legacy form: the caller, or somebody else in the query or in
    the body, whom the operation, written by hand, reads itself. ``errors`` maps an upstream status to the status and
    the text that the legacy client knows. ``hand`` replaces the straight line by a function. ``upload`` streams; so
    does ``public``, which needs no token, because the address itself is the permission.

    For what old clients send wrongly: ``nothing`` is what is told where the path holds no real id (``undefined``, or
    an id that the conversation list invented); ``repair`` mends the request before the straight line.
    """

    name: str
    legacy: Endpoint | None
    modern: Endpoint | None
    request: Lens = SAME
    response: Lens = SAME
    slot: Where = "caller"
    errors: Mapping[int, tuple[int, str]] = field(default_factory=dict)
    hand: Hand | None = None
    upload: bool = False
    public: bool = False
    nothing: Mapping[str, Any] | None = None
    repair: Hand | None = None


def operation(
    name: str,
    legacy: str,
    *,
    modern: str | None = None,
    request: Lens = SAME,
    response: Lens = SAME,
    errors: Mapping[int, tuple[int, str]] | None = None,
    nothing: Mapping[str, Any] | None = None,
    repair: Hand | None = None,
) -> Operation:
    """A row of a table; the modern form is the legacy one unless given."""
    return Operation(
        name,
        endpoint(legacy),
        endpoint(modern or legacy),
        request,
        response,
        errors=errors or {},
        nothing=nothing,
        repair=repair,
    )


def by_hand(
    name: str, legacy: str, hand: Hand, *, modern: str | None = None, slot: Where = "caller"
) -> Operation:
    """A row whose legacy side is a function. Marked, counted in a metric, and few."""
    return Operation(name, endpoint(legacy), endpoint(modern or legacy), slot=slot, hand=hand)


def legacy_only(name: str, legacy: str, hand: Hand, *, slot: Where = "caller") -> Operation:
    """A route that only old clients know; the function says it in other operations."""
    return Operation(name, endpoint(legacy), None, slot=slot, hand=hand)


def modern_only(name: str, modern: str) -> Operation:
    """A route that only the modern shape has; it passes with its identity checked."""
    return Operation(name, None, endpoint(modern))


def public(name: str, modern: str) -> Operation:
    """A route that passes as it is, without a token."""
    return Operation(name, None, endpoint(modern), public=True)


def upload(name: str, legacy: str) -> Operation:
    """A route whose body streams, in every shape; only its identity is checked."""
    return Operation(name, endpoint(legacy), endpoint(legacy), upload=True)
