"""The straight line of one request, from a plain `Request` to a plain `Response`; it touches no socket.

    who is calling? -> which operation? -> who is mentioned? -> directory -> say it in user ids -> upstream
    -> who is mentioned? -> directory -> say it in profiles

Everything between the arrows that waits is a call to the directory or the upstream; the rest is pure.
"""

import logging
from collections.abc import Awaitable, Callable, Collection, Mapping
from time import perf_counter
from typing import Any, Literal

from contracts.model.document import Document, encode, parse
from contracts.model.errors import (
    Forbidden,
    GatewayError,
    InvalidRequest,
    Unauthenticated,
    Unsupported,
)
from contracts.model.http import JSON, Headers, Request, Response
from contracts.model.identity import admit, single, take_claim
from contracts.model.profile import Profile
from contracts.model.roster import Caller, Found, Person
from contracts.model.synthetic import is_invented
from contracts.operation import Operation
from contracts.rules.lens import SAME
from gateway.auth.tokens import KeysNeeded
from gateway.exchange.deprecation import UNLIMITED, Deprecation
from gateway.exchange.exchange_context import ExchangeContext, Named, role_header, target_of
from gateway.exchange.malformed_response import guard_response, malformed_response
from gateway.exchange.observation import Observation
from gateway.exchange.plan import Plan, parse_query
from gateway.exchange.protocols import Directory, Reads, Token, Tokens, Upstream
from gateway.exchange.routes import Match, Routes
from gateway.exchange.translation import ResponseTranslator
from gateway.exchange.upstream_errors import UpstreamError, to_legacy_error
from gateway.exchange.version_adapter import VersionAdapter

_log = logging.getLogger("gateway.exchange.exchange")


class Counters:
    """What the exchanges count, as plain numbers; the metrics read them."""

    def __init__(self) -> None:
        self.fallbacks = 0
        self.by_hand = 0


