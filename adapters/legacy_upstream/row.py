"""A row of the third table: one operation of 2.1 in front of a backend that speaks legacy, where people have roles.

The routes are those of the first table. What a row adds is how the request of a person becomes requests of roles, and
what the old backend should refuse and does not.
"""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Literal, Protocol

from contracts.model.document import Document, Node
from contracts.model.profile import Profile
from contracts.model.roster import Caller, Person, Roster
from contracts.rules.lens import Mentions

#: A row of a named read.
Fact = Mapping[str, Any]


class OperationContext(Protocol):
    """What a row may do."""

    @property
    def caller(self) -> Caller:
        """Who calls."""

    @property
    def person(self) -> Person:
        """Who calls, with all roles."""

    async def find(self, mentions: Mentions) -> Roster:
        """The roster for these people (one batch, usually cached)."""

    async def ask(self, name: str, role: Profile, document: Document) -> Document:
        """Ask the old backend in this role of the caller; ``document`` is in the legacy form of the operation.

        The answer's body is opened one level. Raises `GatewayError` for a refusal.
        """

    async def facts(self, name: str, *values: Any) -> list[Fact]:
        """What only the database has: the rows of a named read. Raises `Unavailable` where it cannot be read."""

    @property
    def now(self) -> datetime:
        """The time, in UTC and without a zone."""

    def forget(self, conversation_id: int) -> None:
        """The members of this conversation may just be changing."""


Handler = Callable[[Document, OperationContext], Awaitable[Document]]
Guard = Callable[[Document, OperationContext], Awaitable[None]]
#: What has been done already, in a role: the answer, or None where it has not.
Done = Callable[[Document, Profile, OperationContext], Awaitable[Node | None]]
Where = Literal["", "conversation", "message", "poll", "call"]


@dataclass(frozen=True, slots=True)
class Row:
    """``name`` is that of the first table; ``handler`` answers a request in 2.1.

    ``where`` says what the request is about: only a member of its conversation may ask. ``guard`` sees every request
    in its legacy form, whatever shape it came in, and refuses what the old backend should refuse and does not.
    ``own`` is the answer in legacy to a person without a role, whom the old backend does not know; without it that is
    a 501. ``cannot`` is the text of the 501 where 2.1 has no way there, ``limits`` what the old backend cannot hold
    or say. ``absent``: it has no such route; ``invented``: old clients ask for a route that it never had, and what
    they mean is in 2.1. ``once`` is asked before, by one request at a time in each conversation, where the old backend
    does everything that it is asked for. ``secret``: the request holds a password or a code; wrong ones are counted.
    """

    name: str
    handler: Handler | None = None
    where: Where = ""
    guard: Guard | None = None
    own: Mapping[str, Any] | None = field(default=None, hash=False)
    cannot: str = ""
    limits: str = ""
    absent: bool = False
    invented: bool = False
    secret: bool = False
    once: Done | None = None


def absent(name: str, text: str) -> Row:
    """A row for what the old backend does not have."""
    return Row(name, cannot=text, absent=True)


def invented(name: str) -> Row:
    """A row for a route that only old clients know."""
    return Row(name, invented=True)
