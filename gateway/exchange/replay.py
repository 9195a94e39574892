"""Answers to questions of which the answer is made by a handler: made again only when something has changed.

A handler asks the upstream one thing or several, and is a function of what it gets (`gateway.exchange.sources`). So
when the same is asked again, what it asked the last time is asked at once. If every answer is, byte for byte, the
last one, and directory and database know the same, the response is the last one, too. Otherwise the handler runs, and
gets the answers that have come already.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from time import monotonic
from typing import Any, Final

from contracts.model.document import Document
from contracts.model.http import Response
from contracts.model.profile import Profile
from contracts.model.roster import Caller, Person
from contracts.operation import Operation
from gateway.exchange.chain import Stage
from gateway.exchange.exchange_context import ExchangeContext
from gateway.exchange.observation import Counters
from gateway.exchange.pages import Pages
from gateway.exchange.protocols import Repeating
from gateway.exchange.sources import Question, Sources
from gateway.taskless.together import Together

#: Of answers and responses. A list of 20 conversations takes 45,000.
KEPT_BYTES: Final = 96 * 1024 * 1024
#: Seconds that all answers may take until the handler decides which of them it wants to wait for.
ALL_WITHIN_S: Final = 0.25
_LEAST: Final = 2_000


@dataclass(frozen=True, slots=True)
class Kept:
    """The last response to a question, and all that it was made of. ``at`` is the clock's time."""

    response: Response
    answers: Mapping[Question, Response]
    owners: Mapping[Profile, int | None]
    people: Mapping[int, Person | None]
    reads: Sequence[tuple[str, Sequence[Mapping[str, Any]]]]
    at: float

    @classmethod
    def of(cls, response: Response, sources: Sources, at: float) -> "Kept":
        """A response with its sources."""
        return cls(response, sources.answers, sources.owners, sources.people, sources.reads, at)

    @property
    def size(self) -> int:
        """Bytes that it takes, roughly."""
        held = sum(len(answer.body) for answer in self.answers.values()) + len(self.response.body)
        return _LEAST + held + 200 * len(self.people)

    def still_holds(self, answers: Sequence[Response | None], context: ExchangeContext) -> bool:
        """Whether these answers, and what is known now, lead to the same response."""
        for before, answer in zip(self.answers.values(), answers, strict=True):
            if answer is None or answer.body != before.body or answer.status != before.status:
                return False
        return context.still_knows(self.people, self.owners) and context.still_reads(self.reads)


@dataclass(slots=True)
class Replay:
    """A question of which the answer is made by a handler: what it is, and what it asks the upstream.

    ``messages`` are those requests up to the request's id.
    """

    operation: Operation
    document: Document
    caller: Caller
    messages: Mapping[Question, bytes]

    @property
    def key(self) -> tuple[Any, ...]:
        """What is the same for the same question of the same caller under the same name."""
        document = self.document
        return (
            self.operation.name,
            self.caller,
            tuple(document.path.items()),
            tuple(document.query.items()),
        )

    def fresh(self) -> Document:
        """The question, for whoever changes it."""
        return Document(dict(self.document.path), dict(self.document.query), None)


class Replays:
    """The responses of one process. ``repeated`` counts those that were given again."""

    def __init__(
        self, counters: Counters, kept_bytes: int = KEPT_BYTES, clock: Callable[[], float] = monotonic
    ) -> None:
        self._kept: Pages[Kept] = Pages(kept_bytes, clock)
        self._clock = clock
        self._counters = counters
        self.repeated = 0

    async def repeat(
        self, replay: Replay, stage: Stage, upstream: Repeating, context: ExchangeContext
    ) -> Response:
        """The response to the same question. Raises `GatewayError`."""
        name = b"X-Request-Id: %b\r\n\r\n" % context.request.request_id.encode()
        asked = Together([upstream.deliver("GET", message + name) for message in replay.messages.values()])
        try:
            await context.waited(asked.wait(ALL_WITHIN_S))
            response = self._same(replay, [one.value for one in asked.started], context)
            if response is None:
                context.early = dict(zip(replay.messages, asked.started, strict=True))
                response = await self.first(replay, stage, upstream, context)
            return response
        finally:
            asked.cancel()

    async def first(
        self, replay: Replay, stage: Stage, upstream: Repeating, context: ExchangeContext
    ) -> Response:
        """The response by the handler, remembered with all that it was made of. Raises `GatewayError`."""
        sources = context.sources = Sources()
        response = await stage.ask(replay.operation, replay.fresh(), context)
        if not sources.unknown:
            replay.messages = {
                question: upstream.start(*question, context.repeated_fields()) for question in sources.answers
            }
            self._kept.keep(replay.key, Kept.of(response, sources, self._clock()))
        return response

    def _same(
        self, replay: Replay, answers: Sequence[Response | None], context: ExchangeContext
    ) -> Response | None:
        """The last response, if these answers lead to it."""
        kept = self._kept.get(replay.key)
        if kept is None or kept.answers.keys() != replay.messages.keys():
            return None
        if not kept.still_holds(answers, context):
            return None
        self.repeated += 1
        self._counters.by_hand += 1
        return kept.response
