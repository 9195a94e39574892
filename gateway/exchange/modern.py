"""The shape 2.1, at both ends: its clients, and an upstream that speaks it."""

from contracts.model.document import Document
from contracts.model.errors import GatewayError
from contracts.model.http import Request, Response
from contracts.model.identity import Admitted, admit, forget_roles, take_claim
from contracts.model.roster import Caller, Person
from contracts.operation import Operation
from gateway.exchange.chain import Prepared
from gateway.exchange.exchange_context import ExchangeContext, Named
from gateway.exchange.smaller_page import ask_for_less
from gateway.exchange.target import check_query, target_of
from gateway.exchange.upstream_errors import to_upstream_error


class ModernClient:
    """Clients that name people by user id."""

    def admit(self, request: Request, operation: Operation, document: Document, person: Person) -> Admitted:
        """The caller is the token's user, and may say so."""
        return admit(person, take_claim(document))

    def note(self, request: Request, caller: Caller) -> None:
        """These name nobody by role."""

    def own_answer(self, operation: Operation, document: Document) -> Response | None:
        """Every request is for the upstream."""
        return None


class ModernUpstream:
    """Asks an upstream that speaks 2.1."""

    async def ask(self, operation: Operation, document: Document, context: ExchangeContext) -> Response:
        """The request as it is, with its identity checked."""
        forget_roles(document)
        check_query(document.query)
        assert operation.modern is not None  # noqa: S101
        endpoint = operation.modern
        return await ask_for_less(lambda asked: context.put(endpoint, asked), operation, document)

    def prepare(self, operation: Operation, document: Document, context: ExchangeContext) -> Prepared | None:
        """A request without a body follows from itself."""
        if document.body is not None or operation.modern is None or operation.modern.method != "GET":
            return None
        forget_roles(document)
        check_query(document.query)
        asked = str(operation.modern)

        async def finish(response: Response, context: ExchangeContext) -> Response:
            return context.accepted(response, asked)

        return Prepared("GET", target_of(operation, document, context.caller), finish)

    def replays(self, operation: Operation) -> bool:
        """The upstream's own fields are in its response."""
        return False

    def upload_target(self, operation: Operation, document: Document, named: Named) -> str:
        """The same path and query, with the token's user."""
        return target_of(operation, document, named.caller)

    def refusal(self, response: Response) -> GatewayError:
        """The same status, nothing internal."""
        return to_upstream_error(response)