class Exchanges:
    """Answers chat requests. Everything that it needs is given, so that a test can give something small."""

    def __init__(
        self,
        routes: Routes,
        tokens: Tokens,
        directory: Directory,
        upstream: Upstream,
        observer: Callable[[Observation], None] | None = None,
        deployed: VersionAdapter | None = None,
        noted: Callable[[Request, Caller], None] | None = None,
        reads: Reads | None = None,
        deprecation: Deprecation = UNLIMITED,
    ) -> None:
        self._reads = reads
        self._deprecation = deprecation
        self._v2_2 = deployed
        self._routes = routes
        self._tokens = tokens
        self._directory = directory
        self._upstream = upstream
        self._observer = observer
        self._noted = noted
        self._tell = {"legacy": self._legacy, "2.1": self._modern, "2.2": self._newer}
        self._telling = ResponseTranslator()
        self.counters = Counters()

    def plan(self, method: str, path: str, query: str, headers: Mapping[str, str]) -> Plan:
        """Which operation is it? Raises `GatewayError` for a chat request that is none."""
        pairs = parse_query(query)
        named = dict(pairs)
        match = self._routes.match(method, path, named, headers.get("X-Chat-API"))
        if match is None or match.operation.public:
            return Plan("passthrough", "", "")
        if len(named) != len(pairs):
            named = single(pairs)
        kind: Literal["stream", "exchange"] = "stream" if match.operation.upload else "exchange"
        return Plan(kind, match.operation.name, match.shape, match, named)

    async def answer(self, plan: Plan, request: Request) -> Response:
        """One exchange. Raises `GatewayError`; the server turns it into an answer in the client's shape."""
        person = await self._caller(request)
        body = parse(request.body)
        match = _matched(plan)
        if "X-Chat-API" not in request.headers:  # who says its shape is not guessed at
            match = self._routes.names_a_role(match, body, plan.query)
            if match.shape != plan.shape:
                plan.shape = match.shape
                self._deprecation.check(plan.shape)
        asked = Document(dict(match.path), dict(plan.query), body)
        context = ExchangeContext(self, request, self._v2_2)
        tell = self._tell[match.shape]
        if self._observer is None:
            return await tell(match.operation, asked, person, context)
        telling = tell(match.operation, asked, person, context)
        return await self._observed(plan, request, person, context, telling)

    async def _observed(
        self,
        plan: Plan,
        request: Request,
        person: Person,
        context: ExchangeContext,
        telling: Awaitable[Response],
    ) -> Response:
        """The same answer, shown to the observer on its way, refusals included."""
        began, told = perf_counter(), Response(500, (), b"")
        try:
            told = await telling
        except GatewayError as error:
            told = Response(error.status, (), encode({"detail": error.message, "code": error.code}))
            raise
        finally:
            if self._observer:
                self._observer(
                    Observation(
                        person.user_id,
                        plan.shape,
                        plan.operation,
                        request,
                        context.passed,
                        told.status,
                        told.body,
                        perf_counter() - began,
                    )
                )
        return told

    async def admit(self, plan: Plan, request: Request) -> tuple[str, Headers]:
        """Check who uploads. Answers the upstream's target and the headers to add; the body streams."""
        match = _matched(plan)
        if self._v2_2 and self._v2_2.upstream_is_2_2:
            raise Unsupported("The deployed chat service stores no files here")
        person = await self._caller(request)
        asked = Document(dict(match.path), dict(plan.query), None)
        caller = self._named(asked, person).caller
        return target_of(match.operation, asked, caller), role_header(caller, person)

    async def _caller(self, request: Request) -> Person:
        user_id = (await self._token(request.headers.get("Authorization"))).user_id
        found = await self.people((), (user_id,))
        person = found.people.get(user_id)
        if person is None:
            raise Unauthenticated
        if not person.active:
            raise Forbidden("this account is not active")
        return person

    async def _token(self, authorization: str | None) -> Token:
        try:
            return self._tokens.read(authorization)
        except KeysNeeded:  # signed with a key that the issuer published since we last looked
            return await self._tokens.read_async(authorization)

    async def people(self, profiles: Collection[Profile], users: Collection[int]) -> Found:
        """From the cache when everything is there, else with one batch."""
        return self._directory.peek(profiles, users) or await self._directory.find(profiles, users)

    async def upstream(self, method: str, target: str, headers: Headers, body: bytes) -> Response:
        """The backend's answer, whatever its status."""
        return await self._upstream.send(method, target, headers, body)

    async def read(self, name: str, caller: Caller) -> list[dict[str, Any]]:
        """The rows of a named read for the caller; none where nothing reads."""
        if self._reads is None:
            return []
        type_, id_ = caller.named
        return await self._reads.read(name, profile_type=type_, profile_id=id_, user_id=caller.user_id)

    def _named(self, asked: Document, person: Person) -> Named:
        admitted = admit(person, take_claim(asked))
        self.counters.fallbacks += admitted.fallback
        return Named(admitted.caller, person)

    async def _modern(
        self, row: Operation, asked: Document, person: Person, context: ExchangeContext
    ) -> Response:
        context.begin(self._named(asked, person))
        return await context.ask(row, asked)

    async def _newer(
        self, row: Operation, asked: Document, person: Person, context: ExchangeContext
    ) -> Response:
        assert self._v2_2 is not None  # noqa: S101
        self._v2_2.as_target(row, asked, person.user_id)
        context.begin(self._named(asked, person))
        return await self._v2_2.from_2_2(row, asked, context)

    async def _legacy(
        self, row: Operation, asked: Document, person: Person, context: ExchangeContext
    ) -> Response:
        claimed = row.claim_location == "caller" and "profile_id" in asked.query
        named = self._target_or_named(row, asked, person)
        context.begin(named)
        if self._noted and claimed:
            self._noted(context.request, named.caller)
        if row.empty_response is not None and is_invented(asked.path.get("conversation_id", "1")):
            return Response(200, JSON, encode(row.empty_response))
        try:
            if row.normalize_request:
                asked = await row.normalize_request(asked, context)
            if row.handler:
                self.counters.by_hand += 1
                told = await _by_hand(row, asked, context)
                return Response(200, JSON, encode(told.body))
            return await self._straight(row, asked, context)
        except UpstreamError as error:
            raise to_legacy_error(row, error) from None

    def _target_or_named(self, row: Operation, asked: Document, person: Person) -> Named:
        if row.claim_location == "query_target":
            return Named(Caller(person.user_id, person.profile), person)
        return self._named(
            asked._replace(body=None) if row.claim_location == "body_target" else asked, person
        )

    async def _straight(self, row: Operation, asked: Document, context: ExchangeContext) -> Response:
        if row.request is SAME:
            sent = asked
        else:
            draft = row.request.draft(asked)
            roster = await context.find(row.request.profiles(draft))
            sent = row.request.to_modern(draft, roster)
        response = await context.ask(row, sent)
        if row.response is SAME:
            return response
        return response._replace(body=await self._telling.tell(row, sent, response, context))


async def _by_hand(row: Operation, asked: Document, context: ExchangeContext) -> Document:
    assert row.handler is not None  # noqa: S101
    try:
        with guard_response(row.name):
            return await row.handler(asked, context)
    except InvalidRequest as error:
        if not context.passed:  # who asks is read before anything is asked
            raise
        raise malformed_response(row.name, error) from error


def _matched(plan: Plan) -> Match:
    if plan.match is None:
        raise ValueError("a request that streams through is no exchange")
    return plan.match
