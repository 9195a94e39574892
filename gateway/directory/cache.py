"""What the directory remembers: people by user id, owners by profile, and for a moment who does not exist.

The owner of a profile is believed only while the person's own entry lists that profile, so there is one truth
with one age. Bounded in entries; an entry is fresh for ``max_age_s``, and of use for ``stale_s`` beyond that.

No step takes longer where more people are remembered: forgetting everybody puts what was known aside, and later
stores take it apart, a few entries each. The garbage collector tracks none of the entries.
"""

from collections import OrderedDict
from collections.abc import Iterable
from typing import Final

from contracts.model.profile import USER_TYPE, Profile
from contracts.model.roster import Person
from gateway.directory.second_chance import Age, Entry, SecondChance

#: What can be looked up: a profile, or a user id.
Key = Profile | int

NEGATIVE_S: Final = 10.0
NEGATIVES: Final = 10_000
#: Entries of what was put aside that each store takes apart; more than one, so that it comes to an end.
RELEASED: Final = 4
#: People who are read within this share of ``max_age_s`` have one age, that of the first of them.
ONE_AGE: Final = 0.001


def subject(key: Key) -> Key:
    """The key that is asked for: ``("user", n)`` names the person n."""
    return key.id if isinstance(key, Profile) and key.type == USER_TYPE else key


class DirectoryCache:
    """Sizes are in entries, times in seconds of one clock that the caller passes as ``now``."""

    def __init__(self, size: int, max_age_s: float, stale_s: float) -> None:
        self._size = size
        self._max_age_s = max_age_s
        self._stale_s = stale_s
        self._people = SecondChance(size)
        self._entries = self._people.entries
        self._owners: dict[Profile, int] = {}
        self._nobody: OrderedDict[Key, float] = OrderedDict()
        self._aside: list[_Aside] = []
        self._age = Age(0.0, 0.0, 0.0, -1)
        #: Entries of an earlier epoch are past their age: changes may have been missed.
        self.epoch = 0

    def __len__(self) -> int:
        return len(self._entries) + len(self._nobody)

    @property
    def aside(self) -> int:
        """Entries that are forgotten and still take memory."""
        return sum(len(left) for left in self._aside)

    def person(self, user_id: int, now: float) -> Person | None:
        """The person, None when known not to exist; `KeyError` when that is not known or not fresh."""
        try:
            entry = self._entries[user_id]
        except KeyError:
            self._check_absent(user_id, now)
            return None
        age = entry.age
        if now < age.fresh_until and age.epoch == self.epoch:
            entry.used = True
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
        entry = None if user_id is None else self._entries.get(user_id)
        if entry is None or now >= entry.age.stale_until:
            return None
        entry.used = True
        return entry.person if not isinstance(key, Profile) or entry.person.has(key) else None

    def _check_absent(self, key: Key, now: float) -> None:
        """`KeyError` unless there was nobody of that id a moment ago."""
        if self._nobody[key] <= now:
            raise KeyError(key)

    def store(self, person: Person, now: float, epoch: int) -> None:
        """Remember a person, and its profiles as its own. ``epoch`` is the one in which the reading began."""
        self._release()
        self._nobody.pop(person.user_id, None)
        self._disown(self._people.put(person, self._age_of(now, epoch)))
        for role in person.roles:
            self._nobody.pop(role.profile, None)
            self._owners.pop(role.profile, None)
            self._owners[role.profile] = person.user_id

    def store_nobody(self, key: Key, now: float) -> None:
        """Remember for a moment that there is nobody of that id; what was known before is gone."""
        self.forget((key,))
        self._nobody[key] = now + NEGATIVE_S
        if len(self._nobody) > NEGATIVES:
            self._nobody.popitem(last=False)

    def forget(self, keys: Iterable[Key]) -> None:
        """Forget these, and for a profile also its owner, whose roles have changed."""
        for key in keys:
            self._nobody.pop(key, None)
            user_id = self._owners.get(key) if isinstance(key, Profile) else key
            if user_id is not None:
                self._disown(self._entries.pop(user_id, None))

    def expire(self) -> None:
        """Let everything be read again before it is believed; while that is impossible it may be served stale."""
        self.epoch += 1
        self._nobody = OrderedDict()

    def flush(self) -> None:
        """Forget everything."""
        self.expire()
        if self._entries:
            self._aside.append(_Aside(self._people, self._owners))
        self._people = SecondChance(self._size)
        self._entries = self._people.entries
        self._owners = {}

    def _age_of(self, now: float, epoch: int) -> Age:
        """The age of what was just read; never younger than it is."""
        if epoch != self._age.epoch or now - self._age.since > ONE_AGE * self._max_age_s:
            fresh_until = now + self._max_age_s
            self._age = Age(now, fresh_until, fresh_until + self._stale_s, epoch)
        return self._age

    def _disown(self, entry: Entry | None) -> None:
        """A person's entry is gone: so are its profiles, except those that somebody else has by now."""
        if entry is not None:
            for role in entry.person.roles:
                if self._owners.get(role.profile) == entry.person.user_id:
                    del self._owners[role.profile]

    def _release(self) -> None:
        if self._aside and self._aside[-1].release(RELEASED):
            self._aside.pop()


class _Aside:
    """What a flush has put aside."""

    def __init__(self, people: SecondChance, owners: dict[Profile, int]) -> None:
        self._people = people
        self._owners = owners

    def __len__(self) -> int:
        return len(self._people.entries) + len(self._owners)

    def release(self, count: int) -> bool:
        """Take apart so many entries; whether that was all."""
        for _ in range(min(count, len(self._owners))):
            self._owners.popitem()
        return self._people.release(count) and not self._owners
