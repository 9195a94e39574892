"""What answers chat requests, put together from the configuration."""

from collections.abc import Callable, Iterable, Mapping
from functools import partial
from typing import Final

from adapters import OPERATIONS
from contracts.model.shape import SHAPES
from contracts.specs import limits
from gateway.auth.tokens import Tokens
from gateway.config.model import Config
from gateway.database.named_reads import Reads
from gateway.directory.directory import Directory
from gateway.exchange.choice import Choice
from gateway.exchange.deprecation import Deprecation
from gateway.exchange.exchange import Exchanges
from gateway.exchange.observation import Counters, Observation
from gateway.exchange.protocols import Directory as AnyDirectory
from gateway.exchange.protocols import Tokens as AnyTokens
from gateway.exchange.routes import Routes
from gateway.exchange.shapes import Shapes
from gateway.exchange.watched import WatchedExchanges
from gateway.runtime.backends import Backends
from gateway.runtime.traffic import Traffic
from gateway.sockets import Settings as SocketSettings
from gateway.sockets import Sockets
from gateway.sockets.call_log import CallLog
from gateway.sockets.chat_api import ChatApi
from gateway.sockets.choices import Choices
from gateway.telemetry.legacy_usage import Callers
from gateway.upstream.client import Upstream

_OUTCOMES: Final = ("hits", "misses", "stale", "negative")
_EVENTS: Final = ("queries", "invalidations", "flushes")


class ChatCore:
    """Tokens, directory and exchanges of one process; ``observer`` sees every exchange (the demo's view)."""

    def __init__(
        self, config: Config, upstream: Upstream, *, observer: Callable[[Observation], None] | None = None
    ) -> None:
        limits.read_all()
        auth = config.auth
        self.tokens = Tokens(auth.secret or "", auth.algorithms, auth.jwks_url, auth.leeway_s)
        self.directory = Directory.from_config(config)
        self.reads = Reads(self.directory.fetch)
        self.callers = Callers()
        shapes = Shapes([self.callers.note])
        self.backends = Backends(config, upstream, shapes)
        self._routes = Routes(OPERATIONS, config.modern_api, shapes.endpoints, shapes.own_query)
        self._traffic = Traffic.from_config(config, self.backends, self.unnoted, self.directory)
        if self._traffic is not None and self.backends.brownout is not None:
            self.backends.brownout.heard.append(self._traffic.ledger.note)
        # What the sockets ask in people's names goes the way of people's own requests, and nobody observes it.
        api = ChatApi(self._given(Exchanges, shapes)(), upstream)
        self._call_log = CallLog(api)
        deprecation = Deprecation.from_config(config.deprecation)
        self.sockets: Sockets | None = self._sockets(config, api, deprecation)
        kind: Callable[..., Exchanges] = Exchanges
        if self._traffic is not None:
            kind = partial(WatchedExchanges, watch=self._traffic.watch)
        self.exchanges = self._given(kind, shapes)(
            observer=observer, reads=self.reads, deprecation=deprecation
        )

    def _given(self, kind: Callable[..., Exchanges], shapes: Shapes) -> Callable[..., Exchanges]:
        """Makes exchanges of this kind of what every one has."""
        return partial(
            kind,
            self._routes,
            self.tokens,
            self.directory,
            self.backends.choice,
            shapes.clients,
            counters=shapes.counters,
        )

    def _sockets(self, config: Config, api: ChatApi, deprecation: Deprecation) -> Sockets:
        websocket = config.websocket
        return Sockets(
            self.tokens,
            self.directory,
            SocketSettings(websocket.admit, websocket.origins, config.proxy.trusted_hops),
            permissions=Choices(api),
            on_call_over=self._call_log,
            deprecation=deprecation,
        )

    def unnoted(
        self, choose: Choice, *, tokens: AnyTokens | None = None, directory: AnyDirectory | None = None
    ) -> Exchanges:
        """Exchanges with another choice of backend, of which nobody is told: for what no client has asked."""
        given = self._routes, tokens or self.tokens, directory or self.directory, choose, Shapes().clients
        return Exchanges(*given, counters=Counters(), reads=self.reads)

    async def start(self) -> None:
        """Begin to listen for changes in the database; without it we start too, and say so in `/readyz`."""
        await self.tokens.start()
        await self.directory.start()
        await self.backends.start()
        if self._traffic is not None:
            self._traffic.start()

    async def close(self) -> None:
        """End the background work."""
        if self.sockets is not None:
            await self.sockets.close()
        await self._call_log.close()
        if self._traffic is not None:
            await self._traffic.close()
        await self.backends.close()
        await self.directory.close()
        await self.tokens.close()

    async def not_ready(self) -> str | None:
        """Why chat requests cannot be answered, or None."""
        if not self.directory.ready:
            return "no database"
        return None if self.backends.ready else "no rollout"

    def lookups(self) -> Mapping[str, int]:
        """The directory's look-ups by outcome."""
        return {name: getattr(self.directory.stats, name) for name in _OUTCOMES}

    def refused_tokens(self) -> Mapping[str, int]:
        """Tokens that were not accepted, by reason."""
        return {str(reason): count for reason, count in self.tokens.refused.items()}

    def operations(self) -> Iterable[tuple[str, str]]:
        """Every shape and operation that a request may be counted under."""
        return [(shape, row.name) for shape in SHAPES for row in OPERATIONS]

    def events(self) -> Mapping[str, int]:
        """What else is counted: queries, invalidations, accepted fallbacks, operations by handler, named reads."""
        counted = {name: getattr(self.directory.stats, name) for name in _EVENTS}
        counters = self.exchanges.counters
        reads = self.backends.reads
        return {
            **counted,
            **{f"read_{name}": number for name, number in reads.items()},
            **{f"rollout_{why}": number for why, number in self.backends.decisions.items()},
            "reads": self.reads.asked,
            "reads_missed": self.reads.missed,
            "fallbacks": counters.fallbacks,
            "by_hand": counters.by_hand,
            "deployed_by_hand": counters.v2_2_by_hand,
        }
