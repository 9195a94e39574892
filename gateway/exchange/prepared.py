"""What of an exchange does not depend on the answer, kept for the next time that the same is asked.

An open chat asks the same question again and again. Where the request to the upstream follows from the question alone
(`gateway.exchange.chain.Preparing`), it is written once. Who asks is checked each time: an `Again` counts only as long
as its bearer is good, and the directory knows the very same of its person.
"""

from dataclasses import dataclass
from typing import NamedTuple

from contracts.model.document import Document
from gateway.exchange.chain import Backend, Prepared, Stage, prepares
from gateway.exchange.choice import agent_of
from gateway.exchange.exchange_context import ExchangeContext, Named
from gateway.exchange.plan import Plan
from gateway.exchange.replay import Replay
from gateway.exchange.routes import Match


class Naming(NamedTuple):
    """``claimed``: the caller is named by role; ``fallback``: in the old client's own way. Both are counted."""

    claimed: bool
    fallback: bool


class Single(NamedTuple):
    """One request to the upstream, up to its id, and what makes the response of its answer."""

    prepared: Prepared
    message: bytes


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
    plan: Plan, match: Match, asked: Document, context: ExchangeContext, backend: Backend, naming: Naming
) -> Again | None:
    """What may be kept of an exchange, of which ``asked`` is left as it is; None where the next one can be another.

    A `Replay` knows nothing yet of what it asks.
    """
    stage, authorization = backend.stages[match.shape], context.request.headers.get("Authorization")
    if not prepares(stage) or authorization is None or context.request.method != "GET":
        return None
    way: Single | Replay | None
    if stage.replays(match.operation):
        way = Replay(match.operation, fresh(asked), context.caller, {})
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
