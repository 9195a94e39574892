"""The legacy shape: its clients, and their requests on the way to 2.1."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from contracts.model.document import Document, encode
from contracts.model.errors import InvalidRequest
from contracts.model.http import JSON, Request, Response
from contracts.model.identity import Admitted, admit, take_claim
from contracts.model.roster import Caller, Person, Roster
from contracts.model.synthetic import is_invented
from contracts.operation import Operation
from contracts.rules.lens import SAME, Mentions
from gateway.exchange.chain import Prepared, Stage, prepares
from gateway.exchange.exchange_context import ExchangeContext, answer_document
from gateway.exchange.malformed_response import guard_response, malformed_response
from gateway.exchange.observation import Counters
from gateway.exchange.sources import Knowledge
from gateway.exchange.translation import Question, ResponseTranslator, question_of
from gateway.exchange.upstream_errors import UpstreamError, to_legacy_error

#: Hears of every request whose caller is named by role, with the caller.
Noted = Callable[[Request, Caller], None]


class LegacyClient:
    """Clients that name people by role."""

    def __init__(self, noted: Sequence[Noted] = ()) -> None:
        self._noted = noted

    def admit(self, request: Request, operation: Operation, document: Document, person: Person) -> Admitted:
        """The caller under the name that it claims; some operations have somebody else in the caller's place."""
        where = operation.claim_location
        if where == "query_target":
            return Admitted(Caller(person.user_id, person.profile), fallback=False)
        claimed = where == "caller" and "profile_id" in document.query
        claim = take_claim(document._replace(body=None) if where == "body_target" else document)
        admitted = admit(person, claim)
        if claimed:
            self.note(request, admitted.caller)
        return admitted

    def note(self, request: Request, caller: Caller) -> None:
        """A request whose caller is named by role."""
        for noted in self._noted:
            noted(request, caller)

    def own_answer(self, operation: Operation, document: Document) -> Response | None:
        """What is asked of a conversation that the list of conversations invented needs no upstream."""
        if operation.empty_response is None or not is_invented(document.path.get("conversation_id", "1")):
            return None
        return Response(200, JSON, encode(operation.empty_response))


class LegacyToModern:
    """What is asked in legacy, in 2.1. ``behind`` answers in 2.1."""

    def __init__(self, behind: Stage, translator: ResponseTranslator, counters: Counters) -> None:
        self._behind = behind
        self._translator = translator
        self._counters = counters

    async def ask(self, operation: Operation, document: Document, context: ExchangeContext) -> Response:
        """Translate there and back, by the operation's lenses or by its handler."""
        try:
            if operation.normalize_request:
                document = await operation.normalize_request(
                    document, _OperationContext(self._behind, context)
                )
            if operation.handler:
                return await self._by_hand(operation, document, context)
            return await self._by_lens(operation, document, context)
        except UpstreamError as error:
            raise to_legacy_error(operation, error) from None

    async def _by_lens(self, operation: Operation, document: Document, context: ExchangeContext) -> Response:
        if operation.request is not SAME:
            draft = operation.request.draft(document)
            roster = await context.find(operation.request.profiles(draft))
            document = operation.request.to_modern(draft, roster)
        context.checks_rows = operation.response is not SAME and prepares(self._behind)
        response = await self._behind.ask(operation, document, context)
        return await self._translated(operation, document, response, context)

    async def _translated(
        self, operation: Operation, document: Document, response: Response, context: ExchangeContext
    ) -> Response:
        if operation.response is SAME:
            return response
        body = await self._translator.tell(operation, document, response, context)
        return response._replace(body=body)

    def prepare(self, operation: Operation, document: Document, context: ExchangeContext) -> Prepared | None:
        """What a lens makes of a request that mentions nobody but its caller."""
        if operation.handler or operation.normalize_request or operation.request.persons:
            return None
        if operation.request is not SAME:
            document = operation.request.draft(document)
        sent = Document(dict(document.path), dict(document.query), None)
        behind = self._behind.prepare(operation, document, context) if prepares(self._behind) else None
        if behind is None:
            return None

        async def finish(response: Response, context: ExchangeContext) -> Response:
            context.checks_rows = operation.response is not SAME
            try:
                response = await behind.finish(response, context)
                asked = Document(dict(sent.path), dict(sent.query), None)
                return await self._translated(operation, asked, response, context)
            except UpstreamError as error:
                raise to_legacy_error(operation, error) from None

        if operation.response is SAME:
            return behind._replace(finish=finish)
        return behind._replace(finish=finish, again=self._again(question_of(operation, context.caller, sent)))

    def _again(self, question: Question) -> Callable[[Response, Knowledge], Response | None]:
        def again(answer: Response, knowledge: Knowledge) -> Response | None:
            if answer.status != 200:
                return None
            body = self._translator.again(question, answer.body, knowledge)
            return None if body is None else Response(200, answer.headers, body)

        return again

    def replays(self, operation: Operation) -> bool:
        """A handler is a function of what it gets, in front of a stage that adds nothing."""
        return operation.handler is not None and prepares(self._behind)

    async def _by_hand(self, operation: Operation, document: Document, context: ExchangeContext) -> Response:
        assert operation.handler is not None  # noqa: S101
        self._counters.by_hand += 1
        context.checks_rows = prepares(self._behind)  # by what it sends
        try:
            with guard_response(operation.name):
                answer = await operation.handler(document, _OperationContext(self._behind, context))
        except InvalidRequest as error:
            if not context.passed:  # who asks is read before anything is asked
                raise
            raise malformed_response(operation.name, error) from error
        return Response(200, JSON, encode(answer.body))


@dataclass(frozen=True, slots=True)
class _OperationContext:
    """The `contracts.operation.OperationContext` of one request."""

    behind: Stage
    exchange: ExchangeContext

    @property
    def caller(self) -> Caller:
        return self.exchange.caller

    async def find(self, mentions: Mentions) -> Roster:
        return await self.exchange.find(mentions)

    async def send(self, operation: Operation, document: Document) -> Document:
        response = await self.behind.ask(operation, document, self.exchange)
        if response.body and self.exchange.checks_rows:
            return Document(
                document.path, document.query, self.exchange.opened(response.body, operation.name)
            )
        return answer_document(document, response)

    async def read(self, name: str) -> list[dict[str, Any]]:
        return await self.exchange.read(name)
