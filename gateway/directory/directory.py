"""Who is who: profiles to people and people to profiles, remembered in front of PostgreSQL.

`Directory.peek` never waits. `Directory.find` asks once for everything that is missing, and whoever misses the
same meanwhile waits for that answer. What cannot be known is `Unavailable`, never a guess.
"""

import asyncio
import logging
import time
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from typing import Any, Final, Self

from contracts.model.errors import Unavailable
from contracts.model.profile import PROFILE_TYPES, Profile
from contracts.model.roster import Found, Person
from gateway.config.model import Config
from gateway.directory.cache import DirectoryCache, Key, subject
from gateway.directory.invalidation import Listener, parse_change
from gateway.directory.lookup import Draft, draft
from gateway.directory.query import answer, people_of
from gateway.directory.single_flight import Flight, Flights
from gateway.directory.source import Source, read_all

logger = logging.getLogger(__name__)

#: Longer than one database takes, so that two slow ones still answer.
WAIT_S: Final = 7.0


@dataclass(slots=True)
class Stats:
    """Counters since the start.

    Per key that was looked up: hits, negative (remembered as nobody), misses, stale (those of the misses that
    were served past their age). Per event: queries, invalidations (messages that named somebody), flushes
    (everything forgotten, or past its age, at once).
    """

    hits: int = 0
    negative: int = 0
    misses: int = 0
    stale: int = 0
    queries: int = 0
    invalidations: int = 0
    flushes: int = 0


