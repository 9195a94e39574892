"""Every shape as clients speak it and as an upstream speaks it, and the links between neighbours.

This is the one place where the shapes of `contracts.model.shape` get their code: a shape more is an entry in each
of the three tables.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime

from adapters import OPERATIONS
from adapters.legacy_upstream import LEGACY_UPSTREAM
from adapters.v2_2 import V2_2
from adapters.v2_2.row import Row
from contracts.model.shape import Link, Shape
from contracts.model.times import utc_now
from contracts.operation import Endpoint
from gateway.exchange.chain import Backend, Client, LastStage, Stage, Translations
from gateway.exchange.legacy import LegacyClient, LegacyToModern, Noted
from gateway.exchange.legacy_upstream import LegacyUpstream, ModernToLegacy, nothing_known
from gateway.exchange.modern import ModernClient, ModernUpstream
from gateway.exchange.observation import Counters
from gateway.exchange.protocols import Facts, Repeating
from gateway.exchange.translation import ResponseTranslator
from gateway.exchange.v2_2 import Client22, From21, From22, Upstream22
from gateway.exchange.v2_2_table import Table


class Shapes:
    """The shapes of one process.

    ``noted`` hear of requests that name their caller by role; ``now`` is the time in UTC, without a zone.
    """

    def __init__(
        self,
        noted: Sequence[Noted] = (),
        *,
        now: Callable[[], datetime] = utc_now,
        v2_2: Iterable[Row] = V2_2,
    ) -> None:
        self.counters = Counters()
        self._now = now
        self._table = Table(v2_2)
        self.clients: Mapping[Shape, Client] = {
            "legacy": LegacyClient(noted),
            "2.1": ModernClient(),
            "2.2": Client22(self._table),
        }
        translator = ResponseTranslator()
        self._links: Mapping[Link, Translations] = {
            Link("legacy", "2.1"): Translations(
                lambda behind: LegacyToModern(behind, translator, self.counters),
                ModernToLegacy,
            ),
            Link("2.1", "2.2"): Translations(
                From21, lambda behind: From22(behind, self._table, self.counters, now)
            ),
        }

    @property
    def endpoints(self) -> dict[str, Endpoint]:
        """The routes of 2.2 by operation."""
        return self._table.endpoints

    @property
    def own_query(self) -> dict[str, frozenset[str]]:
        """By operation, what 2.2 has in its query and 2.1 in the body."""
        return self._table.own_query

    def backend(
        self,
        upstream: Repeating,
        shape: Shape,
        name: str = "upstream",
        *,
        facts: Facts | None = None,
    ) -> Backend:
        """An upstream of this shape, for clients of every shape. ``facts`` reads the upstream's database."""
        return Backend.connected(name, shape, upstream, self._last(shape, facts), self._links)

    def _last(self, shape: Shape, facts: Facts | None) -> LastStage:
        read, required = (facts.facts, facts.required) if facts else (None, nothing_known)
        upstreams: dict[Shape, Callable[[], LastStage]] = {
            "legacy": lambda: LegacyUpstream(LEGACY_UPSTREAM, OPERATIONS, required, self._around, self._now),
            "2.1": ModernUpstream,
            "2.2": lambda: Upstream22(self._table, self.counters, self._now, read),
        }
        return upstreams[shape]()

    def _around(self, upstream: LegacyUpstream) -> Stage:
        """From legacy to 2.1 and back again, for what only old clients ask."""
        link = self._links[Link("legacy", "2.1")]
        return link.to_newer(link.to_older(upstream))
