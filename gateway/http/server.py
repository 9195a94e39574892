"""From a client's socket to an answer: the order of things, and what every answer carries.

aiohttp's request comes in, a plain `contracts.model.http.Request` goes on to the exchanges, a plain `Response` comes
back. Whatever goes wrong on the way is answered as `gateway.http.problem` says.
"""

import logging
import re
import time
from collections.abc import Awaitable, Mapping
from typing import Any, Final, NamedTuple, Protocol, TypeVar

from aiohttp import web

from contracts.model.errors import GatewayError, InvalidRequest, Unavailable, UpstreamFailed, Written
from contracts.model.http import Headers, Request, Response
from gateway.exchange.deprecation import Deprecation
from gateway.exchange.plan import Plan
from gateway.exchange.prepared import Again
from gateway.fields.headers import BadField, RequestFields
from gateway.fields.memo import Memo
from gateway.fields.request_id import request_id
from gateway.http.answer import Answer, Streamed, begin, date, has_no_body
from gateway.http.body import check_length, read_all, send_continue
from gateway.http.cookie import with_cookie
from gateway.http.cors import Cors
from gateway.http.head import Head, is_old, read_head
from gateway.http.lane import Lane
from gateway.http.passthrough import Passthrough
from gateway.http.problem import problem
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
#: `X-Request-Id` is set by us; validators and ranges belong to bytes that an exchange has changed.
_NOT_FROM_UPSTREAM: Final = frozenset(
    {"x-request-id", "etag", "last-modified", "accept-ranges", "content-md5", "digest", "repr-digest"}
)


