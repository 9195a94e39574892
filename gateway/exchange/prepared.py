"""What of an exchange does not depend on the answer, kept for the next time that the same is asked.

An open chat asks the same question again and again. Where the request to the upstream follows from the question alone
(`gateway.exchange.chain.Preparing`), it is written once. Who asks is checked each time: an `Again` counts only as long
as its bearer is good, and the directory knows the very same of its person.
"""

from collections.abc import Awaitable, Mapping, MutableMapping
from dataclasses import dataclass
from typing import NamedTuple

from contracts.model.document import Document
from contracts.model.http import Request, Response
from gateway.exchange.chain import Backend, Prepared, Stage, never, prepares
from gateway.exchange.choice import agent_of
from gateway.exchange.exchange_context import ExchangeContext, Named
from gateway.exchange.plan import Plan
from gateway.exchange.protocols import Asked
from gateway.exchange.replay import Replay, Replays
from gateway.exchange.routes import Match
from gateway.exchange.sources import Knowledge, Question


class Naming(NamedTuple):
    """``claimed``: the caller is named by role; ``fallback``: in the old client's own way. Both are counted."""

    claimed: bool
    fallback: bool


class Single:
    """One request to the upstream, up to its id, and what makes the response of its answer.

    ``is_known``: an answer can be recognized as the last one.
    """

    __slots__ = ("is_known", "message", "messages", "prepared")

    def __init__(self, prepared: Prepared, message: bytes) -> None:
        self.prepared = prepared
        self.is_known = prepared.again is not never
        self.message = message
        self.messages: Mapping[Question, bytes] = {Question(prepared.method, prepared.target): message}

    def again(self, answers: Mapping[Question, Response], knowledge: Knowledge) -> Response | None:
        """The last response, if this answer leads to it."""
        [answer] = answers.values()
        return self.prepared.again(answer, knowledge)

    def asked(
        self, backend: Backend, request: Request, early: MutableMapping[Question, Asked]
    ) -> Awaitable[Response]:
        """The upstream's answer, which may have been asked for already."""
        for question in self.messages:
            if (asked := early.pop(question, None)) is not None:
                return asked.result()
        message = b"%bX-Request-Id: %b\r\n\r\n" % (self.message, request.request_id.encode())
        return backend.upstream.deliver(self.prepared.method, message)


@dataclass(frozen=True, slots=True)
class Again:
    """A question that was asked before: who asked it, and how it is answered again."""

    plan: Plan
    authorization: str
    named: Named
    backend: Backend
    way: Single | Replay
    naming: Naming
    agent: str

    @property
    def stage(self) -> Stage:
        """Where the question enters."""
        assert self.plan.match is not None  # noqa: S101
        return self.backend.stages[self.plan.match.shape]


def again_of(
    plan: Plan,
    match: Match,
    asked: Document,
    context: ExchangeContext,
    backend: Backend,
    naming: Naming,
    replays: Replays,
) -> Again | None:
    """What may be kept of an exchange, of which ``asked`` is left as it is; None where the next one can be another.

    A `Replay` knows nothing yet of what it asks.
    """
    stage, authorization = backend.stages[match.shape], context.request.headers.get("Authorization")
    if not prepares(stage) or authorization is None or context.request.method != "GET":
        return None
    way: Single | Replay | None
    if stage.replays(match.operation):
        way = Replay(replays, match.operation, fresh(asked), context.caller)
    else:
        way = _single(stage.prepare(match.operation, fresh(asked), context), context, backend)
    if way is None:
        return None
    known = Plan(plan.kind, plan.operation, plan.shape, match, plan.query)
    return Again(known, authorization, context.named, backend, way, naming, agent_of(context.request))


def _single(prepared: Prepared | None, context: ExchangeContext, backend: Backend) -> Single | None:
    if prepared is None:
        return None
    message = backend.upstream.start(prepared.method, prepared.target, context.repeated_fields())
    return Single(prepared, message)


def fresh(asked: Document) -> Document:
    """The same for whoever changes it."""
    return Document(dict(asked.path), dict(asked.query), None)
