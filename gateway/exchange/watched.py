"""Exchanges that somebody watches: which backend answered what, and how it ended.

Only where two backends or a store are configured; everywhere else nothing of this is on the way of a request.
"""

from collections.abc import Awaitable, Callable, Mapping
from typing import Any, Final, NamedTuple

from contracts.model.document import Document
from contracts.model.http import Request, Response
from contracts.model.roster import Person
from gateway.exchange.chain import Backend
from gateway.exchange.exchange import Exchanges
from gateway.exchange.exchange_context import ExchangeContext
from gateway.exchange.plan import Plan
from gateway.exchange.prepared import Again
from gateway.exchange.protocols import Asked as Early
from gateway.exchange.routes import Match
from gateway.exchange.sources import NOT_YET, Question


class Asked(NamedTuple):
    """A request, whose it is, and the backend that was decided on."""

    match: Match
    query: Mapping[str, str]
    person: Person
    request: Request
    backend: Backend


#: Gives the response that it awaits, and raises what that raises; nothing else of it may reach the client.
Watch = Callable[[Asked, Awaitable[Response]], Awaitable[Response]]


class WatchedExchanges(Exchanges):
    """The same, with every backend's answer in view of ``watch``."""

    def __init__(self, *given: Any, watch: Watch, **more: Any) -> None:
        super().__init__(*given, **more)
        self._watch: Final = watch
        self.knowledge = None

    async def _respond(
        self,
        plan: Plan,
        match: Match,
        asked: Document,
        person: Person,
        context: ExchangeContext,
        backend: Backend,
    ) -> Response:
        seen = Asked(match, plan.query, person, context.request, backend)
        responding = super()._respond(plan, match, asked, person, context, backend)
        return await self._watch(seen, responding)

    async def repeat(
        self, again: Again, request: Request, early: Mapping[Question, Early] = NOT_YET
    ) -> Response:
        """The same exchange once more."""
        match = again.plan.match
        assert match is not None  # noqa: S101 - it was an exchange
        seen = Asked(match, again.plan.query, again.named.person, request, again.backend)
        return await self._watch(seen, super().repeat(again, request, early))