class Exchanges(Protocol):
    """What this module wants of `gateway.exchange.exchange.Exchanges`."""

    def plan(self, method: str, path: str, query: str, headers: Mapping[str, str]) -> Plan:
        """What to do with a request."""

    async def answer(self, plan: Plan, request: Request) -> Response:
        """One exchange."""

    def is_current(self, again: Again) -> bool:
        """Whether this may be asked again."""

    async def repeat(self, again: Again, request: Request) -> Response:
        """The same exchange again."""

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
        self._exchanges = exchanges
        self._passthrough = passthrough
        self._settings = settings
        self.cors = cors
        self._deprecation = deprecation
        self._metrics = metrics
        self.sockets = sockets
        self._traced = _log.isEnabledFor(logging.DEBUG)
        self._throttled = ThrottledLogger(_log, 1.0, time.monotonic)
        self.lane = Lane(self, settings.json_bytes)
        self._starts: Memo[Any, bytes] = Memo(512)
        self.draining = False

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

    def is_current(self, again: Again) -> bool:
        """Whether this may be asked again."""
        return self._exchanges.is_current(again)

    def is_unrecognized(self, head: Head) -> bool:
        """Whether requests with these fields say nothing to the sockets."""
        return self.sockets is None or self.sockets.ignores(head.headers, head.remote)

    async def repeat(
        self, context: RequestContext, head: Head, again: Again, *, unrecognized: bool
    ) -> Answer:
        """Ask again what was asked before; ``unrecognized``: see `is_unrecognized`."""
        context.head, context.plan = head, again.plan
        if not unrecognized:
            self._recognize(context, head)
        return await self._counted(context, self._repeat(context, again))

    async def _repeat(self, context: RequestContext, again: Again) -> Answer:
        self._deprecation.check(again.plan.shape)
        return self._complete(context, await self._exchanges.repeat(again, context.plain(b"")))

    async def _counted(self, context: RequestContext, serving: Awaitable[_A]) -> _A | Answer:
        metrics = self._metrics
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
            if self._traced:
                _log.debug("request", extra=context.log_fields(status, took))

    def _held(self, context: RequestContext, answer: Answer) -> Answer:
        """A large answer, once there is room for it until the client has it."""
        hold = Hold(self._budget)
        try:
            hold.add(answer.body_length)
        except NoRoom:
            reading = context.method in ("GET", "HEAD")
            error = Unavailable("Too much is being answered at once, please retry") if reading else Written()
            return self._problem(context, error)
        answer.hold = hold
        return answer

    async def _socket(self, context: RequestContext, sockets: Sockets) -> Answer | web.StreamResponse:
        """A socket lives for hours: it is no request in flight, and its time is no latency."""
        try:
            assert context.request is not None  # noqa: S101
            context.head = self._read_head(context.request)
            return await sockets.serve_socket(context.request)
        except GatewayError as error:  # only before the upgrade
            return self._problem(context, error)

    async def _guarded(self, context: RequestContext, serving: Awaitable[_A]) -> _A | Answer:
        """What goes wrong on the way as an answer."""
        try:
            return await serving
        except BadField:
            return self._problem(context, UpstreamFailed())
        except GatewayError as error:
            if error.status >= 500:
                self._log_failure(context, error)
            return self._problem(context, error)
        except ConnectionError:
            raise
        except Exception:
            _log.exception(
                "internal error", extra={"request_id": context.head.request_id if context.head else ""}
            )
            return self._problem(context, GatewayError())

    async def _serve(self, context: RequestContext) -> Answer | Streamed:
        request = context.request
        assert request is not None  # noqa: S101
        head = context.head = self._read_head(request)
        if self.cors.is_preflight(head.method, head.headers):
            return self._complete(context, self.cors.preflight(head.headers), cors=False)
        self._recognize(context, head)
        plan = context.plan = self._exchanges.plan(head.method, head.path, head.query, head.headers)
        if plan.kind == "passthrough":
            return await self._stream(context, request, plan.target or request.raw_path, ())
        self._deprecation.check(plan.shape)
        if plan.kind == "exchange":
            self.lane.learn(head, request.raw_path, plan)
            return await self._exchange(context, plan, await self._body(request, head))
        target, fields = await self._exchanges.admit(plan, context.plain(b""))
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
        return self._complete(context, await self._exchanges.answer(plan, context.plain(body)))

    async def _stream(
        self, context: RequestContext, request: web.BaseRequest, target: str, fields: Headers
    ) -> Streamed:
        head = context.head
        assert head is not None  # noqa: S101 - set by `_serve`
        extra = [("X-Request-Id", head.request_id), *self._extra(context)]
        manner = Manner(extra, self.cors.is_ours, self._keeps(context), context.cookie)
        asked = [*head.headers.items(), *fields]
        return await self._passthrough.forward(request, head, target, asked, manner)

    def _complete(self, context: RequestContext, response: Response, *, cors: bool = True) -> Answer:
        keep_alive, status = self._keeps(context), response.status
        head = context.head
        assert head is not None  # noqa: S101 - set by `_serve`
        if context.cookie or has_no_body(head.method, status) or not isinstance(response.headers, tuple):
            fields = [*self._fields(context, response, cors=cors), ("X-Request-Id", head.request_id)]
            fields = [*with_cookie(status, fields, context.cookie)]
            return Answer(
                head.method,
                status,
                fields,
                response.body,
                keep_alive=keep_alive,
                idle_s=self._settings.idle_s,
            )
        # Answers of one second have the same fields, but for their request's id.
        rules = self.cors if cors else None, self._deprecation
        key = status, response.headers, context.shape, context.origin, rules, keep_alive, date()
        start = self._starts.get(key)
        if start is None:
            start = begin(status, self._fields(context, response, cors=cors), close=not keep_alive)
            self._starts.put(key, start)
        return Answer.begun(
            start,
            head.request_id,
            status,
            response.body,
            keep_alive=keep_alive,
            idle_s=self._settings.idle_s,
        )

    def _fields(self, context: RequestContext, response: Response, *, cors: bool) -> Headers:
        """The upstream's fields without what is set again, and ours; but for the request's id and a cookie."""
        ours = self.cors.is_ours
        fields = [
            field
            for field in response.headers
            if field[0].lower() not in _NOT_FROM_UPSTREAM and not (cors and ours(field[0]))
        ]
        return [*fields, *self._extra(context)] if cors else fields

    def _problem(self, context: RequestContext, error: GatewayError) -> Answer:
        """The answer for an error. A body that was not read ends the connection: nobody knows where it ends."""
        name = context.head.request_id if context.head else request_id(None)
        return problem(
            context.method,
            error,
            name,
            keep_alive=self._keeps(context) and context.body_was_read,
            extra=with_cookie(error.status, self._extra(context), context.cookie),
            idle_s=self._settings.idle_s,
        )

    def _log_failure(self, context: RequestContext, error: GatewayError) -> None:
        """One line a second for each kind of failure, with its cause (never shown to clients)."""
        self._throttled.warning(
            error.code,
            status=error.status,
            request_id=context.head.request_id if context.head else "",
            operation=context.operation,
            cause=type(error.__cause__).__name__ if error.__cause__ else "",
        )

    def _extra(self, context: RequestContext) -> Headers:
        """What every answer carries beside its own: who may read it, and how long this shape will live."""
        shape = context.shape or ("legacy" if context.head and is_old(context.head) else "")
        deprecated = self._deprecation.fields(shape)
        if not self.cors.configured:
            return deprecated
        return [*deprecated, *self.cors.fields(context.origin)]

    def _keeps(self, context: RequestContext) -> bool:
        """Whether the connection outlives this answer."""
        return context.may_keep_alive and not self.draining


def _check_json_body(head: Head) -> None:
    if head.method in _WITHOUT_BODY and head.length != "0":
        raise InvalidRequest(f"{head.method} takes no body here")
    if head.coding is not None and head.coding.lower() != "identity":
        raise InvalidRequest("A compressed body is not accepted here")
