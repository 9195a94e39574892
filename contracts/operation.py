"""An operation is a value: its legacy form, its modern form, its request lens and its response lens.

The tables in ``adapters/`` are lists of these; routes, metric labels, the page of operations and the parameters of
the tests all come from there. A new operation is one row and one file of exchanges.
"""

import re
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final, Literal, NamedTuple, Protocol

from contracts.model.document import Document
from contracts.model.roster import Caller, Roster
from contracts.rules.lens import SAME, Lens, Mentions

Where = Literal["caller", "query_target", "body_target"]
#: What asking changes: something, nothing, or what the caller has read.
Safe = Literal["", "reads", "marks_read"]
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


class OperationContext(Protocol):
    """What an operation written by hand may do: look people up, and ask the upstream in the modern shape."""

    @property
    def caller(self) -> Caller:
        """Who calls, and under which name."""

    async def find(self, mentions: Mentions) -> Roster:
        """The roster for these people (one batch, usually cached)."""

    async def send(self, operation: "Operation", document: Document) -> Document:
        """Ask the upstream; the answer's body is opened one level. Raises `UpstreamError` for an error."""

    async def read(self, name: str) -> list[dict[str, Any]]:
        """What only the database knows of the caller: the rows of a named read, none where they cannot be had."""


Handler = Callable[[Document, OperationContext], Awaitable[Document]]


@dataclass(frozen=True, slots=True)
class Trial:
    """How `chat-gateway check` tries an operation on a running server.

    ``also`` are optional parts of the request that are sent. ``means`` gives the value for a name where it isn't the
    value of that name: ``own_*`` is what the check created itself. What only reads needs no more. An operation that
    writes is a ``step`` of ``check --write``, in the order of the table, or is ``skipped`` for a reason.
    """

    also: tuple[str, ...] = ()
    means: Mapping[str, str] = field(default_factory=dict)
    step: bool = False
    skipped: str = ""


#: Sends what the contract requires.
PLAIN_TRIAL: Final = Trial()


def not_tried(reason: str) -> Trial:
    """The trial of an operation that cannot be undone: none."""
    return Trial(skipped=reason)


@dataclass(frozen=True, slots=True)
class Operation:
    """One route. ``name`` is resource and verb (``blocks.list``).

    ``claim_location`` says who stands in the caller's place of the legacy form: the caller, or somebody else in the
    query or in the body, whom the operation's handler reads itself. ``errors`` maps an upstream status to the status
    and the text that the legacy client knows. ``handler`` replaces the straight line by a function. ``upload`` streams;
    so does ``public``, which needs no token, because the address itself is the permission.

    For what old clients send wrongly: ``empty_response`` is the answer where the path holds no real id
    (``undefined``, or an id that the conversation list invented); ``normalize_request`` mends the request before the
    straight line. ``trial`` is for `chat-gateway check`.

    ``page`` is how many rows a list has where ``limit`` does not say it, for a list of which the answer tells whether
    there are more: where it is too large for us, fewer are asked for.

    ``safe`` says that asking changes nothing (``reads``), or only what the caller has read (``marks_read``): a second
    backend may be asked the same. The method alone is no proof, so nothing is safe that does not say so.
    """

    name: str
    legacy: Endpoint | None
    modern: Endpoint | None
    request: Lens = SAME
    response: Lens = SAME
    claim_location: Where = "caller"
    errors: Mapping[int, tuple[int, str]] = field(default_factory=dict)
    handler: Handler | None = None
    upload: bool = False
    public: bool = False
    empty_response: Mapping[str, Any] | None = None
    normalize_request: Handler | None = None
    trial: Trial = PLAIN_TRIAL
    page: int = 0
    safe: Safe = ""


def operation(
    name: str,
    legacy: str,
    *,
    modern: str | None = None,
    request: Lens = SAME,
    response: Lens = SAME,
    errors: Mapping[int, tuple[int, str]] | None = None,
    empty_response: Mapping[str, Any] | None = None,
    normalize_request: Handler | None = None,
    trial: Trial = PLAIN_TRIAL,
    page: int = 0,
    safe: Safe = "",
) -> Operation:
    """A row of a table; the modern form is the legacy one unless given."""
    return Operation(
        name,
        endpoint(legacy),
        endpoint(modern or legacy),
        request,
        response,
        errors=errors or {},
        empty_response=empty_response,
        normalize_request=normalize_request,
        trial=trial,
        page=page,
        safe=safe,
    )


def by_hand(
    name: str,
    legacy: str,
    handler: Handler,
    *,
    modern: str | None = None,
    claim_location: Where = "caller",
    trial: Trial = PLAIN_TRIAL,
    safe: Safe = "",
) -> Operation:
    """A row whose legacy side is a function. Marked, counted in a metric, and few."""
    forms = endpoint(legacy), endpoint(modern or legacy)
    return Operation(name, *forms, claim_location=claim_location, handler=handler, trial=trial, safe=safe)


def legacy_only(
    name: str,
    legacy: str,
    handler: Handler,
    *,
    claim_location: Where = "caller",
    trial: Trial = PLAIN_TRIAL,
) -> Operation:
    """A route that only old clients know; the function translates it to other operations."""
    return Operation(
        name, endpoint(legacy), None, claim_location=claim_location, handler=handler, trial=trial
    )


def modern_only(name: str, modern: str, *, trial: Trial = PLAIN_TRIAL) -> Operation:
    """A route that only the modern shape has; it passes with its identity checked."""
    return Operation(name, None, endpoint(modern), trial=trial)


def public(name: str, modern: str) -> Operation:
    """A route that passes as it is, without a token."""
    return Operation(name, None, endpoint(modern), public=True)


def upload(name: str, legacy: str, *, trial: Trial = PLAIN_TRIAL) -> Operation:
    """A route whose body streams, in every shape; only its identity is checked."""
    return Operation(name, endpoint(legacy), endpoint(legacy), upload=True, trial=trial)
