"""Single-flight: who misses what is already being asked for waits for that answer.

A flight is a task of its own, so that a client that leaves does not take the answer from the others. It also
collects who was invalidated on its way: what was read before an invalidation is not remembered.
"""

import asyncio
from collections.abc import Awaitable, Callable, Iterable

from contracts.model.profile import Profile
from contracts.model.roster import Found
from gateway.directory.cache import Key


class Flight:
    """One batch of keys on its way. ``epoch`` is the cache's at departure."""

    def __init__(self, keys: Iterable[Key], epoch: int) -> None:
        self.keys = frozenset(keys)
        self.epoch = epoch
        self.task: asyncio.Task[Found | None]
        self._changed: set[Key] = set()
        self._all_changed = False

    @property
    def profiles(self) -> list[Profile]:
        """The profiles among the keys."""
        return [key for key in self.keys if isinstance(key, Profile)]

    @property
    def users(self) -> list[int]:
        """The user ids among the keys."""
        return [key for key in self.keys if not isinstance(key, Profile)]

    def changed(self, keys: Iterable[Key] | None) -> None:
        """Somebody has changed since departure; None: anybody."""
        self._all_changed = self._all_changed or keys is None
        self._changed.update(keys or ())

    def may_remember(self, keys: Iterable[Key]) -> bool:
        """Whether nothing was heard of any of these since departure."""
        return not self._all_changed and self._changed.isdisjoint(keys)

    def landed(self) -> Found | None:
        """What it brought; None when it failed or is still on its way."""
        return self.task.result() if self.task.done() and not self.task.cancelled() else None


class Flights:
    """All that are on their way. ``bring`` does the reading; it returns None when it could not, and raises not."""

    def __init__(self, bring: Callable[[Flight], Awaitable[Found | None]]) -> None:
        self._bring = bring
        self._by_key: dict[Key, Flight] = {}
        self._flying: set[Flight] = set()

    def join(self, keys: Iterable[Key], epoch: int) -> set[Flight]:
        """The flights that bring these keys: those on their way, and one new one for all the rest."""
        wanted = frozenset(keys)
        flights = {self._by_key[key] for key in wanted if key in self._by_key}
        rest = [key for key in wanted if key not in self._by_key]
        if rest:
            flights.add(self._depart(rest, epoch))
        return flights

    def changed(self, keys: Iterable[Key] | None) -> None:
        """Somebody has changed (None: anybody): nobody may join from now on what departed before."""
        for flight in self._flying:
            flight.changed(keys)
        self.part()

    def part(self) -> None:
        """Let nobody join what is on its way."""
        self._by_key.clear()

    async def close(self, within_s: float) -> None:
        """Cancel what is on its way."""
        tasks = [flight.task for flight in self._flying]
        for task in tasks:
            task.cancel()
        if tasks:
            await asyncio.wait(tasks, timeout=within_s)

    def _depart(self, keys: Iterable[Key], epoch: int) -> Flight:
        flight = Flight(keys, epoch)
        self._by_key.update(dict.fromkeys(flight.keys, flight))
        self._flying.add(flight)
        flight.task = asyncio.create_task(self._fly(flight))
        return flight

    async def _fly(self, flight: Flight) -> Found | None:
        try:
            return await self._bring(flight)
        finally:
            self._flying.discard(flight)
            for key in flight.keys:
                if self._by_key.get(key) is flight:
                    del self._by_key[key]
