"""What the directory remembers: people by user id, owners by profile, and for a moment who does not exist.

The owner of a profile is believed only while the person's own entry lists that profile, so there is one truth
with one age. Bounded in entries; an entry is fresh for ``max_age_s``, and of use for ``stale_s`` beyond that.
"""

from collections.abc import Iterable
from typing import Final, NamedTuple

from cachetools import FIFOCache, LRUCache

from contracts.model.profile import USER_TYPE, Profile
from contracts.model.roster import Person

#: What can be looked up: a profile, or a user id.
Key = Profile | int

NEGATIVE_S: Final = 10.0
NEGATIVES: Final = 10_000


def subject(key: Key) -> Key:
    """The key that is asked for: ``("user", n)`` names the person n."""
    return key.id if isinstance(key, Profile) and key.type == USER_TYPE else key


class Entry(NamedTuple):
    """A person, the time until which it is fresh, and until which it is better than nothing (seconds)."""

    person: Person
    fresh_until: float
    stale_until: float
    epoch: int


class DirectoryCache:
    """Sizes are in entries, times in seconds of one clock that the caller passes as ``now``."""

    def __init__(self, size: int, max_age_s: float, stale_s: float) -> None:
        self._max_age_s = max_age_s
        self._stale_s = stale_s
        self._people: LRUCache[int, Entry] = LRUCache(size)
        self._owners: LRUCache[Profile, int] = LRUCache(4 * size)
        self._nobody: FIFOCache[Key, float] = FIFOCache(NEGATIVES)
        #: Entries of an earlier epoch are past their age: changes may have been missed.
        self.epoch = 0

    def __len__(self) -> int:
        return len(self._people) + len(self._nobody)

    def person(self, user_id: int, now: float) -> Person | None:
        """The person, None when known not to exist; `KeyError` when that is not known or not fresh."""
        try:
            entry = self._people[user_id]
        except KeyError:
            self._check_absent(user_id, now)
            return None
        if now < entry.fresh_until and entry.epoch == self.epoch:
            return entry.person
        raise KeyError(user_id)

    def find(self, profile: Profile, now: float) -> Person | None:
        """As `owner`; ``("user", n)`` is the person of that number."""
        return self.person(profile.id, now) if profile.type == USER_TYPE else self.owner(profile, now)

    def owner(self, profile: Profile, now: float) -> Person | None:
        """The profile's owner, None when known to have none; `KeyError` when that is not known or not fresh."""
        try:
            user_id = self._owners[profile]
        except KeyError:
            self._check_absent(profile, now)
            return None
        person = self.person(user_id, now)
        if person is not None:
            for role in person.roles:  # not any(): this is asked several times for every request
                if role.profile == profile:
                    return person
        raise KeyError(profile)

    def stale(self, key: Key, now: float) -> Person | None:
        """The person of a key, fresh or past its age but within the bound; None when there is no such entry."""
        key = subject(key)
        user_id = self._owners.get(key) if isinstance(key, Profile) else key
        entry = None if user_id is None else self._people.get(user_id)
        if entry is None or now >= entry.stale_until:
            return None
        return entry.person if not isinstance(key, Profile) or entry.person.has(key) else None

    def _check_absent(self, key: Key, now: float) -> None:
        """`KeyError` unless there was nobody of that id a moment ago."""
        if self._nobody[key] <= now:
            raise KeyError(key)

    def store(self, person: Person, now: float, epoch: int) -> None:
        """Remember a person, and its profiles as its own. ``epoch`` is the one in which the reading began."""
        fresh_until = now + self._max_age_s
        self._nobody.pop(person.user_id, None)
        self._people[person.user_id] = Entry(person, fresh_until, fresh_until + self._stale_s, epoch)
        for role in person.roles:
            self._nobody.pop(role.profile, None)
            self._owners[role.profile] = person.user_id

    def store_nobody(self, key: Key, now: float) -> None:
        """Remember for a moment that there is nobody of that id; what was known before is gone."""
        self.forget((key,))
        self._nobody[key] = now + NEGATIVE_S

    def forget(self, keys: Iterable[Key]) -> None:
        """Forget these, and for a profile also its owner, whose roles have changed."""
        for key in keys:
            self._nobody.pop(key, None)
            if isinstance(key, Profile):
                owner = self._owners.pop(key, None)
                if owner is not None:
                    self._people.pop(owner, None)
            else:
                self._people.pop(key, None)

    def expire(self) -> None:
        """Let everything be read again before it is believed; while that is impossible it may be served stale."""
        self.epoch += 1
        self._nobody.clear()

    def flush(self) -> None:
        """Forget everything."""
        self.expire()
        self._people.clear()
        self._owners.clear()
