"""From a client's socket to an answer: the order of things, and what every answer carries.

aiohttp's request comes in, a plain `contracts.model.http.Request` goes on to the exchanges, a plain `Response` comes
back. Whatever goes wrong on the way is answered as `gateway.http.problem` says.
"""

import logging
import re
import time
from collections.abc import Awaitable, Mapping
from typing import Final, TypeVar

from aiohttp import web

from contracts.model.errors import GatewayError, InvalidRequest, Unavailable, UpstreamFailed, Written
from contracts.model.http import Headers
from gateway.exchange.deprecation import Deprecation
from gateway.exchange.plan import Plan
from gateway.exchange.protocols import Asked
from gateway.exchange.sources import Question
from gateway.fields.headers import BadField
from gateway.http.answer import Answer, Streamed
from gateway.http.body import check_length, read_all, send_continue
from gateway.http.completion import Completion
from gateway.http.cors import Cors
from gateway.http.head import Head, read_head
from gateway.http.known_request import Steady
from gateway.http.lane import Lane
from gateway.http.passthrough import Passthrough
from gateway.http.protocols import Exchanges, Settings, Sockets
from gateway.http.relay import Manner
from gateway.http.request_context import RequestContext
from gateway.telemetry.metrics import Metrics
from gateway.telemetry.throttled_log import ThrottledLogger
from gateway.upstream.budget import FREE, Budget, Hold, NoRoom

_A = TypeVar("_A", bound=Answer | Streamed)
_log: Final = logging.getLogger("gateway.http.server")
#: As browsers write it; every other spelling is an unknown operation (`gateway.exchange.routes`).
_SOCKET: Final = re.compile(r"/ws(?:[/?]|\Z)")
_WITHOUT_BODY: Final = frozenset({"GET", "HEAD"})


