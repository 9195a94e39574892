"""From a client's socket to an answer: the order of things, and what every answer carries.

aiohttp's request comes in, a plain `contracts.http.Request` goes on to the exchanges, a plain `Response` comes
back. Whatever goes wrong on the way is answered as `gateway.problem` says.
"""

import logging
import re
import time
from collections.abc import Mapping
from typing import Final, NamedTuple, Protocol

from aiohttp import web

from contracts.errors import GatewayError, InvalidRequest, UpstreamFailed
from contracts.http import Headers, Request, Response
from gateway.answer import Answer, Streamed
from gateway.body import check_length, complete, invite
from gateway.cors import Cors
from gateway.deprecation import Deprecation
from gateway.headers import BadField
from gateway.metrics import Metrics
from gateway.passthrough import Manner, Passthrough
from gateway.plan import Plan
from gateway.problem import problem
from gateway.request_head import Head, read_head
from gateway.request_id import request_id
from gateway.socket_cookie import socket_cookie
from gateway.sparing import Sparing
from gateway.waited import start_waiting
from gateway.work import Work

_log: Final = logging.getLogger("gateway.server")
#: As browsers write it; every other spelling is an unknown operation (`gateway.routes`).
_SOCKET: Final = re.compile(r"/ws(?:[/?]|\Z)")
_WITHOUT_BODY: Final = frozenset({"GET", "HEAD"})
#: `X-Request-Id` is said by us; validators and ranges belong to bytes that an exchange has changed.
_NOT_FROM_UPSTREAM: Final = frozenset(
    {"x-request-id", "etag", "last-modified", "accept-ranges", "content-md5", "digest", "repr-digest"}
)


class Exchanges(Protocol):
    """What this module wants of `gateway.exchange.Exchanges`."""

    def plan(self, method: str, path: str, query: str, headers: Mapping[str, str]) -> Plan:
        """What to do with a request."""

    async def answer(self, plan: Plan, request: Request) -> Response:
        """One exchange."""

    async def admit(self, plan: Plan, request: Request) -> tuple[str, Headers]:
        """The target and the extra fields of an upload that streams."""


class Sockets(Protocol):
    """What this module wants of `gateway.sockets.Sockets`."""

    async def serve_socket(self, request: web.BaseRequest) -> web.StreamResponse:
        """One socket, from its admission to its end; `GatewayError` before the upgrade."""

    async def close(self) -> None:
        """End all of them: the gateway restarts (1012)."""


class Settings(NamedTuple):
    """Limits of a server: bytes, seconds, hops."""

    json_bytes: int
    body_s: float
    idle_s: float
    trusted_hops: int


