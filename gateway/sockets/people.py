"""The directory as the sockets use it."""

from collections.abc import Collection

from contracts.model.errors import Forbidden
from contracts.model.identity import Claim, admit
from contracts.model.profile import Profile
from contracts.model.roster import Found, Person
from gateway.exchange.protocols import Directory


class People:
    """One batch of look-ups, from the cache when everything is there."""

    def __init__(self, directory: Directory) -> None:
        self._directory = directory

    async def find(self, profiles: Collection[Profile], users: Collection[int]) -> Found:
        """Who they are. Raises `Unavailable` when that cannot be known."""
        return self._directory.peek(profiles, users) or await self._directory.find(profiles, users)


class SenderRefused(Forbidden):
    """The person behind a socket is not active any more, or has lost the profile under which it is here."""

    default = "no longer allowed"


def check_allowed(person: Person | None, named: Profile) -> None:
    """Raises `SenderRefused` when a socket under this name would not be let in again."""
    if person is None or not person.active:
        raise SenderRefused
    try:
        admit(person, Claim(named, None))
    except Forbidden:
        raise SenderRefused from None
