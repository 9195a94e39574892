"""The straight line of one request, from a plain `Request` to a plain `Response`; it touches no socket.

    who is calling? -> which operation? -> who is mentioned? -> directory -> say it in user ids -> upstream
    -> who is mentioned? -> directory -> say it in profiles

Everything between the arrows that waits is a call to the directory or the upstream; the rest is pure.
"""

from collections.abc import Awaitable, Callable, Mapping
from time import perf_counter
from typing import Literal

from contracts.model.document import Document, encode, parse
from contracts.model.errors import AnswerTooLarge, Forbidden, GatewayError, Unauthenticated, Written
from contracts.model.http import Headers, Request, Response
from contracts.model.identity import single
from contracts.model.roster import Person
from contracts.model.shape import Shape
from contracts.model.task import enter_task
from contracts.specs.limits import limits_of
from gateway.auth.tokens import KeysNeeded
from gateway.exchange.chain import Backend, Client
from gateway.exchange.choice import Choice, agent_of
from gateway.exchange.deprecation import UNLIMITED, Deprecation
from gateway.exchange.exchange_context import ExchangeContext, Named, look_up, role_header
from gateway.exchange.observation import Counters, Observation
from gateway.exchange.outcome import is_written
from gateway.exchange.plan import Plan, parse_query
from gateway.exchange.prepared import Again, Naming, again_of
from gateway.exchange.protocols import Asked, Directory, Reads, Token, Tokens
from gateway.exchange.replay import Replay, Replays
from gateway.exchange.routes import Match, Routes
from gateway.exchange.sources import NOT_YET, Knowledge, Question


class Exchanges:
    """Answers chat requests. Everything that it needs is given, so that a test can give something small."""

    def __init__(
        self,
        routes: Routes,
        tokens: Tokens,
        directory: Directory,
        choose: Choice,
        clients: Mapping[Shape, Client],
        *,
        counters: Counters,
        observer: Callable[[Observation], None] | None = None,
        reads: Reads | None = None,
        deprecation: Deprecation = UNLIMITED,
    ) -> None:
        """``choose`` picks the backend of a request; ``clients`` has an entry for every shape."""
        self._routes = routes
        self._tokens = tokens
        self._directory = directory
        self._choose = choose
        self._clients = clients
        self._observer = observer
        self._reads = reads
        self._deprecation = deprecation
        self.counters = counters
        self._replays = Replays(counters)
        #: For `gateway.exchange.repeated`; None where each exchange must be seen.
        self.knowledge: Knowledge | None = Knowledge(directory, reads)

    def plan(self, method: str, path: str, query: str, headers: Mapping[str, str]) -> Plan:
        """Which operation is it? Raises `GatewayError` for a chat request that is none."""
        if method == "OPTIONS":
            preflight = "Origin" in headers and "Access-Control-Request-Method" in headers
            return Plan("passthrough", "", "", target=self._routes.options(path, preflight=preflight))
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
        backend = self._choose(match, person, agent_of(request))
        context = ExchangeContext(
            request, self._directory, backend.upstream, backend.last.refusal, self._reads
        )
        if self._observer is None:
            return await self._respond(plan, match, asked, person, context, backend)
        responding = self._respond(plan, match, asked, person, context, backend)
        return await self._observed(plan, request, person, context, responding)

    async def _respond(
        self,
        plan: Plan,
        match: Match,
        asked: Document,
        person: Person,
        context: ExchangeContext,
        backend: Backend,
    ) -> Response:
        client, request = self._clients[match.shape], context.request
        claimed = match.operation.claim_location == "caller" and "profile_id" in asked.query
        limits = limits_of(match.shape, match.operation.name)
        limits.check(asked, body_bytes=len(request.body), query_bytes=len(request.query))
        admitted = client.admit(request, match.operation, asked, person)
        self.counters.fallbacks += admitted.fallback
        context.begin(Named(admitted.caller, person))
        own = client.own_answer(match.operation, asked)
        if plan.keep and own is None and self._observer is None and not request.body:
            naming = Naming(claimed=claimed, fallback=admitted.fallback)
            plan.again = again_of(plan, match, asked, context, backend, naming, self._replays)
        stage, again = backend.stages[match.shape], plan.again
        try:
            if again is not None and isinstance(again.way, Replay):
                return await again.way.first(stage, backend.upstream, context)
            return own or await stage.ask(match.operation, asked, context)
        except GatewayError as error:
            # No name of ours may keep the error: it knows this frame, and with it the request, until it is collected.
            if is_written(error, request.method, context.passed):
                raise Written from error
            raise

    def is_current(self, again: Again) -> bool:
        """Whether its bearer is still good, its person the same, and the backend that it would be asked of."""
        try:
            user_id = self._tokens.read(again.authorization).user_id
        except GatewayError:
            return False
        found = self._directory.peek((), (user_id,))
        person = again.named.person
        return (
            found is not None
            and found.people.get(user_id) is person
            and person.active
            and self._choose(_matched(again.plan), person, again.agent) is again.backend
        )

    def note(self, again: Again, request: Request) -> None:
        """Count a question that was answered again, here or by `gateway.exchange.repeated`."""
        self.counters.fallbacks += again.naming.fallback
        if again.naming.claimed:
            self._clients[_matched(again.plan).shape].note(request, again.named.caller)

    async def repeat(
        self, again: Again, request: Request, early: Mapping[Question, Asked] = NOT_YET
    ) -> Response:
        """The same exchange once more, of which some has been asked already. Raises as `answer`."""
        backend, way = again.backend, again.way
        context = ExchangeContext(
            request, self._directory, backend.upstream, backend.last.refusal, self._reads
        )
        context.begin(again.named)
        context.early = dict(early)
        self.note(again, request)
        try:
            if isinstance(way, Replay):
                return await way.first(again.stage, backend.upstream, context)
            response = await context.waited(way.asked(backend, request, context.early))
            return await way.prepared.finish(response, context)
        except AnswerTooLarge:  # a page that has grown: the whole line knows what to do
            return await self.answer(again.plan.fresh(), request)
        finally:
            for asked in context.early.values():
                asked.cancel()

    async def _observed(
        self,
        plan: Plan,
        request: Request,
        person: Person,
        context: ExchangeContext,
        responding: Awaitable[Response],
    ) -> Response:
        """The same answer, shown to the observer on its way, refusals included."""
        began, response = perf_counter(), Response(500, (), b"")
        try:
            response = await responding
        except GatewayError as error:
            response = Response(error.status, (), encode({"detail": error.message, "code": error.code}))
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
                        response.status,
                        response.body,
                        perf_counter() - began,
                    )
                )
        return response

    async def admit(self, plan: Plan, request: Request) -> tuple[str, Headers]:
        """Check who uploads. Answers the upstream's target and the headers to add; the body streams."""
        match = _matched(plan)
        person = await self._caller(request)
        asked = Document(dict(match.path), dict(plan.query), None)
        admitted = self._clients[match.shape].admit(request, match.operation, asked, person)
        self.counters.fallbacks += admitted.fallback
        named = Named(admitted.caller, person)
        target = self._choose(match, person, agent_of(request)).last.upload_target(
            match.operation, asked, named
        )
        return target, role_header(*named)

    async def _caller(self, request: Request) -> Person:
        user_id = (await self._token(request.headers.get("Authorization"))).user_id
        found = await look_up(self._directory, (), (user_id,))
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
            await enter_task()
            return await self._tokens.read_async(authorization)


def _matched(plan: Plan) -> Match:
    if plan.match is None:
        raise ValueError("a request that streams through is no exchange")
    return plan.match
