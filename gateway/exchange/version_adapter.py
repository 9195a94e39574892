"""The second link of the chain: 2.1 in front of an upstream that speaks 2.2, and clients of 2.2.

    legacy <=> 2.1 <=> 2.2

What an operation means there stands in `adapters.v2_2`; here it is only sent. In front of 2.2 the guards see every
request, whatever shape it came in.
"""

import logging
from collections.abc import Awaitable, Callable, Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Final

from cachetools import TTLCache

from adapters.v2_2.row import Row
from adapters.v2_2.upstream_errors import explained
from contracts.model.document import Document, encode
from contracts.model.errors import GatewayError, InvalidRequest, NotFound, Unsupported
from contracts.model.http import JSON, Response
from contracts.model.roster import Caller, Roster
from contracts.operation import Endpoint, Operation
from contracts.rules.lens import SAME, Mentions
from gateway.exchange.exchange_context import ExchangeContext, answer_document
from gateway.exchange.malformed_response import guard_response
from gateway.exchange.upstream_errors import to_upstream_error

_log = logging.getLogger("gateway.exchange.version_adapter")
#: What another person chose is asked anew after this many seconds.
KEPT_S: Final = 10.0
KEPT: Final = 10_000


Facts = Callable[..., Awaitable[list[dict[str, Any]] | None]]


def utc_now() -> datetime:
    """The time as the deployed backend writes it: UTC, and without saying so."""
    return datetime.now(UTC).replace(tzinfo=None)


class VersionAdapter:
    """The second table at work. ``upstream_is_2_2``: the upstream speaks 2.2; ``facts`` reads its database."""

    def __init__(
        self,
        rows: Iterable[Row],
        *,
        upstream_is_2_2: bool,
        now: Callable[[], datetime] = utc_now,
        facts: Facts | None = None,
    ) -> None:
        self.rows = tuple(rows)
        self.upstream_is_2_2 = upstream_is_2_2
        self.now = now
        self.facts = facts
        self.by_hand = 0
        self._by_name = {row.name: row for row in self.rows}
        self.others: TTLCache[tuple[str, int, tuple[str, ...]], bytes] = TTLCache(KEPT, KEPT_S)

    def forget(self, user: int) -> None:
        """What this person chose may just be changing."""
        for name in ("settings.get", "blocks.list"):
            self.others.pop((name, user, ()), None)

    @property
    def endpoints(self) -> dict[str, Endpoint]:
        """The routes of 2.2 by operation."""
        return {row.name: row.endpoint for row in self.rows if row.endpoint}

    def row(self, name: str) -> Row:
        """The row of an operation. Raises `Unsupported` where the table has none."""
        found = self._by_name.get(name)
        if found is None:
            raise Unsupported
        return found

    async def from_2_1(self, operation: Operation, asked: Document, exchange: ExchangeContext) -> Response:
        """Asked in 2.1, the upstream speaks 2.2."""
        row = self.row(operation.name)
        if row.cannot:
            raise Unsupported(row.cannot)
        context = _OperationContext(self, operation, exchange)
        if row.from_2_1:
            self.by_hand += 1
            with guard_response(row.name):
                told = await row.from_2_1(asked, context)
            return Response(200, JSON, encode(told.body))
        sent = row.request.draft(asked)
        response = await context.send(row, sent)
        if row.response is SAME:
            return response
        with guard_response(row.name, InvalidRequest):
            answer = answer_document(sent, response)
            roster = await exchange.find(row.response.users(answer))
            told = row.response.to_legacy(answer, roster)
        return response._replace(body=encode(told.body))

    def as_target(self, operation: Operation, asked: Document, caller: int) -> None:
        """Whom 2.2 names in the caller's place and means otherwise stands where 2.1 has it."""
        if self.row(operation.name).claim_location == "target" and asked.query.get(
            "user_id", str(caller)
        ) != str(caller):
            asked.query["target_user_id"] = asked.query.pop("user_id")

    async def from_2_2(self, operation: Operation, asked: Document, exchange: ExchangeContext) -> Response:
        """Asked in 2.2, whatever the upstream speaks."""
        row = self.row(operation.name)
        context = _OperationContext(self, operation, exchange)
        if self.upstream_is_2_2 and "target_user_id" in asked.query:
            # What may be told of somebody else has the same form in both.
            return await self.from_2_1(operation, asked, exchange)
        if self.upstream_is_2_2:
            return await context.send(row, asked)
        if row.from_2_2:
            self.by_hand += 1
            with guard_response(row.name):
                told = await row.from_2_2(asked, context)
            return Response(200, JSON, encode(told.body))
        sent = row.request.to_legacy(asked, await context.find(Mentions.none()))
        response = await exchange.ask(operation, sent)
        if row.response is SAME:
            return response
        with guard_response(row.name, InvalidRequest):
            told = row.response.draft(answer_document(sent, response))
        return response._replace(body=encode(told.body))

    def refused(self, response: Response) -> GatewayError:
        """What a refusing answer becomes; of the deployed backend, told by what its database said."""
        return (
            explained(response.status, response.body) if self.upstream_is_2_2 else None
        ) or to_upstream_error(response)


@dataclass(frozen=True, slots=True)
class _OperationContext:
    """The `adapters.v2_2.row.OperationContext` of one request."""

    adapter: VersionAdapter
    operation: Operation
    exchange: ExchangeContext

    @property
    def caller(self) -> Caller:
        return self.exchange.caller

    @property
    def now(self) -> datetime:
        return self.adapter.now()

    @property
    def address(self) -> str:
        return self.exchange.remote

    async def find(self, mentions: Mentions) -> Roster:
        return await self.exchange.find(mentions)

    async def facts(self, name: str, *values: Any) -> list[dict[str, Any]] | None:
        return await self.adapter.facts(name, *values) if self.adapter.facts else None

    async def own(self, document: Document) -> Document:
        return await self.exchange.send(self.operation, document)

    async def ask(self, row: Row, document: Document, *, user: int | None = None) -> Document:
        if user is None:
            return answer_document(document, await self.send(row, document))
        return answer_document(document, Response(200, JSON, await self._of_other(row, document, user)))

    async def _of_other(self, row: Row, document: Document, user: int) -> bytes:
        key = (row.name, user, tuple(document.path.values()))
        if key not in self.adapter.others:
            self.adapter.others[key] = (await self.send(row, document, user)).body
        return self.adapter.others[key]

    async def send(self, row: Row, document: Document, user: int | None = None) -> Response:
        """To an upstream that speaks 2.2, past the row's guard."""
        if row.endpoint is None:
            raise NotFound
        if row.guard:
            await row.guard(document, self)
        if row.endpoint.method != "GET":
            self.adapter.forget(self.caller.user_id)
        return await self.exchange.put(row.endpoint, document, user)
