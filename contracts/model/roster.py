"""Who is who, for the length of one exchange: persons, and how each is named in legacy answers.

The directory answers with a `Found`; a `Roster` adds who is calling and how the caller is named.
Rules: everybody sees the same profile for the same person everywhere, only the caller is named as it asked;
a person without profiles is ``("user", user_id)``, which resolves back.
"""

from collections.abc import Mapping, Sequence
from typing import NamedTuple, Self

import msgspec

from contracts.model.profile import USER_TYPE, Profile


class Role(msgspec.Struct, frozen=True, gc=False):
    """One profile of a person, with what the directory knows of it."""

    profile: Profile
    username: str | None
    active: bool

    def _replace(self, **changes: object) -> Self:
        """The same with other values in these fields."""
        return msgspec.structs.replace(self, **changes)


class Person(msgspec.Struct, frozen=True, gc=False):
    """A user as the directory knows it. ``roles`` is in the configured order of preference, active ones first.

    ``active`` is false for a deactivated or suspended account. Names are as stored, possibly None.
    The garbage collector tracks neither people nor roles (``gc=False``): nothing in them could lead back to them.
    """

    user_id: int
    first_name: str | None
    father_name: str | None
    last_name: str | None
    avatar: str | None
    email: str | None
    active: bool
    roles: tuple[Role, ...]

    def _replace(self, **changes: object) -> Self:
        """The same with other values in these fields."""
        return msgspec.structs.replace(self, **changes)

    @property
    def profile(self) -> Profile:
        """The one name that everybody else sees for this person."""
        return self.roles[0].profile if self.roles else Profile(USER_TYPE, self.user_id)

    @property
    def modern_name(self) -> str:
        """First name plus father's name, else plus last name (documented rule of the modern shape)."""
        return join_name(self.first_name, self.father_name or self.last_name)

    def legacy_name(self, profile: Profile) -> str:
        """The profile's username, else first plus father's name (the legacy backend's rule)."""
        for role in self.roles:
            if role.profile == profile and role.username:
                return role.username
        return self.modern_name

    def has(self, profile: Profile) -> bool:
        """Whether this is one of the person's profiles, active or not."""
        return profile in [role.profile for role in self.roles]

    def role_of(self, type_: str) -> Profile | None:
        """The person's profile of that type; there is at most one."""
        return next((role.profile for role in self.roles if role.profile.type == type_), None)


def join_name(*parts: str | None) -> str:
    """The given parts of a name in one line, without gaps for missing ones."""
    return " ".join(part for part in parts if part)


class Found(NamedTuple):
    """The directory's answer to one batch.

    ``owners[profile]`` is the owner's user id, or None for a profile that does not exist (or has no user).
    ``people[user_id]`` is the person, or None for a user that does not exist. Everybody who was asked for is a
    key, and every owner is in ``people``.
    """

    owners: Mapping[Profile, int | None]
    people: Mapping[int, Person | None]


NOBODY = Found({}, {})


def merge(first: Found, second: Found) -> Found:
    """Both answers as one; the second wins where they overlap."""
    return Found({**first.owners, **second.owners}, {**first.people, **second.people})


class Caller(NamedTuple):
    """Who calls: the token's ``sub``, and the name under which it asked (echoed to this client only)."""

    user_id: int
    named: Profile


class Roster(NamedTuple):
    """What the pure part of an exchange may know about people."""

    caller: Caller
    found: Found

    def user_of(self, profile: Profile) -> int | None:
        """The owner, or None for an unknown profile. ``("user", n)`` is user n when that user exists."""
        if profile == self.caller.named:
            return self.caller.user_id
        if profile.type == USER_TYPE:
            return profile.id if self.found.people.get(profile.id) else None
        return self.found.owners.get(profile)

    def person(self, user_id: int) -> Person | None:
        """The person, or None when the directory knows nobody of that number."""
        return self.found.people.get(user_id)

    def profile_of(self, user_id: int) -> Profile:
        """How this user is named in a legacy answer. Total: an unknown user is ``("user", user_id)``."""
        if user_id == self.caller.user_id:
            return self.caller.named
        person = self.found.people.get(user_id)
        return person.profile if person else Profile(USER_TYPE, user_id)

    def legacy_name(self, user_id: int, otherwise: str = "") -> str:
        """The name that legacy answers show; ``otherwise`` when the directory does not know the user."""
        person = self.found.people.get(user_id)
        if person is None:
            return otherwise
        named = self.caller.named if user_id == self.caller.user_id else person.profile
        return person.legacy_name(named) or otherwise

    def modern_name(self, user_id: int | None, otherwise: str = "") -> str:
        """The name by the rule of 2.1; ``otherwise`` where the directory knows nobody or no name."""
        person = self.found.people.get(user_id) if user_id is not None else None
        return (person.modern_name if person else "") or otherwise

    def avatar_of(self, user_id: int | None) -> str | None:
        """The person's picture."""
        person = self.found.people.get(user_id) if user_id is not None else None
        return person.avatar if person else None


def in_preference(roles: Sequence[Role], prefer: Sequence[str]) -> tuple[Role, ...]:
    """The roles as `Person.roles` wants them: active before inactive, then by the configured order of types."""
    rank = {name: position for position, name in enumerate(prefer)}
    return tuple(sorted(roles, key=lambda r: (not r.active, rank.get(r.profile.type, len(rank)), r.profile)))
