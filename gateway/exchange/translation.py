"""Translates an answer of the upstream to the legacy shape, and translates no row twice.

A modal asks for its messages every few seconds and nearly always gets what it got before, or one row more. So the last
large answer to each question is kept as rows with their translations. A row's translation is used again only for the
same bytes, in the answer to the same question of the same caller under the same name, and while the directory knows
the same of everybody whom the page mentions: a lens depends on nothing else (`contracts.rules.lens`).
"""

from collections.abc import Callable, Mapping
from time import monotonic
from typing import Final

import msgspec

from contracts.model.document import Document, encode, opened
from contracts.model.errors import InvalidRequest
from contracts.model.http import Response
from contracts.model.roster import Caller, Person
from contracts.operation import Operation
from contracts.rules.rows import Rows, join, rows_of
from gateway.exchange.exchange_context import ExchangeContext, answer_document
from gateway.exchange.malformed_response import guard_response
from gateway.exchange.pages import KEPT_BYTES, InRows, Page, Pages, known_rows
from gateway.exchange.sources import Knowledge

#: More people than that are not compared with each poll: the page is translated anew, and forgets whom it mentioned.
MOST_PEOPLE: Final = 200

#: A translation, and whom it mentions.
_Told = tuple[bytes | InRows, Mapping[int, Person | None]]
#: The operation, who asks and under which name, and what was asked: the path's and the query's parameters.
Question = tuple[str, Caller, tuple[tuple[str, str], ...], tuple[tuple[str, str], ...]]


class ResponseTranslator:
    """Translates answers to legacy, for one process. ``clock`` gives seconds that never go back.

    ``repeated`` counts answers that were told as before, ``rows_repeated`` such rows of others.
    """

    def __init__(self, kept_bytes: int = KEPT_BYTES, clock: Callable[[], float] = monotonic) -> None:
        self._pages: Pages[Page] = Pages(kept_bytes, clock)
        self._clock = clock
        self._rows: dict[str, Rows | None] = {}
        self.repeated = 0
        self.rows_repeated = 0

    async def tell(
        self, row: Operation, sent: Document, response: Response, context: ExchangeContext
    ) -> bytes:
        """The body for a legacy client. Raises `UpstreamFailed` for an answer that is not of its shape."""
        question = question_of(row, context.caller, sent)
        page = self._pages.get(question)
        answer: _Told
        if page is None or not context.knowledge.still_knows(page.people):
            answer = await _translate(row, sent, response, context)
        elif page.answer == response.body:
            self.repeated += 1
            return page.translation
        else:
            answer = await self._by_rows(row, sent, response, context, page)
        self._pages.keep(question, Page.of(response.body, *answer, self._clock()))
        return answer[0] if isinstance(answer[0], bytes) else join(answer[0].around, answer[0].translated)

    def again(self, question: Question, answer: bytes, knowledge: Knowledge) -> bytes | None:
        """The body for a legacy client, where this is the last answer to the question."""
        page = self._pages.get(question)
        if page is None or page.answer != answer or not knowledge.still_knows(page.people):
            return None
        self.repeated += 1
        return page.translation

    async def _by_rows(
        self, row: Operation, sent: Document, response: Response, context: ExchangeContext, page: Page
    ) -> _Told:
        rows = self._rows_of(row)
        if rows is None or not page.overlaps(response.body) or len(page.people) > MOST_PEOPLE:
            return await _translate(row, sent, response, context)
        answer = answer_document(sent, response)
        found, before = rows.split(answer), page.in_rows or _in_rows(rows, page)
        if before is None or found is None or join(rows.around(answer.body), found) != response.body:
            return await _translate(row, sent, response, context)  # something was lost in reading
        known = known_rows(found, before)
        new = [one for one, translation in zip(found, known, strict=True) if translation is None]
        self.rows_repeated += len(found) - len(new)
        with guard_response(row.name, InvalidRequest):
            context.check(join(rows.around(answer.body), ()), row.name)
            part = rows.with_rows(answer, context.opened(b"[%b]" % b",".join(new), row.name))
            roster = await context.find(row.response.users(part))
            part = row.response.to_legacy(part, roster)
            fresh = iter([encode(one) for one in rows.told(part)])
            whole = [translation or next(fresh) for translation in known]
        people = {**page.people, **roster.found.people}
        return InRows(found, whole, rows.around_told(part.body)), people

    def _rows_of(self, row: Operation) -> Rows | None:
        if row.name not in self._rows:
            self._rows[row.name] = rows_of(row.response)
        return self._rows[row.name]


def question_of(row: Operation, caller: Caller, sent: Document) -> Question:
    """What is the same for the same question of the same caller under the same name."""
    return row.name, caller, tuple(sent.path.items()), tuple(sent.query.items())


def _in_rows(rows: Rows, page: Page) -> InRows | None:
    """A page that was translated whole, in rows; around them stands what never is used again."""
    before = rows.split(Document({}, {}, opened(msgspec.Raw(page.answer), "$.body")))
    return InRows(before, [bytes(row) for row in rows.rows_told(page.whole)], (b"", b"")) if before else None


async def _translate(
    row: Operation, sent: Document, response: Response, context: ExchangeContext
) -> tuple[bytes, Mapping[int, Person | None]]:
    with guard_response(row.name, InvalidRequest):
        answer = Document(sent.path, sent.query, context.opened(response.body, row.name))
        roster = await context.find(row.response.users(answer))
        return encode(row.response.to_legacy(answer, roster).body), roster.found.people
