"""A request that has come before, from its first byte to its answer, by calls alone.

What it asks is on its way at once (`gateway.exchange.repeated`). Where the answers are the last ones nothing else is
done than to write ours. Whatever is not as the last time is answered by the server's own coroutine.
"""

import logging
from collections.abc import Callable, Coroutine, Mapping
from time import perf_counter
from typing import Any, Final, NamedTuple, Protocol

from contracts.model.http import Request, Response
from gateway.exchange.plan import Plan
from gateway.exchange.prepared import Again
from gateway.exchange.protocols import Asked
from gateway.exchange.repeated import Repeated
from gateway.exchange.sources import Question
from gateway.fields.request_id import request_id
from gateway.http.answer import Answer
from gateway.http.completion import Completion
from gateway.http.head import Fields, Head
from gateway.http.protocols import Exchanges
from gateway.http.request_context import RequestContext
from gateway.taskless.run import Run
from gateway.telemetry.metrics import Metrics
from gateway.upstream.budget import FREE

_log: Final = logging.getLogger("gateway.http.server")
Done = Callable[[Answer], None]
Failed = Callable[[BaseException], None]
#: Nobody was there to take the answer.
_LEFT: Final = 499


class Known(NamedTuple):
    """A first line that has led to an exchange: its parts, and what to do."""

    method: str
    path: str
    query: str
    plan: Plan


class Steady(NamedTuple):
    """A question that can be asked again, the page that asks, and whether its asker gets no cookie of the sockets."""

    again: Again
    unrecognized: bool
    origin: str | None


class Server(Protocol):
    """What this module wants of `gateway.http.server.Server`."""

    exchanges: Exchanges
    completion: Completion
    metrics: Metrics
    traced: bool

    def repeat(
        self, context: RequestContext, steady: Steady, early: Mapping[Question, Asked]
    ) -> Coroutine[Any, Any, Answer]:
        """Answer in any case."""


class KnownRequest:
    """One of them on its way. As `gateway.taskless.run.Run`: ``done`` or ``failed`` is called once, or `cancel`."""

    __slots__ = (
        "_asked_at",
        "_done",
        "_failed",
        "_fields",
        "_known",
        "_name",
        "_repeated",
        "_run",
        "_server",
        "_started",
        "_steady",
    )

    def __init__(
        self,
        server: Server,
        known: Known,
        fields: Fields,
        steady: Steady,
        done: Done,
        failed: Failed,
    ) -> None:
        self._server = server
        self._known = known
        self._fields = fields
        self._steady = steady
        self._done = done
        self._failed = failed
        self._started = self._asked_at = perf_counter()
        self._name = request_id(fields.given_id)
        self._repeated: Repeated | None = None
        self._run: Run | None = None

    def start(self) -> None:
        """Ask, and answer when the answers are there; that may be before this returns."""
        server, steady = self._server, self._steady
        knowledge, ends = server.exchanges.knowledge, server.completion.deprecation.has_end
        if knowledge is None or ends or not (steady.unrecognized and steady.again.way.is_known):
            self._safely()
            return
        server.metrics.in_flight += 1
        self._asked_at = perf_counter()
        self._repeated = Repeated(steady.again, knowledge, self._ended)
        self._repeated.start(self._name)

    def cancel(self) -> None:
        """The client has left."""
        if self._run is not None:
            self._run.cancel()
        elif self._repeated is not None:
            self._repeated.cancel()
            self._server.metrics.in_flight -= 1
            self._count(_LEFT, self._waited_s)

    @property
    def _waited_s(self) -> float:
        return perf_counter() - self._asked_at

    def _ended(self, response: Response | None) -> None:
        waited_s, server = self._waited_s, self._server
        server.metrics.in_flight -= 1
        answer = self._answer(response) if response is not None else None
        if answer is None:
            self._safely(waited_s)
            return
        self._count(answer.status, waited_s)
        self._done(answer)

    def _answer(self, response: Response) -> Answer | None:
        """The answer, unless it is large, or an error: the coroutine deals with those."""
        server, steady, known, fields = self._server, self._steady, self._known, self._fields
        if response.status != 200 or len(response.body) > FREE:
            return None
        try:
            answer = server.completion.again(response, steady.again.plan.shape, steady.origin, self._name)
        except ValueError:  # a field that cannot be written
            return None
        server.exchanges.note(
            steady.again,
            Request("GET", known.path, known.query, fields.clean, b"", self._name, fields.remote),
        )
        return answer

    def _safely(self, waited_s: float = 0.0) -> None:
        context = self._context()
        context.waits.append(waited_s)
        early = self._repeated.early if self._repeated is not None else {}
        self._run = Run(self._server.repeat(context, self._steady, early), self._done, self._failed)
        self._run.start()

    def _context(self) -> RequestContext:
        known, fields, context = self._known, self._fields, RequestContext(None)
        context.started = self._started
        context.plan = self._steady.again.plan
        context.head = Head(
            "GET", known.path, known.query, fields.clean, fields.remote, self._name, None, False, None, None
        )
        return context

    def _count(self, status: int, waited_s: float) -> None:
        server, plan, took = self._server, self._steady.again.plan, perf_counter() - self._started
        server.metrics.count(plan.shape, plan.operation, status, max(0.0, took - waited_s))
        if server.traced:
            _log.debug("request", extra=self._context().log_fields(status, took))
