"""The backends of a configuration: their connections, what reads their databases, and which one answers."""

from collections import Counter
from collections.abc import Mapping
from typing import Final

from contracts.model.shape import Shape
from gateway.config.model import Config
from gateway.config.traffic import Rollout
from gateway.database.facts import UpstreamFacts
from gateway.database.legacy_facts import LEGACY_FACTS
from gateway.database.v2_2_facts import V2_2_FACTS
from gateway.exchange.brownout import BrownoutChoice, Window
from gateway.exchange.chain import Backend
from gateway.exchange.choice import Choice, RolloutChoice, always
from gateway.exchange.shapes import Shapes
from gateway.rollout.decision import Decider
from gateway.rollout.local_stop import LocalStop, folder_of
from gateway.rollout.rules import People, Rules, check
from gateway.rollout.watch import Watcher
from gateway.upstream.address import parse_url
from gateway.upstream.client import Upstream

#: By shape, what only the database of such a backend knows; our own backend's is not read.
_STATEMENTS: Final[Mapping[Shape, Mapping[str, str]]] = {"legacy": LEGACY_FACTS, "2.2": V2_2_FACTS}


class Backends:
    """``first`` are the connections to the first upstream, which are somebody else's to close."""

    def __init__(self, config: Config, first: Upstream, shapes: Shapes) -> None:
        self._config = config
        self._facts: list[UpstreamFacts] = []
        self._others: list[Upstream] = []
        self.named: dict[str, Backend] = {}
        for name, settings in config.named_upstreams.items():
            client = first
            if name != config.first:
                client = Upstream(parse_url(settings.url), timeout_s=settings.timeout_s)
                self._others.append(client)
            facts = self._read(config, settings.api)
            self.named[name] = shapes.backend(client, settings.api, name, facts=facts)
        self.decider = Decider(rules_of(config.rollout))
        store = config.rollout.store
        self._watcher = (
            Watcher(store, self.decider, LocalStop(folder_of(config)))
            if store and config.rollout.to
            else None
        )
        self.rollout = self._rollout(config)
        behind = self.rollout or always(self.named[config.first])
        windows = [Window.of(planned) for planned in config.brownouts]
        self.brownout = BrownoutChoice(behind, windows) if windows else None
        self.choice: Choice = self.brownout or behind

    async def start(self) -> None:
        """Read the rollout's rules where there is a store."""
        if self._watcher is not None:
            await self._watcher.start()

    @property
    def ready(self) -> bool:
        """Whether it is known who answers whom."""
        return self._watcher is None or self._watcher.loaded.is_set() or self.decider.held

    def apart(self, *, timeout_s: float, connections: int) -> dict[str, Backend]:
        """The same backends over connections of their own: for what is asked beside the clients' requests."""
        found, shapes = {}, Shapes()
        for name, settings in self._config.named_upstreams.items():
            url = parse_url(settings.url)
            client = Upstream(url, timeout_s=timeout_s, connections=connections)
            self._others.append(client)
            facts = self._read(self._config, settings.api)
            found[name] = shapes.backend(client, settings.api, name, facts=facts)
        return found

    def _read(self, config: Config, shape: Shape) -> UpstreamFacts | None:
        """The database of an upstream is the directory's first."""
        statements, sources = _STATEMENTS.get(shape), config.directory.sources
        if statements is None or not sources:
            return None
        self._facts.append(UpstreamFacts(sources[0].dsn, statements))
        return self._facts[-1]

    def _rollout(self, config: Config) -> RolloutChoice | None:
        if config.rollout.to is None:
            return None
        old, new = self.named[config.first], self.named[config.rollout.to]
        return RolloutChoice(self.decider, old, new, lambda: self.ready)

    @property
    def decisions(self) -> Mapping[str, int]:
        """The rollout's decisions by their reason; rules that could not be applied count as ``failed``.

        ``brownout`` are those who were refused in a planned window.
        """
        refused = {"brownout": self.brownout.refused} if self.brownout else {}
        return {**(self.rollout.counted if self.rollout else {}), **refused}

    @property
    def reads(self) -> Mapping[str, int]:
        """How often each named read was made."""
        return sum((facts.counted for facts in self._facts), Counter())

    async def close(self) -> None:
        """Close what was opened here."""
        if self._watcher is not None:
            await self._watcher.close()
        for facts in self._facts:
            await facts.close()
        for upstream in self._others:
            await upstream.close()


def rules_of(rollout: Rollout) -> Rules:
    """The rules of the configuration. Raises `gateway.rollout.rules.InvalidRules`."""
    people = People(frozenset(rollout.people.first), frozenset(rollout.people.last))
    rules = Rules(
        percent=rollout.percent, operations=rollout.operations, people=people, clients=rollout.clients
    )
    check(rules)
    return rules
