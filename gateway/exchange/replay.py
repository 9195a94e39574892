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
from gateway.exchange.sources import Knowledge, Question, Sources
from gateway.exchange.translation import question_of

#: Of answers and responses. A list of 20 conversations takes 45,000.
KEPT_BYTES: Final = 96 * 1024 * 1024
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

    def still_holds(self, answers: Mapping[Question, Response], caller: Caller, knowledge: Knowledge) -> bool:
        """Whether these answers, and what is known now, lead to the same response."""
        if answers.keys() != self.answers.keys():
            return False
        for question, before in self.answers.items():
            answer = answers[question]
            if answer.body != before.body or answer.status != before.status:
                return False
        return knowledge.still_holds(caller, self.people, self.owners, self.reads)


class Replays:
    """The responses of one process. ``repeated`` counts those that were given again."""

    def __init__(
        self, counters: Counters, kept_bytes: int = KEPT_BYTES, clock: Callable[[], float] = monotonic
    ) -> None:
        self.kept: Pages[Kept] = Pages(kept_bytes, clock)
        self.clock = clock
        self.counters = counters
        self.repeated = 0


class Replay:
    """A question of which the answer is made by a handler.

    ``messages`` is what it asked the upstream the last time; ``is_known``: there is such a thing.
    """

    __slots__ = ("_caller", "_document", "_key", "_operation", "_replays", "is_known", "messages")

    def __init__(self, replays: Replays, operation: Operation, document: Document, caller: Caller) -> None:
        self._replays = replays
        self._operation = operation
        self._document = document
        self._caller = caller
        self._key = question_of(operation, caller, document)
        self.messages: Mapping[Question, bytes] = {}
        self.is_known = False

    async def first(self, stage: Stage, upstream: Repeating, context: ExchangeContext) -> Response:
        """The response by the handler, remembered with all that it was made of. Raises `GatewayError`."""
        sources = context.sources = Sources()
        document = Document(dict(self._document.path), dict(self._document.query), None)
        response = await stage.ask(self._operation, document, context)
        if not sources.unknown:
            fields = context.repeated_fields()
            self.messages = {question: upstream.start(*question, fields) for question in sources.answers}
            self.is_known = bool(self.messages)
            self._replays.kept.keep(self._key, Kept.of(response, sources, self._replays.clock()))
        return response

    def again(self, answers: Mapping[Question, Response], knowledge: Knowledge) -> Response | None:
        """The last response, if these answers lead to it."""
        replays = self._replays
        kept = replays.kept.get(self._key)
        if kept is None or not kept.still_holds(answers, self._caller, knowledge):
            return None
        replays.repeated += 1
        replays.counters.by_hand += 1
        return kept.response