class Server:
    """The handler of `gateway.http.listener.Listener`."""

    def __init__(
        self,
        exchanges: Exchanges,
        passthrough: Passthrough,
        settings: Settings,
        *,
        cors: Cors,
        deprecation: Deprecation,
        metrics: Metrics,
        sockets: Sockets | None = None,
        budget: Budget | None = None,
    ) -> None:
        self._budget = budget or Budget()
        self.exchanges = exchanges
        self._passthrough = passthrough
        self._settings = settings
        self.completion = Completion(cors, deprecation, settings.idle_s)
        self._deprecation = deprecation
        self.metrics = metrics
        self.sockets = sockets
        self.traced = _log.isEnabledFor(logging.DEBUG)
        self._throttled = ThrottledLogger(_log, 1.0, time.monotonic)
        self.lane = Lane(self, settings.json_bytes)

    @property
    def cors(self) -> Cors:
        """Which pages may read answers."""
        return self.completion.cors

    @property
    def draining(self) -> bool:
        """Whether no connection outlives its next answer."""
        return self.completion.draining

    @draining.setter
    def draining(self, draining: bool) -> None:
        self.completion.draining = draining

    async def __call__(self, request: web.BaseRequest) -> Answer | Streamed | web.StreamResponse:
        """Answer one request; never raises but for a client that has left."""
        context = RequestContext(request)
        if self.sockets is not None and _SOCKET.match(request.raw_path):
            return await self._socket(context, self.sockets)
        return await self._counted(context, self._serve(context))

    async def answer(self, context: RequestContext, head: Head, plan: Plan, body: bytes) -> Answer:
        """The same for a request of which everything is known already (`gateway.http.lane`)."""
        context.head, context.plan = head, plan
        return await self._counted(context, self._known(context, head, plan, body))

    def is_unrecognized(self, head: Head) -> bool:
        """Whether requests with these fields say nothing to the sockets."""
        return self.sockets is None or self.sockets.ignores(head.headers, head.remote)

    async def repeat(
        self, context: RequestContext, steady: Steady, early: Mapping[Question, Asked]
    ) -> Answer:
        """Ask again what was asked before, of which some may be on its way already."""
        return await self._counted(context, self._repeat(context, steady, early))

    async def _repeat(
        self, context: RequestContext, steady: Steady, early: Mapping[Question, Asked]
    ) -> Answer:
        assert context.head is not None  # noqa: S101 - it is known
        if not steady.unrecognized:
            self._recognize(context, context.head)
        self._deprecation.check(steady.again.plan.shape)
        response = await self.exchanges.repeat(steady.again, context.plain(b""), early)
        return self.completion.complete(context, response)

    async def _counted(self, context: RequestContext, serving: Awaitable[_A]) -> _A | Answer:
        metrics = self.metrics
        metrics.in_flight += 1
        status = 499  # nobody was there to take the answer
        try:
            answer = await self._guarded(context, serving)
            if answer.body_length > FREE and isinstance(answer, Answer):
                answer = self._held(context, answer)
            status = answer.status
            return answer
        finally:
            metrics.in_flight -= 1
            took = time.perf_counter() - context.started
            metrics.count(context.shape, context.operation, status, max(0.0, took - sum(context.waits)))
            if self.traced:
                _log.debug("request", extra=context.log_fields(status, took))

    def _held(self, context: RequestContext, answer: Answer) -> Answer:
        """A large answer, once there is room for it until the client has it."""
        hold = Hold(self._budget)
        try:
            hold.add(answer.body_length)
        except NoRoom:
            reading = context.method in ("GET", "HEAD")
            error = Unavailable("Too much is being answered at once, please retry") if reading else Written()
            return self.completion.problem(context, error)
        answer.hold = hold
        return answer

    async def _socket(self, context: RequestContext, sockets: Sockets) -> Answer | web.StreamResponse:
        """A socket lives for hours: it is no request in flight, and its time is no latency."""
        try:
            assert context.request is not None  # noqa: S101
            context.head = self._read_head(context.request)
            return await sockets.serve_socket(context.request)
        except GatewayError as error:  # only before the upgrade
            return self.completion.problem(context, error)

    async def _guarded(self, context: RequestContext, serving: Awaitable[_A]) -> _A | Answer:
        """What goes wrong on the way as an answer."""
        try:
            return await serving
        except BadField:
            return self.completion.problem(context, UpstreamFailed())
        except GatewayError as error:
            if error.status >= 500:
                self._log_failure(context, error)
            return self.completion.problem(context, error)
        except ConnectionError:
            raise
        except Exception:
            _log.exception(
                "internal error", extra={"request_id": context.head.request_id if context.head else ""}
            )
            return self.completion.problem(context, GatewayError())

    async def _serve(self, context: RequestContext) -> Answer | Streamed:
        request = context.request
        assert request is not None  # noqa: S101
        head = context.head = self._read_head(request)
        if self.cors.is_preflight(head.method, head.headers):
            return self.completion.complete(context, self.cors.preflight(head.headers), cors=False)
        self._recognize(context, head)
        plan = context.plan = self.exchanges.plan(head.method, head.path, head.query, head.headers)
        if plan.kind == "passthrough":
            return await self._stream(context, request, plan.target or request.raw_path, ())
        self._deprecation.check(plan.shape)
        if plan.kind == "exchange":
            self.lane.learn(head, request.raw_path, plan)
            return await self._exchange(context, plan, await self._body(request, head))
        target, fields = await self.exchanges.admit(plan, context.plain(b""))
        return await self._stream(context, request, target, fields)

    def _read_head(self, request: web.BaseRequest) -> Head:
        settings = self._settings
        return read_head(request, settings.trusted_hops, self.lane.heads, settings.fields)

    def _recognize(self, context: RequestContext, head: Head) -> None:
        if self.sockets is not None:
            context.cookie = self.sockets.recognize(head.headers, head.remote)

    async def _body(self, request: web.BaseRequest, head: Head) -> bytes:
        if not head.framed:
            return b""
        settings = self._settings
        _check_json_body(head)
        check_length(head.length, settings.json_bytes)
        await send_continue(request, head.expect)
        return await read_all(request, limit=settings.json_bytes, body_s=settings.body_s)

    async def _known(self, context: RequestContext, head: Head, plan: Plan, body: bytes) -> Answer:
        self._recognize(context, head)
        self._deprecation.check(plan.shape)
        return await self._exchange(context, plan, body)

    async def _exchange(self, context: RequestContext, plan: Plan, body: bytes) -> Answer:
        return self.completion.complete(context, await self.exchanges.answer(plan, context.plain(body)))

    async def _stream(
        self, context: RequestContext, request: web.BaseRequest, target: str, fields: Headers
    ) -> Streamed:
        head = context.head
        assert head is not None  # noqa: S101 - set by `_serve`
        extra = [("X-Request-Id", head.request_id), *self.completion.common_fields(context)]
        manner = Manner(extra, self.cors.is_ours, self.completion.keeps(context), context.cookie)
        asked = [*head.headers.items(), *fields]
        return await self._passthrough.forward(request, head, target, asked, manner)

    def _log_failure(self, context: RequestContext, error: GatewayError) -> None:
        """One line a second for each kind of failure, with its cause (never shown to clients)."""
        self._throttled.warning(
            error.code,
            status=error.status,
            request_id=context.head.request_id if context.head else "",
            operation=context.operation,
            cause=type(error.__cause__).__name__ if error.__cause__ else "",
        )


def _check_json_body(head: Head) -> None:
    if head.method in _WITHOUT_BODY and head.length != "0":
        raise InvalidRequest(f"{head.method} takes no body here")
    if head.coding is not None and head.coding.lower() != "identity":
        raise InvalidRequest("A compressed body is not accepted here")
