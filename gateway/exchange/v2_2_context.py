"""What a row of the second table may do in front of an upstream that speaks 2.2."""

from collections.abc import Hashable
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any

from adapters.v2_2.row import Row
from contracts.model.document import Document
from contracts.model.errors import NotFound
from contracts.model.http import JSON, Response
from contracts.model.roster import Caller, Roster
from contracts.operation import Operation
from contracts.rules.lens import Mentions
from gateway.exchange.exchange_context import ExchangeContext, answer_document
from gateway.exchange.malformed_response import guard_response
from gateway.exchange.target import check_query

if TYPE_CHECKING:
    from gateway.exchange.v2_2 import Upstream22


@dataclass(frozen=True, slots=True)
class Context22:
    """The `adapters.v2_2.row.OperationContext` of one request."""

    upstream: "Upstream22"
    operation: Operation
    exchange: ExchangeContext

    @property
    def caller(self) -> Caller:
        """Who calls."""
        return self.exchange.caller

    @property
    def now(self) -> datetime:
        """The time, in UTC and without a zone."""
        return self.upstream.now()

    @property
    def address(self) -> str:
        """The client's address."""
        return self.exchange.remote

    async def find(self, mentions: Mentions) -> Roster:
        """The roster for these people."""
        return await self.exchange.find(mentions)

    async def facts(self, name: str, *values: Any) -> list[dict[str, Any]] | None:
        """The rows of a named read, or None where they cannot be had."""
        return await self.upstream.facts(name, *values) if self.upstream.facts else None

    def turn(self, *key: Hashable) -> AbstractAsyncContextManager[None]:
        """The turns of this upstream."""
        return self.upstream.turns.of(key)

    async def ask(self, row: Row, document: Document, *, user: int | None = None) -> Document:
        """The answer as the caller, or as somebody: that one may be some seconds old."""
        if user is None:
            return answer_document(document, await self.send(row, document))
        return answer_document(document, Response(200, JSON, await self._of_other(row, document, user)))

    async def _of_other(self, row: Row, document: Document, user: int) -> bytes:
        key = (row.name, user, tuple(document.path.values()))
        if key not in self.upstream.others:
            self.upstream.others[key] = (await self.send(row, document, user)).body
        return self.upstream.others[key]

    async def send(self, row: Row, document: Document, user: int | None = None) -> Response:
        """To the upstream, past the row's guard."""
        if row.endpoint is None:
            raise NotFound
        check_query(document.query)
        if row.guard:
            with guard_response(row.name):
                await row.guard(document, self)
        if row.endpoint.method != "GET":
            self.upstream.forget(self.caller.user_id)
        identity = None if user is None else {"user_id": str(user)}
        return await self.exchange.put(row.endpoint, document, identity)
