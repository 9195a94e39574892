"""What of an exchange does not depend on the answer, kept for the next time that the same is asked.

An open chat asks the same question again and again. Where the request to the upstream follows from the question alone
(`gateway.exchange.chain.Preparing`), it is written once. Who asks is checked each time: an `Again` counts only as long
as its bearer is good, and the directory knows the very same of its person.
"""

from dataclasses import dataclass
from typing import NamedTuple

from contracts.model.document import Document
from gateway.exchange.chain import Backend, Prepared, prepares
from gateway.exchange.choice import agent_of
from gateway.exchange.exchange_context import ExchangeContext, Named
from gateway.exchange.plan import Plan
from gateway.exchange.routes import Match


class Naming(NamedTuple):
    """``claimed``: the caller is named by role; ``fallback``: in the old client's own way. Both are counted."""

    claimed: bool
    fallback: bool


@dataclass(frozen=True, slots=True)
class Again:
    """A question that was asked before: who asked it, and the upstream's request up to its id."""

    plan: Plan
    authorization: str
    named: Named
    backend: Backend
    prepared: Prepared
    message: bytes
    naming: Naming
    agent: str


def again_of(
    plan: Plan, match: Match, asked: Document, context: ExchangeContext, backend: Backend, naming: Naming
) -> Again | None:
    """What may be kept of an exchange, of which ``asked`` is left as it is; None where the next one can be another."""
    stage, authorization = backend.stages[match.shape], context.request.headers.get("Authorization")
    if not prepares(stage) or authorization is None:
        return None
    prepared = stage.prepare(match.operation, Document(dict(asked.path), dict(asked.query), None), context)
    if prepared is None:
        return None
    fields = [field for field in context.fields() if field[0] != "X-Request-Id"]
    message = backend.upstream.start(prepared.method, prepared.target, fields)
    known = Plan(plan.kind, plan.operation, plan.shape, match, plan.query)
    agent = agent_of(context.request)
    return Again(known, authorization, context.named, backend, prepared, message, naming, agent)
