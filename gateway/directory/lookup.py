"""An answer of the directory in the making: what is known, and what is still missing. Pure."""

from collections.abc import Collection

from contracts.model.profile import Profile
from contracts.model.roster import Found, Person
from gateway.directory.cache import DirectoryCache, Key, subject


class Draft:
    """``owners`` and ``people`` grow into a `Found`; ``missing`` are the keys to look up.

    ``hits`` and ``negative`` count the keys that were known at the beginning, as somebody or as nobody.
    """

    def __init__(self) -> None:
        self.owners: dict[Profile, int | None] = {}
        self.people: dict[int, Person | None] = {}
        self.missing: list[Key] = []
        self.hits = 0
        self.negative = 0

    def know(self, key: Key, person: Person | None) -> None:
        """Answer a key from memory."""
        if person is None:
            self.negative += 1
        else:
            self.hits += 1
        self.put(key, person)

    def put(self, key: Key, person: Person | None) -> None:
        """Answer a key; None says that there is nobody."""
        if person is not None:
            self.people[person.user_id] = person
        if isinstance(key, Profile):
            self.owners[key] = person.user_id if person else None
        else:
            self.people[key] = person

    def take(self, found: Found) -> None:
        """Answer all missing keys that are in ``found``."""
        missing, self.missing = self.missing, []
        for key in missing:
            wanted = subject(key)
            user_id = found.owners.get(wanted, _MISSING) if isinstance(wanted, Profile) else wanted
            if user_id is None:
                self.put(key, None)
            elif user_id in found.people:
                self.put(key, found.people[user_id])
            else:
                self.missing.append(key)

    def found(self) -> Found:
        """The answer so far."""
        return Found(self.owners, self.people)


#: No user's id.
_MISSING = -1


def draft(cache: DirectoryCache, profiles: Collection[Profile], users: Collection[int], now: float) -> Draft:
    """What the cache knows of these."""
    result = Draft()
    for profile in profiles:
        try:
            result.know(profile, cache.find(profile, now))
        except KeyError:
            result.missing.append(profile)
    for user_id in users:
        try:
            result.know(user_id, cache.person(user_id, now))
        except KeyError:
            result.missing.append(user_id)
    return result
