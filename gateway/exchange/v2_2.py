"""The shape 2.2, at both ends, and its link to 2.1.

    legacy <=> 2.1 <=> 2.2

What an operation means there stands in `adapters.v2_2`; here it is only sent. In front of 2.2 the guards see every
request, whatever shape it came in.
"""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from cachetools import TTLCache

from adapters.optional import optional
from adapters.v2_2.row import Row
from adapters.v2_2.upstream_errors import explained
from contracts.model.document import Document, encode
from contracts.model.errors import GatewayError, InvalidRequest, Unsupported
from contracts.model.http import JSON, Request, Response
from contracts.model.identity import Admitted, admit, forget_roles, take_claim
from contracts.model.roster import Caller, Person, Roster
from contracts.model.times import utc_now
from contracts.operation import Operation
from contracts.rules.lens import SAME, Mentions
from gateway.exchange.chain import Stage
from gateway.exchange.exchange_context import ExchangeContext, Named, answer_document
from gateway.exchange.malformed_response import guard_response
from gateway.exchange.observation import Counters
from gateway.exchange.smaller_page import ask_for_less
from gateway.exchange.turns import Turns
from gateway.exchange.upstream_errors import to_upstream_error
from gateway.exchange.v2_2_context import Context22
from gateway.exchange.v2_2_table import Table, out_of_query

#: What another person chose is asked anew after this many seconds.
KEPT_S: Final = 10.0
KEPT: Final = 10_000


Facts = Callable[..., Awaitable[list[dict[str, Any]] | None]]


class Client22:
    """Clients that speak 2.2."""

    def __init__(self, table: Table) -> None:
        self._table = table

    def admit(self, request: Request, operation: Operation, document: Document, person: Person) -> Admitted:
        """The caller is the token's user. Whom 2.2 names in the caller's place stands where 2.1 has it."""
        caller, query = str(person.user_id), document.query
        if (
            self._table.row(operation.name).claim_location == "target"
            and query.get("user_id", caller) != caller
        ):
            query["target_user_id"] = query.pop("user_id")
        return admit(person, take_claim(document))

    def note(self, request: Request, caller: Caller) -> None:
        """These name nobody by role."""

    def own_answer(self, operation: Operation, document: Document) -> Response | None:
        """Every request is for the upstream."""
        return None


class Upstream22:
    """Asks an upstream that speaks 2.2; ``facts`` reads its database. The guards see every request."""

    def __init__(
        self,
        table: Table,
        counters: Counters,
        now: Callable[[], datetime] = utc_now,
        facts: Facts | None = None,
    ) -> None:
        self.table = table
        self.counters = counters
        self.now = now
        self.facts = facts
        self.turns = Turns()
        self.others: TTLCache[tuple[str, int, tuple[str, ...]], bytes] = TTLCache(KEPT, KEPT_S)

    def forget(self, user: int) -> None:
        """What this person chose may just be changing."""
        for name in ("settings.get", "blocks.list"):
            self.others.pop((name, user, ()), None)

    async def ask(self, operation: Operation, document: Document, context: ExchangeContext) -> Response:
        """The request of a client that speaks 2.2 itself."""
        if "target_user_id" in document.query:
            # What may be returned about another user has the same form in both.
            return await From21(self).ask(operation, document, context)
        row = self.table.row(operation.name)
        upstream = Context22(self, operation, context)
        if row.instead:
            return await _by_hand(row, row.instead(document, upstream), self.counters)
        response = await ask_for_less(
            lambda asked: upstream.send(row, asked), operation, out_of_query(row, document)
        )
        if row.beside is None:
            return response
        answer = answer_document(document, response)
        await optional(row.beside, answer, upstream)
        return response._replace(body=encode(answer.body))

    def upload_target(self, operation: Operation, document: Document, named: Named) -> str:
        """2.2 has no routes for files."""
        raise Unsupported(self.table.row(operation.name).cannot)

    def refusal(self, response: Response) -> GatewayError:
        """What a refusing response becomes, by what the deployed backend's database reported."""
        return explained(response.status, response.body) or to_upstream_error(response)


class From21:
    """What is asked in 2.1, in 2.2."""

    def __init__(self, behind: Upstream22) -> None:
        self._behind = behind

    async def ask(self, operation: Operation, document: Document, context: ExchangeContext) -> Response:
        """Translate there and back, by the row's lenses or by its handler."""
        forget_roles(document)
        row = self._behind.table.row(operation.name)
        if row.cannot:
            raise Unsupported(row.cannot)
        upstream = Context22(self._behind, operation, context)
        if row.from_2_1:
            return await _by_hand(row, row.from_2_1(document, upstream), self._behind.counters)
        sent = row.request.draft(document)
        response = await upstream.send(row, sent)
        if row.response is SAME:
            return response
        with guard_response(row.name, InvalidRequest):
            answer = answer_document(sent, response)
            roster = await context.find(row.response.users(answer))
            result = row.response.to_legacy(answer, roster)
        return response._replace(body=encode(result.body))


class From22:
    """What is asked in 2.2, in 2.1. ``behind`` answers in 2.1."""

    def __init__(
        self, behind: Stage, table: Table, counters: Counters, now: Callable[[], datetime] = utc_now
    ) -> None:
        self.behind = behind
        self.table = table
        self.counters = counters
        self.now = now

    async def ask(self, operation: Operation, document: Document, context: ExchangeContext) -> Response:
        """Translate there and back, by the row's lenses turned round or by its handler."""
        row = self.table.row(operation.name)
        if row.from_2_2:
            handled = row.from_2_2(document, _FromClient(self, operation, context))
            return await _by_hand(row, handled, self.counters)
        sent = row.request.to_legacy(document, await context.find(Mentions.none()))
        response = await self.behind.ask(operation, sent, context)
        if row.response is SAME:
            return response
        with guard_response(row.name, InvalidRequest):
            answer = row.response.draft(answer_document(sent, response))
        return response._replace(body=encode(answer.body))


async def _by_hand(row: Row, handled: Awaitable[Document], counters: Counters) -> Response:
    counters.v2_2_by_hand += 1
    with guard_response(row.name):
        response = await handled
    return Response(200, JSON, encode(response.body))


@dataclass(frozen=True, slots=True)
class _FromClient:
    """The `adapters.v2_2.row.ClientContext` of one request."""

    link: From22
    operation: Operation
    exchange: ExchangeContext

    @property
    def caller(self) -> Caller:
        return self.exchange.caller

    @property
    def now(self) -> datetime:
        return self.link.now()

    async def find(self, mentions: Mentions) -> Roster:
        return await self.exchange.find(mentions)

    async def own(self, document: Document) -> Document:
        return answer_document(document, await self.link.behind.ask(self.operation, document, self.exchange))
