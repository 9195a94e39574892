"""An upstream that speaks legacy, where people have roles: the last stage before it, and its link from 2.1.

The old backend checks neither tokens nor membership. Both are checked here, for clients of every shape: a request
leaves only in a role that the caller has, and about a conversation that this role takes part in.
"""

import re
from collections.abc import Awaitable, Callable, Iterable
from datetime import datetime
from functools import partial
from typing import Any, Final

import msgspec
from cachetools import TTLCache

from adapters.legacy_upstream.roles import NO_ROLE, check_member
from adapters.legacy_upstream.row import Done, Fact, Row
from contracts.model.document import Document, encode, read
from contracts.model.errors import (
    GatewayError,
    InvalidValue,
    NotFound,
    Unavailable,
    Unsupported,
    UpstreamFailed,
)
from contracts.model.http import JSON, Response
from contracts.model.identity import forget_roles
from contracts.model.profile import Profile
from contracts.model.task import enter_task
from contracts.model.times import utc_now
from contracts.operation import Operation
from gateway.exchange.attempts import Attempts
from gateway.exchange.chain import Stage
from gateway.exchange.exchange_context import ExchangeContext, Named
from gateway.exchange.legacy_identity import (
    acting_role,
    drop_pair,
    identity_of,
    names_another,
    with_identity_in_body,
)
from gateway.exchange.legacy_upstream_context import OperationContext
from gateway.exchange.malformed_response import guard_response
from gateway.exchange.smaller_page import ask_for_less
from gateway.exchange.turns import Turns
from gateway.exchange.upstream_errors import UpstreamError, to_upstream_error

#: Who takes part in a conversation is believed this long, unless it changed through us.
KEPT_S: Final = 30.0
KEPT: Final = 10_000
#: What the old code makes of its own 403 and 404 on the way out; which of the two, only newer ones say.
_SWALLOWED: Final = re.compile(r"(?:(40[0-9]): (.*))?", re.DOTALL)
_REFUSED: Final = "Not allowed"

#: Sends a document.
Put = Callable[[Document], Awaitable[Response]]
#: The rows of a named read. Raises `Unavailable` where it cannot be read.
Facts = Callable[..., Awaitable[list[Fact]]]


async def nothing_known(name: str, *values: Any) -> list[Fact]:
    """Without the database of the upstream nothing is decided."""
    raise Unavailable


