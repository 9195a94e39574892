"""What a row of the third table may do in front of an upstream that speaks legacy."""

from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any

from adapters.legacy_upstream.row import Fact
from contracts.model.document import Document
from contracts.model.profile import Profile
from contracts.model.roster import Caller, Person, Roster
from contracts.rules.lens import Mentions
from gateway.exchange.exchange_context import ExchangeContext, answer_document

if TYPE_CHECKING:
    from gateway.exchange.legacy_upstream import LegacyUpstream


@dataclass(frozen=True, slots=True)
class OperationContext:
    """The `adapters.legacy_upstream.row.OperationContext` of one request."""

    upstream: "LegacyUpstream"
    exchange: ExchangeContext

    @property
    def caller(self) -> Caller:
        """Who calls."""
        return self.exchange.caller

    @property
    def person(self) -> Person:
        """Who calls, with all roles."""
        return self.exchange.person

    @property
    def now(self) -> datetime:
        """The time, in UTC and without a zone."""
        return self.upstream.now()

    async def find(self, mentions: Mentions) -> Roster:
        """The roster for these people."""
        return await self.exchange.find(mentions)

    async def ask(self, name: str, role: Profile, document: Document) -> Document:
        """Ask the old backend in this role."""
        response = await self.upstream.send(name, role, document, self.exchange)
        return answer_document(document, response)

    async def facts(self, name: str, *values: Any) -> list[Fact]:
        """The rows of a named read."""
        return await self.upstream.facts(name, *values)

    def forget(self, conversation_id: int) -> None:
        """The members of this conversation may just be changing."""
        self.upstream.forget(conversation_id)
