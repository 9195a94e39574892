"""The two ends of the rollout, asked for a comparison: with connections of their own, in the caller's name.

The proxy's own questions look like no user: they note nobody as a user of the legacy shape, and their request id says
what they are.
"""

from collections.abc import Awaitable, Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any, Final

from multidict import CIMultiDict

from adapters import OPERATIONS
from contracts.model.errors import GatewayError
from contracts.model.http import Headers, Request, Response
from contracts.model.shape import Shape
from contracts.specs.openapi import load
from gateway.exchange.chain import Backend
from gateway.exchange.choice import always
from gateway.exchange.exchange import Exchanges
from gateway.exchange.plan import Plan
from gateway.exchange.watched import Asked
from gateway.traffic.answers import FAILED
from gateway.traffic.request_check import RequestCheck

#: In front of the request id of whatever a comparison asks.
MARK: Final = "compare-"


class NotSent(Exception):
    """A request stopped at the door of the upstream; ``broken`` are the places that break its contract."""

    def __init__(self, broken: Iterable[str]) -> None:
        super().__init__()
        self.broken = list(broken)


@dataclass(frozen=True, slots=True)
class Door:
    """Stands where the upstream would be, and lets nothing out."""

    check: RequestCheck

    async def send(self, method: str, target: str, headers: Headers, body: bytes) -> Response:
        """Raises `NotSent`, always."""
        raise NotSent(self.check.broken(method, target, body))

    def start(self, method: str, target: str, headers: Headers) -> bytes:
        """Nothing is written ahead."""
        raise NotSent(())

    async def deliver(self, method: str, message: bytes) -> Response:
        """Raises `NotSent`, always."""
        raise NotSent(())

    def ask(self, message: bytes, told: Callable[[], None]) -> None:
        """No connection is at hand."""


class Shadows:
    """``make`` gives the exchanges of one backend, of which nobody is told."""

    def __init__(self, backends: Mapping[str, Backend], make: Callable[[Any], Exchanges]) -> None:
        self._asking = {name: make(always(one)) for name, one in backends.items()}
        doors = {name: replace(one, upstream=Door(_check(one.shape))) for name, one in backends.items()}
        self._trying = {name: make(always(one)) for name, one in doors.items()}

    def ask(self, upstream: str, asked: Asked) -> Awaitable[Response]:
        """The same request, answered by this upstream."""
        return self._asking[upstream].answer(_plan(asked), _marked(asked.request))

    async def translate(self, upstream: str, asked: Asked) -> list[str]:
        """What of a write breaks the contract of this upstream, as it would be sent; nothing is sent."""
        try:
            await self._trying[upstream].answer(_plan(asked), _marked(asked.request))
        except NotSent as stopped:
            return stopped.broken
        except GatewayError as error:
            return [] if error.status < FAILED else ["$"]
        return []


def _plan(asked: Asked) -> Plan:
    match = asked.match
    return Plan("exchange", match.operation.name, match.shape, match, dict(asked.query))


def _marked(request: Request) -> Request:
    name = f"{MARK}{request.request_id}"
    headers = CIMultiDict(request.headers)
    headers["X-Request-Id"] = name
    return request._replace(headers=headers, request_id=name, waits=None)


def _check(shape: Shape) -> RequestCheck:
    return RequestCheck(load(shape), OPERATIONS)
