"""People by identity: where the old shape names a role, a comparison looks at the person behind it.

The old backend names somebody by the role of the moment and that role's username, the gateway by one role everywhere.
Both mean the same person; another person stays another one.
"""

from collections.abc import Iterator, Mapping
from typing import Any, Final

from contracts.model.profile import PROFILE_TYPES, Profile
from contracts.model.roster import Found, Person

_TYPE: Final = "profile_type"
_NAMES: Final = frozenset(
    {"name", "display_name", "sender_name", "caller_name", "user_name", "full_name", "other_name", "sender"}
)
#: Bare numbers of profiles, which name nobody; how many there are stands beside them.
_BARE: Final = "profile_ids"


def mentioned(document: Any) -> set[Profile]:
    """Every profile that a document names."""
    return {pair for node in _objects(document) for _, pair in _pairs(node)}


def identified(document: Any, found: Found) -> Any:
    """The document with persons in the place of profiles and of their names."""
    return _Identities(found).of(document)


class _Identities:
    def __init__(self, found: Found) -> None:
        self._owners = found.owners
        self._names: dict[str, set[int]] = {}
        for person in found.people.values():
            for name in _names_of(person) if person else ():
                self._names.setdefault(name, set()).add(person.user_id if person else 0)

    def of(self, node: Any) -> Any:
        if isinstance(node, list):
            return [self.of(item) for item in node]
        if not isinstance(node, dict):
            return node
        pairs = dict(_pairs(node))
        hidden = {f"{prefix}{key}" for prefix in pairs for key in (_TYPE, "profile_id")}
        shown = {
            name: self._name(value) if name in _NAMES else self.of(value)
            for name, value in node.items()
            if name not in hidden and name != _BARE
        }
        return shown | {f"{prefix}person": self._person(pair) for prefix, pair in pairs.items()}

    def _person(self, pair: Profile) -> str:
        owner = self._owners.get(pair)
        return f"user {owner}" if owner is not None else str(pair)

    def _name(self, value: Any) -> Any:
        """A person, where exactly one has this name."""
        people = self._names.get(value, set()) if isinstance(value, str) else set()
        return f"user {next(iter(people))}" if len(people) == 1 else value


def _names_of(person: Person) -> set[str]:
    """Every way in which the two services say somebody's name; the old one says None for a missing part."""
    old = f"{person.first_name} {person.father_name}"
    names = {old, person.modern_name, *(role.username for role in person.roles if role.username)}
    return {name for name in names if name}


def _pairs(node: Mapping[str, Any]) -> Iterator[tuple[str, Profile]]:
    for name, value in node.items():
        if name.endswith(_TYPE) and value in PROFILE_TYPES:
            prefix = name.removesuffix(_TYPE)
            number = node.get(f"{prefix}profile_id")
            if isinstance(number, int) and not isinstance(number, bool):
                yield prefix, Profile(value, number)


def _objects(node: Any) -> Iterator[Mapping[str, Any]]:
    if isinstance(node, dict):
        yield node
    for item in node.values() if isinstance(node, dict) else node if isinstance(node, list) else ():
        yield from _objects(item)
