"""The short way: requests of which everything is known from before, without aiohttp's parser, request and task.

A request is taken only when its first line and its fields, byte for byte, have both come through aiohttp and all our
checks before. So nothing is read here in another way than there, and nothing refused: what is not known is aiohttp's.
Nobody is trusted for having asked before: token, person and claim are looked at with every request, as ever
(`gateway.exchange.exchange`).
"""

from collections.abc import Coroutine
from typing import Any, Final, Protocol

from gateway.exchange.plan import Plan
from gateway.fields.memo import Memo
from gateway.http.answer import Answer
from gateway.http.framing import split
from gateway.http.head import REMEMBERED, Fields, Head, Heads, head_of, without_id
from gateway.http.known_request import Done, Failed, Known, KnownRequest, Steady
from gateway.http.known_request import Server as Repeats
from gateway.http.request_context import RequestContext
from gateway.taskless.run import Run

#: First lines, of which everybody has a few.
LINES: Final = 4 * REMEMBERED
_LONGEST: Final = 2048


class Runnable(Protocol):
    """An answer on its way: `start` it, and `cancel` it when nobody wants it any more."""

    def start(self) -> None:
        """Go as far as it can without waiting."""

    def cancel(self) -> None:
        """End it."""


class Server(Repeats, Protocol):
    """What this module wants of `gateway.http.server.Server`."""

    def is_unrecognized(self, head: Head) -> bool:
        """Whether the sockets have nothing to do with requests of these fields."""

    def answer(
        self, context: RequestContext, head: Head, plan: Plan, body: bytes
    ) -> Coroutine[Any, Any, Answer]:
        """Answer a request of which everything is known."""


class Lane:
    """What is known of first lines and of fields; all connections share it."""

    def __init__(self, server: Server, json_bytes: int) -> None:
        self._server = server
        self._json_bytes = json_bytes
        self.heads: Heads = Memo(REMEMBERED)
        self._lines: Memo[bytes, Known] = Memo(LINES)
        #: By first line and the number of the fields.
        self._steady: Memo[tuple[bytes, int], Steady] = Memo(2 * REMEMBERED)

    def learn(self, head: Head, raw_path: str, plan: Plan) -> None:
        """A request with this first line has led to this exchange."""
        line = f"{head.method} {raw_path} HTTP/1.1".encode("ascii")
        if len(line) <= _LONGEST and "X-Chat-API" not in head.headers:
            self._lines.put(line, Known(head.method, head.path, head.query, plan.fresh()))

    def take(self, data: bytes, address: str, done: Done, failed: Failed) -> Runnable | None:
        """The answer to these bytes from a client at this address; None when they are not one request that is known."""
        request = split(data)
        if request is None:
            return None
        line, body = request.line, request.body
        known = self._lines.get(line)
        fields = self._fields(request.fields, address) if known else None
        if known is None or fields is None or not fields.plain:
            return None
        if str(len(body)) != (fields.length or "0") or len(body) > self._json_bytes:
            return None
        if fields.framed and known.method in ("GET", "HEAD"):
            return None
        key, server = (line, fields.number), self._server
        steady = self._steady.get(key)
        if steady is not None and server.exchanges.is_current(steady.again):
            return KnownRequest(server, known, fields, steady, done, failed)
        head = head_of(known.method, known.path, known.query, fields)
        return Run(self._first(RequestContext(None), head, known.plan.fresh(), body, key), done, failed)

    def _fields(self, text: bytes, address: str) -> Fields | None:
        """What is known of these fields, with the id that they give to this request."""
        fields = self.heads.get((text, address))
        if fields is None:
            text, name = without_id(text)
            if name is not None and (fields := self.heads.get((text, address))) is not None:
                fields = fields._replace(given_id=name)
        return fields

    async def _first(
        self, context: RequestContext, head: Head, plan: Plan, body: bytes, key: tuple[bytes, int]
    ) -> Answer:
        plan.keep = True
        answer = await self._server.answer(context, head, plan, body)
        if plan.again is not None:
            unrecognized = self._server.is_unrecognized(head)
            self._steady.put(key, Steady(plan.again, unrecognized, head.headers.get("Origin")))
        return answer
