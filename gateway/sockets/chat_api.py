"""The chat API as the sockets ask it: in 2.1, in a person's own name, the very way that this person's requests go.

So there is one answer to who is blocked and who chose what, whatever the upstream speaks, and one place where the
gaps of a backend are mended.
"""

from collections.abc import Mapping
from typing import Protocol

from multidict import CIMultiDict

from contracts.model.document import encode
from contracts.model.errors import GatewayError
from contracts.model.http import Headers, Request, Response
from gateway.exchange.plan import Plan
from gateway.exchange.protocols import Upstream


class Exchanges(Protocol):
    """What is wanted of `gateway.exchange.exchange.Exchanges`."""

    def plan(self, method: str, path: str, query: str, headers: Mapping[str, str]) -> Plan:
        """What to do with a request."""

    async def answer(self, plan: Plan, request: Request) -> Response:
        """One exchange."""


class ChatApi:
    """Chat operations through the exchanges, everything else at the upstream, as for clients."""

    def __init__(self, exchanges: Exchanges, upstream: Upstream) -> None:
        self._exchanges = exchanges
        self._upstream = upstream

    async def send(self, method: str, target: str, headers: Headers, body: bytes) -> Response:
        """The answer, a refusal of our own included. Raises `GatewayError` where the upstream gives none."""
        path, _, query = target.partition("?")
        fields = CIMultiDict([*headers, ("X-Chat-API", "2.1")])
        try:
            plan = self._exchanges.plan(method, path, query, fields)
            if plan.kind == "passthrough":
                return await self._upstream.send(method, target, headers, body)
            return await self._exchanges.answer(plan, Request(method, path, query, fields, body))
        except GatewayError as error:
            if error.fault != "client":
                raise
            return Response(error.status, (), encode({"detail": error.message}))
