"""What an exchange needs from the outside world, as small protocols; a fake is an ordinary implementation."""

from collections.abc import Callable, Collection, Mapping
from typing import Any, Protocol

from contracts.model.http import Headers, Response
from contracts.model.profile import Profile
from contracts.model.roster import Found


class Token(Protocol):
    """What a verified token says."""

    @property
    def user_id(self) -> int:
        """The token's ``sub``."""


class Tokens(Protocol):
    """Reads the ``Authorization`` header; see `gateway.auth.tokens`."""

    def read(self, authorization: str | None) -> Token:
        """The token, or `Unauthenticated`. `KeysNeeded` when the issuer's keys must be fetched first."""

    async def read_async(self, authorization: str | None) -> Token:
        """The same, waiting for keys."""


class Directory(Protocol):
    """Who is who; see `gateway.directory.directory`."""

    def peek(self, profiles: Collection[Profile], users: Collection[int]) -> Found | None:
        """Everything from the cache, or None."""

    async def find(self, profiles: Collection[Profile], users: Collection[int]) -> Found:
        """Everything; `Unavailable` when it cannot be known."""


class Upstream(Protocol):
    """The backend; see `gateway.upstream.client`."""

    async def send(self, method: str, target: str, headers: Headers, body: bytes) -> Response:
        """One request with a complete body."""


class Asked(Protocol):
    """A request that is on its way; see `gateway.upstream.asked`."""

    @property
    def response(self) -> Response | None:
        """The answer, once it is here."""

    async def result(self) -> Response:
        """Wait for it; `GatewayError` where there is none. Whoever gives up ends it."""

    def cancel(self) -> None:
        """Nobody wants it any more."""


class Repeating(Upstream, Protocol):
    """An upstream that takes requests which are written already."""

    def start(self, method: str, target: str, headers: Headers) -> bytes:
        """The beginning of a request, up to the last of these fields."""

    async def deliver(self, method: str, message: bytes) -> Response:
        """One request that is written already."""

    def ask(self, message: bytes, told: Callable[[], None]) -> Asked | None:
        """One GET that is written already, where a connection is at hand; ``told`` is called at its end."""


class Reads(Protocol):
    """Facts that only the database has; see `gateway.database.named_reads`."""

    async def read(
        self, name: str, *, profile_type: str, profile_id: int, user_id: int
    ) -> list[dict[str, Any]]:
        """The rows of a named read for this caller; none where they cannot be had."""

    def peek(
        self, name: str, *, profile_type: str, profile_id: int, user_id: int
    ) -> list[dict[str, Any]] | None:
        """The rows that `read` would give without waiting: the very same ones as long as they are good."""


class Facts(Protocol):
    """What only the database of an upstream has; see `gateway.database.facts`."""

    async def facts(self, name: str, *values: Any) -> list[dict[str, Any]] | None:
        """The rows of a named read; None where they cannot be had."""

    async def required(self, name: str, *values: Any) -> list[Mapping[str, Any]]:
        """The rows of a named read. Raises `Unavailable` where they cannot be had."""
