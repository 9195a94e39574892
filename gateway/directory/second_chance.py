"""A bounded mapping by user id that gives up what was not used of late (the CLOCK, or second-chance, algorithm).

A plain LRU keeps a list node for every entry and moves it at every hit. Here a hit sets one flag, and the hand that
looks for room clears it; nothing that it keeps is tracked by the garbage collector.
"""

from array import array
from typing import Final

import msgspec

from contracts.model.roster import Person

#: Steps of the hand for one store. Where everything was used of late, the last one met is given up all the same.
MOST_STEPS: Final = 16


class Age(msgspec.Struct, frozen=True, gc=False):
    """When entries were read, which all entries of one moment share. Times in seconds of the cache's clock."""

    since: float
    fresh_until: float
    stale_until: float
    epoch: int


class Entry(msgspec.Struct, gc=False):
    """A person and its age; ``used`` is set by whoever looks at it."""

    person: Person
    age: Age
    used: bool = False


class SecondChance:
    """``entries`` is for reading: at most ``size``, and each has at least one slot of the ring."""

    def __init__(self, size: int) -> None:
        self._size = size
        self._ring = array("q")  # not a list, which the collector would walk
        self._hand = 0
        self.entries: dict[int, Entry] = {}

    def put(self, person: Person, age: Age) -> Entry | None:
        """Keep this entry for the person. Returns the one that was given up for it: its own former, or another's."""
        user_id = person.user_id
        former = self.entries.get(user_id)
        if former is None:
            former = self._make_room(user_id)
        else:
            del self.entries[user_id]  # so that the key is the new person's number, not a second copy of it
        self.entries[user_id] = Entry(person, age)
        return former

    def _make_room(self, user_id: int) -> Entry | None:
        """Give a slot to a new user: one more, or the one of whom the hand finds."""
        if len(self._ring) < self._size:
            self._ring.append(user_id)
            return None
        for _ in range(MOST_STEPS):
            self._hand = (self._hand + 1) % self._size
            entry = self.entries.get(self._ring[self._hand])
            if entry is None or not entry.used:
                break
            entry.used = False
        victim, self._ring[self._hand] = self._ring[self._hand], user_id
        return self.entries.pop(victim, None)

    def release(self, count: int) -> bool:
        """Take apart so many entries of what nobody reads any more; whether that was all."""
        for _ in range(min(count, len(self.entries))):
            self.entries.popitem()
        return not self.entries