class Directory:
    """``sources``: the first knows the people, each the profiles of its own types. ``prefer`` orders roles.

    ``size`` is in people, ``max_age_s`` and ``stale_s`` (while PostgreSQL is away) in seconds; ``clock`` gives
    seconds that never go back. Without ``listen`` age alone decides; ``listen_dsn`` is the first
    source's direct way where its own goes through a pooler.
    """

    def __init__(
        self,
        sources: Sequence[Source],
        *,
        prefer: Sequence[str] = PROFILE_TYPES,
        size: int = 100_000,
        max_age_s: float = 300.0,
        stale_s: float = 600.0,
        listen: bool = True,
        listen_dsn: str | None = None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._sources = tuple(sources)
        self._prefer = tuple(prefer)
        self._clock = clock
        self._cache = DirectoryCache(size, max_age_s, stale_s)
        self._flights = Flights(self._bring)
        self._stats = Stats()
        ways = [listen_dsn or sources[0].dsn, *(source.dsn for source in sources[1:])] if sources else []
        self.listeners = [Listener(dsn, self.hear, self.expire) for dsn in ways if listen]

    @classmethod
    def from_config(cls, config: Config) -> Self:
        """The directory of a configuration that was checked."""
        section = config.directory
        sources = [
            Source(source.dsn, source.types, source.query, with_users=number == 0)
            for number, source in enumerate(section.sources)
        ]
        return cls(
            sources,
            prefer=config.identity.prefer,
            size=section.size,
            max_age_s=section.max_age_s,
            stale_s=section.stale_s,
            listen_dsn=section.listen_dsn,
        )

    @property
    def ready(self) -> bool:
        """Whether every database has answered and none is away."""
        return bool(self._sources) and all(source.ready for source in self._sources)

    @property
    def stats(self) -> Stats:
        """The counters as they are now."""
        self._stats.queries = sum(source.queries for source in self._sources)
        return self._stats

    async def start(self) -> None:
        """Connect, as far as the databases are there. Raises `ValueError` for a DSN that cannot be right."""
        await asyncio.gather(*(source.start() for source in self._sources))
        for listener in self.listeners:
            listener.start()

    async def close(self) -> None:
        """End all background work and connections; look-ups in flight become `Unavailable`."""
        await self._flights.close(WAIT_S)
        await asyncio.gather(*(listener.close() for listener in self.listeners))
        await asyncio.gather(*(source.close() for source in self._sources))

    def peek(self, profiles: Collection[Profile], users: Collection[int]) -> Found | None:
        """Everything from memory and fresh, or None. Does no I/O and starts nothing."""
        now, cache, negative = self._clock(), self._cache, 0
        owners: dict[Profile, int | None] = {}
        people: dict[int, Person | None] = {}
        try:
            for profile in profiles:
                person = cache.find(profile, now)
                if person is None:
                    owners[profile] = None
                    negative += 1
                else:
                    owners[profile] = person.user_id
                    people[person.user_id] = person
            for user_id in users:
                people[user_id] = person = cache.person(user_id, now)
                negative += person is None
        except KeyError:
            return None
        self._stats.negative += negative
        self._stats.hits += len(profiles) + len(users) - negative
        return Found(owners, people)

    async def find(self, profiles: Collection[Profile], users: Collection[int]) -> Found:
        """Everything: from memory, else by one query per database for all that is missing.

        Raises `Unavailable` when that fails and what is missing is not remembered within ``stale_s``.
        """
        result = draft(self._cache, profiles, users, self._clock())
        self._count(result)
        if result.missing:
            await self._look_up(result)
        return result.found()

    async def fetch(self, sql: str, *arguments: object) -> list[Any]:
        """The rows of a statement in the first database. Raises `Unavailable` where there is none to ask."""
        if not self._sources:
            raise Unavailable
        return await self._sources[0].fetch(sql, *arguments)

    def hear(self, payload: str) -> None:
        """A message of the triggers: forget whom it names; everybody, when it is not understood."""
        change = parse_change(payload)
        if change is None:
            self.flush()
            return
        self._stats.invalidations += 1
        keys: set[Key] = {*change.users, *change.profiles}
        self._cache.forget(keys)
        self._flights.changed(keys)

    def flush(self) -> None:
        """Forget everything: anybody may have changed."""
        self._stats.flushes += 1
        self._cache.flush()
        self._flights.changed(None)

    def expire(self) -> None:
        """Believe nothing without reading it again: messages may have been missed.

        Unlike after `flush`, what is known may still be served while PostgreSQL is away, within ``stale_s``.
        """
        self._stats.flushes += bool(self._cache)
        self._cache.expire()
        self._flights.part()

    def _count(self, result: Draft) -> None:
        self._stats.hits += result.hits
        self._stats.negative += result.negative
        self._stats.misses += len(result.missing)

    async def _look_up(self, result: Draft) -> None:
        flights = self._flights.join(map(subject, result.missing), self._cache.epoch)
        await asyncio.wait([flight.task for flight in flights], timeout=WAIT_S + 1)
        for flight in flights:
            found = flight.landed()
            if found is not None:
                result.take(found)
        for key in result.missing:
            self._serve_stale(key, result)

    def _serve_stale(self, key: Key, result: Draft) -> None:
        person = self._cache.stale(key, self._clock())
        if person is None:
            raise Unavailable
        self._stats.stale += 1
        result.put(key, person)

    async def _bring(self, flight: Flight) -> Found | None:
        """Read and remember; None when that was not possible."""
        try:
            async with asyncio.timeout(WAIT_S):
                rows = await read_all(self._sources, flight.profiles, flight.users)
            found = answer(flight.profiles, flight.users, people_of(rows, self._prefer))
            self._remember(flight, found)
        except (Unavailable, TimeoutError):
            return None
        except Exception:
            # A query of the operator's own may give anything. It must end as 503, and be seen in the log.
            logger.exception("the directory's answer makes no sense")
            return None
        return found

    def _remember(self, flight: Flight, found: Found) -> None:
        now, in_time = self._clock(), flight.epoch == self._cache.epoch
        nobody: list[Key] = [profile for profile, owner in found.owners.items() if owner is None]
        for user_id, person in found.people.items():
            if person is None:
                nobody.append(user_id)
            elif flight.may_remember((user_id, *(role.profile for role in person.roles))):
                self._cache.store(person, now, flight.epoch)
        for key in nobody:
            if in_time and flight.may_remember((key,)):
                self._cache.store_nobody(key, now)
