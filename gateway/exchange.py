"""The straight line of one request, from a plain `Request` to a plain `Response`; it touches no socket.

    who is calling? -> which operation? -> who is mentioned? -> directory -> say it in user ids -> upstream
    -> who is mentioned? -> directory -> say it in profiles

Everything between the arrows that waits is a call to the directory or the upstream; the rest is pure.
"""

import logging
from collections.abc import Awaitable, Callable, Collection, Mapping
from time import perf_counter
from typing import Any, Literal

from contracts.document import Document, encode, parse
from contracts.errors import (
    Forbidden,
    GatewayError,
    InvalidRequest,
    Unauthenticated,
    Unsupported,
)
from contracts.http import JSON, Headers, Request, Response
from contracts.identity import admit, single, take_claim
from contracts.lens import SAME
from contracts.operation import Operation
from contracts.profile import Profile
from contracts.roster import Caller, Found, Person
from contracts.synthetic import is_invented
from gateway.caller import KeysNeeded
from gateway.deployed import Deployed
from gateway.deprecation import UNLIMITED, Deprecation
from gateway.line import Line, Named, role_header, target_of
from gateway.mistrust import mistrust, understood
from gateway.observation import Observation
from gateway.plan import Plan, parse_query
from gateway.refusals import UpstreamSaid, in_legacy_words
from gateway.routes import Match, Routes
from gateway.seams import Directory, Reads, Token, Tokens, Upstream
from gateway.telling import Telling

_log = logging.getLogger("gateway.exchange")


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
        deployed: Deployed | None = None,
        noted: Callable[[Request, Caller], None] | None = None,
        reads: Reads | None = None,
        deprecation: Deprecation = UNLIMITED,
    ) -> None:
        self._reads = reads
        self._deprecation = deprecation
        self._deployed = deployed
        self._routes = routes
        self._tokens = tokens
        self._directory = directory
        self._upstream = upstream
        self._observer = observer
        self._noted = noted
        self._tell = {"legacy": self._legacy, "2.1": self._modern, "2.2": self._newer}
        self._telling = Telling()
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
        line = Line(self, request, self._deployed)
        tell = self._tell[match.shape]
        if self._observer is None:
            return await tell(match.operation, asked, person, line)
        telling = tell(match.operation, asked, person, line)
        return await self._observed(plan, request, person, line, telling)

    async def _observed(
        self, plan: Plan, request: Request, person: Person, line: Line, telling: Awaitable[Response]
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
                        line.passed,
                        told.status,
                        told.body,
                        perf_counter() - began,
                    )
                )
        return told

    async def admit(self, plan: Plan, request: Request) -> tuple[str, Headers]:
        """Check who uploads. Answers the upstream's target and the headers to add; the body streams."""
        match = _matched(plan)
        if self._deployed and self._deployed.behind:
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

    async def _modern(self, row: Operation, asked: Document, person: Person, line: Line) -> Response:
        line.begin(self._named(asked, person))
        return await line.ask(row, asked)

    async def _newer(self, row: Operation, asked: Document, person: Person, line: Line) -> Response:
        assert self._deployed is not None  # noqa: S101
        self._deployed.as_target(row, asked, person.user_id)
        line.begin(self._named(asked, person))
        return await self._deployed.newer(row, asked, line)

    async def _legacy(self, row: Operation, asked: Document, person: Person, line: Line) -> Response:
        claimed = row.slot == "caller" and "profile_id" in asked.query
        named = self._target_or_named(row, asked, person)
        line.begin(named)
        if self._noted and claimed:
            self._noted(line.request, named.caller)
        if row.nothing is not None and is_invented(asked.path.get("conversation_id", "1")):
            return Response(200, JSON, encode(row.nothing))
        try:
            if row.repair:
                asked = await row.repair(asked, line)
            if row.hand:
                self.counters.by_hand += 1
                told = await _by_hand(row, asked, line)
                return Response(200, JSON, encode(told.body))
            return await self._straight(row, asked, line)
        except UpstreamSaid as said:
            raise in_legacy_words(row, said) from None

    def _target_or_named(self, row: Operation, asked: Document, person: Person) -> Named:
        if row.slot == "query_target":
            return Named(Caller(person.user_id, person.profile), person)
        return self._named(asked._replace(body=None) if row.slot == "body_target" else asked, person)

    async def _straight(self, row: Operation, asked: Document, line: Line) -> Response:
        if row.request is SAME:
            sent = asked
        else:
            draft = row.request.draft(asked)
            roster = await line.find(row.request.profiles(draft))
            sent = row.request.to_modern(draft, roster)
        response = await line.ask(row, sent)
        if row.response is SAME:
            return response
        return response._replace(body=await self._telling.tell(row, sent, response, line))


async def _by_hand(row: Operation, asked: Document, line: Line) -> Document:
    assert row.hand is not None  # noqa: S101
    try:
        with understood(row.name):
            return await row.hand(asked, line)
    except InvalidRequest as error:
        if not line.passed:  # who asks is read before anything is asked
            raise
        raise mistrust(row.name, error) from error


def _matched(plan: Plan) -> Match:
    if plan.match is None:
        raise ValueError("a request that streams through is no exchange")
    return plan.match
