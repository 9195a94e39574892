"""The second link of the chain: 2.1 in front of an upstream that speaks 2.2, and clients of 2.2.

    legacy <=> 2.1 <=> 2.2

What an operation means there stands in `adapters.deployed`; here it is only sent. In front of 2.2 the guards see every
request, whatever shape it came in.
"""

import logging
from collections.abc import Awaitable, Callable, Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Final

from cachetools import TTLCache

from adapters.deployed.refusals import explained
from adapters.deployed.row import Row
from contracts.document import Document, encode
from contracts.errors import GatewayError, InvalidRequest, NotFound, Unsupported
from contracts.http import JSON, Response
from contracts.lens import SAME, Mentions
from contracts.operation import Endpoint, Operation
from contracts.roster import Caller, Roster
from gateway.line import Line, answer_document
from gateway.mistrust import understood
from gateway.refusals import said

_log = logging.getLogger("gateway.deployed")
#: What another person chose is asked anew after this many seconds.
KEPT_S: Final = 10.0
KEPT: Final = 10_000


Facts = Callable[..., Awaitable[list[dict[str, Any]] | None]]


def utc_now() -> datetime:
    """The time as the deployed backend writes it: UTC, and without saying so."""
    return datetime.now(UTC).replace(tzinfo=None)


class Deployed:
    """The second table at work. ``behind``: the upstream speaks 2.2; ``facts`` reads its database."""

    def __init__(
        self,
        rows: Iterable[Row],
        *,
        behind: bool,
        now: Callable[[], datetime] = utc_now,
        facts: Facts | None = None,
    ) -> None:
        self.rows = tuple(rows)
        self.behind = behind
        self.now = now
        self.facts = facts
        self.by_hand = 0
        self._by_name = {row.name: row for row in self.rows}
        self.others: TTLCache[tuple[str, int, tuple[str, ...]], bytes] = TTLCache(KEPT, KEPT_S)

    def forget(self, user: int) -> None:
        """What this person chose may just be changing."""
        for name in ("settings.get", "blocks.list"):
            self.others.pop((name, user, ()), None)

    @property
    def endpoints(self) -> dict[str, Endpoint]:
        """The routes of 2.2 by operation."""
        return {row.name: row.endpoint for row in self.rows if row.endpoint}

    def row(self, name: str) -> Row:
        """The row of an operation. Raises `Unsupported` where the table has none."""
        found = self._by_name.get(name)
        if found is None:
            raise Unsupported
        return found

    async def older(self, operation: Operation, asked: Document, line: Line) -> Response:
        """Asked in 2.1, the upstream speaks 2.2."""
        row = self.row(operation.name)
        if row.cannot:
            raise Unsupported(row.cannot)
        talk = _Talk(self, operation, line)
        if row.down:
            self.by_hand += 1
            with understood(row.name):
                told = await row.down(asked, talk)
            return Response(200, JSON, encode(told.body))
        sent = row.request.draft(asked)
        response = await talk.send(row, sent)
        if row.response is SAME:
            return response
        with understood(row.name, InvalidRequest):
            answer = answer_document(sent, response)
            roster = await line.find(row.response.users(answer))
            told = row.response.to_legacy(answer, roster)
        return response._replace(body=encode(told.body))

    def as_target(self, operation: Operation, asked: Document, caller: int) -> None:
        """Whom 2.2 names in the caller's place and means otherwise stands where 2.1 has it."""
        if self.row(operation.name).slot == "target" and asked.query.get("user_id", str(caller)) != str(
            caller
        ):
            asked.query["target_user_id"] = asked.query.pop("user_id")

    async def newer(self, operation: Operation, asked: Document, line: Line) -> Response:
        """Asked in 2.2, whatever the upstream speaks."""
        row = self.row(operation.name)
        talk = _Talk(self, operation, line)
        if self.behind and "target_user_id" in asked.query:
            # What may be told of somebody else has the same form in both.
            return await self.older(operation, asked, line)
        if self.behind:
            return await talk.send(row, asked)
        if row.up:
            self.by_hand += 1
            with understood(row.name):
                told = await row.up(asked, talk)
            return Response(200, JSON, encode(told.body))
        sent = row.request.to_legacy(asked, await line.find(Mentions.none()))
        response = await line.ask(operation, sent)
        if row.response is SAME:
            return response
        with understood(row.name, InvalidRequest):
            told = row.response.draft(answer_document(sent, response))
        return response._replace(body=encode(told.body))

    def refused(self, response: Response) -> GatewayError:
        """What a refusing answer becomes; of the deployed backend, told by what its database said."""
        return (explained(response.status, response.body) if self.behind else None) or said(response)


@dataclass(frozen=True, slots=True)
class _Talk:
    """The `adapters.deployed.row.Talk` of one request."""

    deployed: Deployed
    operation: Operation
    line: Line

    @property
    def caller(self) -> Caller:
        return self.line.caller

    @property
    def now(self) -> datetime:
        return self.deployed.now()

    @property
    def address(self) -> str:
        return self.line.remote

    async def find(self, mentions: Mentions) -> Roster:
        return await self.line.find(mentions)

    async def facts(self, name: str, *values: Any) -> list[dict[str, Any]] | None:
        return await self.deployed.facts(name, *values) if self.deployed.facts else None

    async def own(self, document: Document) -> Document:
        return await self.line.send(self.operation, document)

    async def ask(self, row: Row, document: Document, *, user: int | None = None) -> Document:
        if user is None:
            return answer_document(document, await self.send(row, document))
        return answer_document(document, Response(200, JSON, await self._of_other(row, document, user)))

    async def _of_other(self, row: Row, document: Document, user: int) -> bytes:
        key = (row.name, user, tuple(document.path.values()))
        if key not in self.deployed.others:
            self.deployed.others[key] = (await self.send(row, document, user)).body
        return self.deployed.others[key]

    async def send(self, row: Row, document: Document, user: int | None = None) -> Response:
        """To an upstream that speaks 2.2, past the row's guard."""
        if row.endpoint is None:
            raise NotFound
        if row.guard:
            await row.guard(document, self)
        if row.endpoint.method != "GET":
            self.deployed.forget(self.caller.user_id)
        return await self.line.put(row.endpoint, document, user)
