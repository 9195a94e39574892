"""What watches the traffic of one process, put together from the configuration; nothing where there is no store."""

import asyncio
from collections.abc import Callable, Collection
from typing import Self

from contracts.model.profile import Profile
from contracts.model.roster import Found
from gateway.config.model import Config
from gateway.directory.directory import Directory
from gateway.exchange.choice import Choice
from gateway.exchange.exchange import Exchanges
from gateway.rollout.ledger import Ledger
from gateway.runtime.backends import Backends
from gateway.traffic.compare import Comparisons, Ends
from gateway.traffic.flush import Flusher
from gateway.traffic.health import Health
from gateway.traffic.shadow import Shadows
from gateway.traffic.watch import TrafficWatch


class Traffic:
    """The ledger, the figures of the backends and the comparison, on their way to the store at ``dsn``."""

    def __init__(self, dsn: str, keep_days: int, comparing: Comparisons | None) -> None:
        wake, health = asyncio.Event(), Health()
        self.ledger = ledger = Ledger(wake=wake.set)
        self._comparing = comparing
        self.watch = TrafficWatch(health, ledger, comparing)
        compared = comparing.take if comparing else dict
        self._flusher = Flusher(dsn, ledger, health, compared, keep_days=keep_days, wake=wake)

    @classmethod
    def from_config(
        cls, config: Config, backends: Backends, make: Callable[[Choice], Exchanges], directory: Directory
    ) -> Self | None:
        """``make`` gives exchanges with a choice of backend, of which nobody is told."""
        store = config.rollout.store
        if store is None:
            return None
        return cls(store, config.ledger.keep_days, _comparisons(config, backends, make, directory))

    def start(self) -> None:
        """Begin to write."""
        self._flusher.start()

    async def close(self) -> None:
        """End the comparisons, and write what is left."""
        if self._comparing is not None:
            await self._comparing.close()
        await self._flusher.close()


def _comparisons(
    config: Config, backends: Backends, make: Callable[[Choice], Exchanges], directory: Directory
) -> Comparisons | None:
    settings, new = config.compare, config.rollout.to
    if new is None or not settings.percent:
        return None
    apart = backends.apart(timeout_s=settings.timeout_s, connections=settings.concurrency)

    async def find(profiles: Collection[Profile]) -> Found:
        return await directory.find(profiles, ())

    return Comparisons(settings, Ends(config.first, new), Shadows(apart, make), find)
