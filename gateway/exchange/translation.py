"""Says an answer of the upstream in the legacy shape, and does not say the same twice.

A modal asks for its messages every few seconds and nearly always hears what it heard before. So the last large
answer to each question is kept together with what it was translated to. It is told again only when the upstream's
bytes are the same and the directory knows the same of everybody whom they mention: a lens depends on nothing else
(`contracts.rules.lens`).
"""

import time
from collections.abc import Callable
from typing import Final, NamedTuple

from cachetools import TTLCache

from contracts.model.document import Document, encode
from contracts.model.errors import InvalidRequest
from contracts.model.http import Response
from contracts.model.roster import Caller, Roster
from contracts.operation import Operation
from contracts.rules.lens import Mentions
from gateway.exchange.exchange_context import ExchangeContext, answer_document
from gateway.exchange.malformed_response import guard_response

#: Shorter answers are translated as fast as they are looked up.
LEAST_BYTES: Final = 2048
#: Of answers and translations together; a page of 50 messages has about 75,000.
KEPT_BYTES: Final = 32 * 1024 * 1024
#: Other people's words are not kept longer than a poll needs them.
KEPT_S: Final = 60.0

#: The operation, who asks and under which name, and what was asked: the path's and the query's parameters.
Question = tuple[str, Caller, frozenset[tuple[str, str]], frozenset[tuple[str, str]]]


class CachedTranslation(NamedTuple):
    """An answer as it came, whom it mentions, what the directory knew of them, and how it was told."""

    answer: bytes
    mentions: Mentions
    roster: Roster
    body: bytes


def _size(told: CachedTranslation) -> int:
    return len(told.answer) + len(told.body)


class ResponseTranslator:
    """Translates answers to legacy, for one process. ``clock`` gives seconds that never go back."""

    def __init__(self, kept_bytes: int = KEPT_BYTES, clock: Callable[[], float] = time.monotonic) -> None:
        self._told: TTLCache[Question, CachedTranslation] = TTLCache(kept_bytes, KEPT_S, clock, _size)
        self.repeated = 0

    async def tell(
        self, row: Operation, sent: Document, response: Response, context: ExchangeContext
    ) -> bytes:
        """The body for a legacy client. Raises `UpstreamFailed` for an answer that is not of its shape."""
        if len(response.body) < LEAST_BYTES:
            return (await _translate(row, sent, response, context)).body
        question = row.name, context.caller, frozenset(sent.path.items()), frozenset(sent.query.items())
        told = self._told.get(question)
        if told and told.answer == response.body and told.roster == await context.find(told.mentions):
            self.repeated += 1
            return told.body
        told = await _translate(row, sent, response, context)
        if _size(told) <= self._told.maxsize:
            self._told[question] = told
        return told.body


async def _translate(
    row: Operation, sent: Document, response: Response, context: ExchangeContext
) -> CachedTranslation:
    answer = answer_document(sent, response)
    with guard_response(row.name, InvalidRequest):
        mentions = row.response.users(answer)
        roster = await context.find(mentions)
        told = row.response.to_legacy(answer, roster)
    return CachedTranslation(response.body, mentions, roster, encode(told.body))