class LegacyUpstream:
    """Asks an upstream that speaks legacy; ``facts`` reads its database."""

    def __init__(
        self,
        rows: Iterable[Row],
        operations: Iterable[Operation],
        facts: Facts,
        around: Callable[["LegacyUpstream"], Stage],
        now: Callable[[], datetime] = utc_now,
    ) -> None:
        """``around`` makes the stage for what only old clients ask: over 2.1, and back to this upstream."""
        self._rows = {row.name: row for row in rows}
        self._operations = {operation.name: operation for operation in operations}
        self._facts = facts
        self._members: TTLCache[int, list[Fact]] = TTLCache(KEPT, KEPT_S)
        self._attempts = Attempts()
        self._turns = Turns()
        self.now = now
        self._around = around(self)

    def row(self, name: str) -> Row:
        """The row of an operation. Raises `Unsupported` where there is none."""
        found = self._rows.get(name)
        if found is None:
            raise Unsupported
        return found

    async def ask(self, operation: Operation, document: Document, context: ExchangeContext) -> Response:
        """The request of a client that speaks legacy itself."""
        row = self.row(operation.name)
        if row.invented or (operation.claim_location == "query_target" and names_another(document, context)):
            return await self._around.ask(operation, document, context)
        if row.absent:
            raise Unsupported(row.cannot)
        role = acting_role(context.caller, context.person)
        if role is None:
            if row.own is None:
                raise Unsupported(NO_ROLE)
            return Response(200, JSON, encode(row.own))
        drop_pair(document.query)
        return await self.send(operation.name, role, document, context)

    async def send(self, name: str, role: Profile, document: Document, context: ExchangeContext) -> Response:
        """Ask in a role, past the checks. ``document`` is in the legacy form of the operation."""
        row, operation = self.row(name), self._operations[name]
        if operation.legacy is None:
            raise NotFound
        inside = OperationContext(self, context)
        await check_member(row.where, document, role, inside)
        if row.guard:
            await row.guard(document, inside)
        document = with_identity_in_body(name, role, document, context)
        identity = identity_of(role, context.person)
        endpoint = operation.legacy
        put = partial(context.put, endpoint, identity=identity)
        if row.secret:
            response = await self._guess(put, document, context)
        elif row.once:
            response = await self._once(row.once, role, document, put, inside)
        else:
            response = await ask_for_less(put, operation, document)
        if operation.legacy.method != "GET" and "conversation_id" in document.path:
            inside.forget(int(document.path["conversation_id"]))
        return response

    async def _once(
        self, done: Done, role: Profile, document: Document, put: Put, inside: OperationContext
    ) -> Response:
        """Send what is to be done once, unless it has been done."""
        body = document.body if isinstance(document.body, dict) else {}
        async with self._turns.of((done, read(body, "conversation_id"))):
            known = await done(document, role, inside)
            return await put(document) if known is None else Response(200, JSON, encode(known))

    async def _guess(self, put: Put, document: Document, context: ExchangeContext) -> Response:
        """Send a password or a code. The old backend counts no wrong ones."""
        user = context.caller.user_id
        self._attempts.check(user)
        try:
            response = await put(document)
        except UpstreamError as error:
            if error.status in (400, 403):
                self._attempts.failed(user)
            raise
        if _says_no(response):
            self._attempts.failed(user)
        else:
            self._attempts.succeeded(user)
        return response

    async def facts(self, name: str, *values: Any) -> list[Fact]:
        """A named read; who takes part in a conversation is remembered for a while."""
        if name != "members":
            return await self._facts(name, *values)
        if values[0] not in self._members:
            self._members[values[0]] = await self._facts(name, *values)
        return self._members[values[0]]

    def forget(self, conversation_id: int) -> None:
        """Who takes part in this conversation may be changing."""
        self._members.pop(conversation_id, None)

    def upload_target(self, operation: Operation, document: Document, named: Named) -> str:
        """The old backend has no routes for files."""
        raise Unsupported(self.row(operation.name).cannot)

    def refusal(self, response: Response) -> GatewayError:
        """What a refusing response becomes: behind an empty 500 is a refusal that the old code swallowed."""
        if response.status != 500:
            return to_upstream_error(response)
        found = _SWALLOWED.fullmatch(_detail(response))
        if found is None:
            return UpstreamFailed()
        status = int(found[1] or 403)
        return UpstreamError(status, found[2] or _REFUSED, "upstream_refused", ())


class ModernToLegacy:
    """What is asked in 2.1, in legacy."""

    def __init__(self, behind: LegacyUpstream) -> None:
        self._behind = behind

    async def ask(self, operation: Operation, document: Document, context: ExchangeContext) -> Response:
        """By the row's handler, which may ask in several roles."""
        forget_roles(document)
        row = self._behind.row(operation.name)
        if row.cannot or row.handler is None:
            raise Unsupported(row.cannot or None)
        await enter_task()  # a handler may wait for more than a reply
        try:
            with guard_response(row.name):
                response = await row.handler(document, OperationContext(self._behind, context))
        except UpstreamError as error:
            if error.status == 422:  # its text names parameters that a modern client does not know
                raise InvalidValue("The old chat service takes no such value") from error
            raise
        return Response(200, JSON, encode(response.body))


def _says_no(response: Response) -> bool:
    """Whether a successful answer says that the password was wrong."""
    body = msgspec.json.decode(response.body)
    return isinstance(body, dict) and body.get("verified") is False


def _detail(response: Response) -> str:
    try:
        body = msgspec.json.decode(response.body)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return response.body.decode("utf-8", "replace") or "?"
    detail = body.get("detail") if isinstance(body, dict) else None
    return detail if isinstance(detail, str) else "?"
