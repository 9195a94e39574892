"""What the server wants of the exchanges and of the sockets, and its settings."""

from collections.abc import Mapping
from typing import NamedTuple, Protocol

from aiohttp import web

from contracts.model.http import Headers, Request, Response
from gateway.exchange.plan import Plan
from gateway.exchange.prepared import Again
from gateway.exchange.protocols import Asked
from gateway.exchange.sources import Knowledge, Question
from gateway.fields.headers import RequestFields


class Exchanges(Protocol):
    """What the server wants of `gateway.exchange.exchange.Exchanges`.

    ``knowledge`` is what can be known without waiting; None where each exchange must be seen.
    """

    knowledge: Knowledge | None

    def plan(self, method: str, path: str, query: str, headers: Mapping[str, str]) -> Plan:
        """What to do with a request."""

    async def answer(self, plan: Plan, request: Request) -> Response:
        """One exchange."""

    def is_current(self, again: Again) -> bool:
        """Whether this may be asked again."""

    def note(self, again: Again, request: Request) -> None:
        """Count what was answered by `gateway.exchange.repeated`."""

    async def repeat(self, again: Again, request: Request, early: Mapping[Question, Asked]) -> Response:
        """The same exchange again, of which this has been asked already."""

    async def admit(self, plan: Plan, request: Request) -> tuple[str, Headers]:
        """The target and the extra fields of an upload that streams."""


class Sockets(Protocol):
    """What this module wants of `gateway.sockets.Sockets`."""

    def recognize(self, headers: Mapping[str, str], remote: str) -> Headers:
        """Any request; the cookie for its answer when its token is a verified user's."""

    def ignores(self, headers: Mapping[str, str], remote: str) -> bool:
        """Whether `recognize` does nothing with requests of these fields, whatever their token."""

    async def serve_socket(self, request: web.BaseRequest) -> web.StreamResponse:
        """One socket, from its admission to its end; `GatewayError` before the upgrade."""

    async def close(self) -> None:
        """End all of them: the gateway restarts (1012)."""


class Settings(NamedTuple):
    """Limits of a server (bytes, seconds, hops), and which fields of a request go on."""

    json_bytes: int
    body_s: float
    idle_s: float
    trusted_hops: int
    fields: RequestFields = RequestFields()