class Server:
    """The handler of `gateway.listener.Listener`."""

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
    ) -> None:
        self._exchanges = exchanges
        self._passthrough = passthrough
        self._settings = settings
        self._cors = cors
        self._deprecation = deprecation
        self._metrics = metrics
        self.sockets = sockets
        self._traced = _log.isEnabledFor(logging.DEBUG)
        self._sparing = Sparing(_log, 1.0, time.monotonic)
        self.draining = False

    async def __call__(self, request: web.BaseRequest) -> Answer | Streamed | web.StreamResponse:
        """Answer one request; never raises but for a client that has left."""
        work = Work(request)
        if self.sockets is not None and _SOCKET.match(request.raw_path):
            return await self._socket(work, self.sockets)
        waits = start_waiting()
        metrics = self._metrics
        metrics.in_flight += 1
        status = 499  # nobody was there to take the answer
        try:
            answer = await self._answer(work)
            status = answer.status
            return answer
        finally:
            metrics.in_flight -= 1
            took = time.perf_counter() - work.started
            metrics.count(work.shape, work.operation, status, max(0.0, took - sum(waits)))
            if self._traced:
                _log.debug("request", extra=work.told(status, took))

    async def _socket(self, work: Work, sockets: Sockets) -> Answer | web.StreamResponse:
        """A socket lives for hours: it is no request in flight, and its time is no latency."""
        try:
            work.head = read_head(work.request, self._settings.trusted_hops)
            return await sockets.serve_socket(work.request)
        except GatewayError as error:  # only before the upgrade
            return self._problem(work, error)

    async def _answer(self, work: Work) -> Answer | Streamed:
        try:
            return await self._serve(work)
        except BadField:
            return self._problem(work, UpstreamFailed())
        except GatewayError as error:
            if error.status >= 500:
                self._tell(work, error)
            return self._problem(work, error)
        except ConnectionError:
            raise
        except Exception:
            _log.exception("internal error", extra={"request_id": work.head.request_id if work.head else ""})
            return self._problem(work, GatewayError())

    async def _serve(self, work: Work) -> Answer | Streamed:
        request = work.request
        head = work.head = read_head(request, self._settings.trusted_hops)
        if head.method == "OPTIONS":
            if self._cors.is_preflight(head.method, head.headers):
                return self._complete(work, self._cors.preflight(head.headers), cors=False)
            return await self._stream(work, request.raw_path, ())
        plan = work.plan = self._exchanges.plan(head.method, head.path, head.query, head.headers)
        if plan.kind == "passthrough":
            return await self._stream(work, request.raw_path, ())
        self._deprecation.check(plan.shape)
        if plan.kind == "exchange":
            return await self._exchange(work, plan)
        target, fields = await self._exchanges.admit(plan, _plain(head, b""))
        return await self._stream(work, target, fields)

    async def _exchange(self, work: Work, plan: Plan) -> Answer:
        head, settings = work.head, self._settings
        assert head is not None  # noqa: S101 - set by `_serve`
        body = b""
        if head.framed:
            _check_json_body(head)
            check_length(head.length, settings.json_bytes)
            await invite(work.request, head.expect)
            body = await complete(work.request, limit=settings.json_bytes, body_s=settings.body_s)
        response = await self._exchanges.answer(plan, _plain(head, body))
        return self._complete(work, response, more=socket_cookie(head.headers) if self.sockets else ())

    async def _stream(self, work: Work, target: str, fields: Headers) -> Streamed:
        head = work.head
        assert head is not None  # noqa: S101 - set by `_serve`
        extra = [("X-Request-Id", head.request_id), *self._extra(work)]
        manner = Manner(extra, self._cors.is_ours, self._keeps(work.request))
        asked = [*head.headers.items(), *fields]
        return await self._passthrough.forward(work.request, head, target, asked, manner)

    def _complete(self, work: Work, response: Response, *, cors: bool = True, more: Headers = ()) -> Answer:
        head = work.head
        assert head is not None  # noqa: S101 - set by `_serve`
        ours = self._cors.is_ours
        fields = [
            field
            for field in response.headers
            if field[0].lower() not in _NOT_FROM_UPSTREAM and not (cors and ours(field[0]))
        ]
        fields.append(("X-Request-Id", head.request_id))
        fields += more
        if cors:
            fields += self._extra(work)
        return Answer(
            head.method,
            response.status,
            fields,
            response.body,
            keep_alive=self._keeps(work.request),
            idle_s=self._settings.idle_s,
        )

    def _problem(self, work: Work, error: GatewayError) -> Answer:
        """The answer for an error. A body that was not read ends the connection: nobody knows where it ends."""
        name = work.head.request_id if work.head else request_id(None)
        keep_alive = self._keeps(work.request) and work.head is not None and work.request.content.at_eof()
        return problem(
            work.request.method,
            error,
            name,
            keep_alive=keep_alive,
            extra=self._extra(work),
            idle_s=self._settings.idle_s,
        )

    def _tell(self, work: Work, error: GatewayError) -> None:
        """One line a second for each kind of failure, with its cause (never shown to clients)."""
        self._sparing.warning(
            error.code,
            status=error.status,
            request_id=work.head.request_id if work.head else "",
            operation=work.operation,
            cause=type(error.__cause__).__name__ if error.__cause__ else "",
        )

    def _extra(self, work: Work) -> Headers:
        """What every answer carries beside its own: who may read it, and how long this shape will live."""
        deprecated = self._deprecation.fields(work.shape)
        if not self._cors.configured:
            return deprecated
        return [*deprecated, *self._cors.fields(work.request.headers.get("Origin"))]

    def _keeps(self, request: web.BaseRequest) -> bool:
        """Whether the connection outlives this answer.

        Not after an upgrade that was not taken: aiohttp's parser drops what was sent behind it.
        """
        return (
            request.keep_alive
            and not self.draining
            and request.version[1] == 1
            and "Upgrade" not in request.headers
        )


def _check_json_body(head: Head) -> None:
    if head.method in _WITHOUT_BODY and head.length != "0":
        raise InvalidRequest(f"{head.method} takes no body here")
    if head.coding is not None and head.coding.lower() != "identity":
        raise InvalidRequest("A compressed body is not accepted here")


def _plain(head: Head, body: bytes) -> Request:
    return Request(head.method, head.path, head.query, head.headers, body, head.request_id, head.remote)
