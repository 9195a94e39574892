"""Sees every answer of a backend: counts it, notes who used the legacy shape, and hands it on to be compared."""

import logging
from collections.abc import Awaitable
from time import perf_counter
from typing import Final, Protocol

from contracts.model.errors import GatewayError
from contracts.model.http import Response
from gateway.exchange.choice import agent_of, family_of
from gateway.exchange.watched import Asked
from gateway.rollout.ledger import Ledger
from gateway.traffic.health import Health

_log: Final = logging.getLogger("gateway.traffic.watch")


class Comparing(Protocol):
    """Whoever compares."""

    def consider(self, asked: Asked, response: Response | None, status: int) -> None:
        """An answer of a backend; ``response`` is None where it refused or failed."""


class TrafficWatch:
    """`gateway.exchange.watched.Watch`. ``ledger`` and ``comparing`` are None where nothing is kept."""

    def __init__(
        self, health: Health, ledger: Ledger | None = None, comparing: Comparing | None = None
    ) -> None:
        self._health = health
        self._ledger = ledger
        self._comparing = comparing
        self.failures = 0

    async def __call__(self, asked: Asked, responding: Awaitable[Response]) -> Response:
        """The response, seen."""
        began = perf_counter()
        try:
            response = await responding
        except GatewayError as error:
            self._seen(asked, None, error.status, perf_counter() - began)
            raise
        self._seen(asked, response, response.status, perf_counter() - began)
        return response

    def _seen(self, asked: Asked, response: Response | None, status: int, seconds: float) -> None:
        """What goes wrong in here is ours alone: the client has its answer."""
        try:
            self._note(asked, response, status, seconds)
        except Exception:
            self.failures += 1
            _log.exception("an answer could not be counted")

    def _note(self, asked: Asked, response: Response | None, status: int, seconds: float) -> None:
        operation = asked.match.operation.name
        self._health.count(operation, asked.backend.name, seconds, failed=status >= 500)
        if self._ledger is not None and asked.match.shape == "legacy":
            self._ledger.note(operation, family_of(agent_of(asked.request)), asked.person.user_id)
        if self._comparing is not None:
            self._comparing.consider(asked, response, status)
