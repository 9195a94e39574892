"""The person rules: the spellings in which a person stands in a document.

=================  =====================================================  ============================
rule               legacy                                                 modern
=================  =====================================================  ============================
`PersonField`      ``x_profile_id`` + ``x_profile_type`` (+ a user id)    ``x_user_id``
`Persons`          a list of such objects                                 a list of user ids
`Keys`             ``tutor_5,student_6`` in a query                       ``2,3``
`Ids`              a list of bare profile ids (answers only)              a list of user ids
=================  =====================================================  ============================

Towards modern, the directory wins over a ``user_id`` beside the pair; a pair that nobody owns falls back to an
existing ``user_id`` beside it; without one the place is refused with 404, or skipped in a list.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Final, Literal

from contracts.model.document import Document, Node, Place, nodes, objects, place, read, settle_all, take
from contracts.model.errors import InvalidValue, NotFound
from contracts.model.profile import MAX_ID, NOTHING, Profile, parse_id, parse_key, parse_profile
from contracts.model.roster import Roster
from contracts.rules.lens import Mentions

_USERS: Final = {int, type(None)}
Unknown = Literal["refuse", "skip", "null"]


def pair_at(node: Node, prefix: str, address: str) -> Profile | None:
    """The profile that stands in a node, None when there is none; `InvalidValue` for what is no pair."""
    id_, type_ = read(node, f"{prefix}profile_id"), read(node, f"{prefix}profile_type")
    if _is_nothing(id_) or _is_nothing(type_):
        return None
    return parse_profile(type_, id_, f"{address}.{prefix}")


def _is_nothing(value: Any) -> bool:
    return value is None or (isinstance(value, str) and value in NOTHING)


def _user_at(node: Node, key: str | None, address: str) -> int | None:
    value = read(node, key) if key else None
    return None if _is_nothing(value) else parse_id(value, f"{address}.{key}")


def resolve(pair: Profile | None, beside: int | None, roster: Roster) -> int | None:
    """The user whom a pair and a user id beside it mean: the pair's owner, else the user id when it exists.

    A caller who is named by the old client's fallback may share that name with its real owner; then the user id
    beside tells the two apart.
    """
    owner = roster.user_of(pair) if pair else None
    if pair and beside is not None and roster.found.owners.get(pair) == beside:
        return beside
    if owner is None and beside is not None and (beside == roster.caller.user_id or roster.person(beside)):
        return beside
    return owner


@dataclass(frozen=True, slots=True)
class PersonField:
    """One person at every object of a place.

    ``modern`` is its key there; ``legacy`` the prefix of the pair (``"sender_"``); ``beside`` the legacy key that
    holds the user id beside the pair (a client reads it), or None; ``unknown`` what an unknown one means.
    """

    at: Place
    modern: str
    legacy: str
    beside: str | None
    unknown: Unknown

    def mentioned_legacy(self, document: Document, mentions: Mentions) -> None:
        """Add the pair and the user id beside it."""
        for address, node in nodes(document, self.at):
            if pair := pair_at(node, self.legacy, address):
                mentions.profiles.add(pair)
            if user := _user_at(node, self.beside, address):
                mentions.users.add(user)

    def mentioned_modern(self, found: list[Node], mentions: Mentions) -> None:
        """Add the user id."""
        users = settle_all(found, self.modern)
        if set(map(type, users)) <= _USERS:
            mentions.users.update(user for user in set(users) if user is not None)
        else:
            mentions.users.update(user for user in users if isinstance(user, int))

    def to_modern(self, document: Document, roster: Roster) -> None:
        """Replace the pair by the user id."""
        for address, node in nodes(document, self.at):
            pair, beside = pair_at(node, self.legacy, address), _user_at(node, self.beside, address)
            had = f"{self.legacy}profile_id" in node or (self.beside or "") in node
            node.pop(f"{self.legacy}profile_id", None)
            node.pop(f"{self.legacy}profile_type", None)
            if self.beside:
                node.pop(self.beside, None)
            user = resolve(pair, beside, roster)
            if user is None and self.unknown == "refuse":
                self._refuse(address, given=bool(pair or beside))
            if had or user is not None:
                node[self.modern] = user if user is None or self.at.steps[0] == "body" else str(user)

    def _refuse(self, address: str, *, given: bool) -> None:
        where = f"{address}.{self.legacy}profile_id"
        raise NotFound("no such person", place=where) if given else InvalidValue("is missing", place=where)

    def to_legacy(self, found: list[Node], roster: Roster) -> None:
        """Replace the user id by the pair."""
        text, modern, beside = self.at.steps[0] != "body", self.modern, self.beside
        id_key, type_key = f"{self.legacy}profile_id", f"{self.legacy}profile_type"
        pairs: dict[Any, tuple[str | None, int | None]] = {None: (None, None)}  # few people, many places
        for node in found:
            if modern not in node:
                continue
            user = take(node, modern)
            if beside:
                node[beside] = user
            if user not in pairs:
                response = roster.profile_of(int(user))
                pairs[user] = response.type, response.id
            type_, id_ = pairs[user]
            node[id_key] = str(id_) if text else id_
            node[type_key] = type_


def person(
    at: str,
    *,
    legacy: str = "",
    modern: str = "user_id",
    beside: str | None = None,
    unknown: Unknown = "refuse",
) -> PersonField:
    """One person at every object of a place."""
    return PersonField(place(at), modern, legacy, beside, unknown)


@dataclass(frozen=True, slots=True)
class Persons:
    """A list of ``{profile_id, profile_type, user_id}`` objects, modern a list of user ids, each person once."""

    at: Place
    modern: str
    legacy: str
    unknown: Unknown

    def _items(self, document: Document) -> Iterator[tuple[Node, str, Node]]:
        for address, node in nodes(document, self.at):
            inner = Document({}, {}, node)
            for item_address, item in nodes(inner, place(f"body.{self.legacy}[]")):
                yield node, item_address.replace("$.body", address, 1), item

    def mentioned_legacy(self, document: Document, mentions: Mentions) -> None:
        """Add every pair and the user ids beside them."""
        for _, address, item in self._items(document):
            if pair := pair_at(item, "", address):
                mentions.profiles.add(pair)
            if user := _user_at(item, "user_id", address):
                mentions.users.add(user)

    def mentioned_modern(self, found: list[Node], mentions: Mentions) -> None:
        """Add every user id."""
        for users in settle_all(found, self.modern):
            mentions.users.update(users or ())

    def to_modern(self, document: Document, roster: Roster) -> None:
        """The list as user ids."""
        found: dict[int, list[int]] = {}
        for node, address, item in self._items(document):
            user = resolve(pair_at(item, "", address), _user_at(item, "user_id", address), roster)
            if user is None and self.unknown == "refuse":
                raise NotFound("no such person", place=f"{address}.profile_id")
            if user is not None:
                found.setdefault(id(node), []).append(user)
        for node in objects(document, self.at):
            if node.pop(self.legacy, None) is not None:
                node[self.modern] = list(dict.fromkeys(found.get(id(node), ())))

    def to_legacy(self, found: list[Node], roster: Roster) -> None:
        """The list as objects."""
        for node in found:
            if self.modern in node:
                node[self.legacy] = [_member(user, roster) for user in take(node, self.modern) or ()]


def _member(user: int, roster: Roster) -> Node:
    response = roster.profile_of(user)
    return {"profile_id": response.id, "profile_type": response.type, "user_id": user}


def persons(at: str, *, legacy: str, modern: str, unknown: Unknown = "refuse") -> Persons:
    """A list of persons under a key of every object of a place."""
    return Persons(place(at), modern, legacy, unknown)


@dataclass(frozen=True, slots=True)
class Keys:
    """``tutor_5,student_6`` in the query, modern ``2,3``; what cannot be read or is unknown is skipped."""

    modern: str
    legacy: str

    @property
    def at(self) -> Place:
        """The query."""
        return _QUERY

    def profiles_in(self, document: Document) -> list[tuple[str, Profile]]:
        """Every readable key with its profile, in the order asked."""
        found = []
        for key in document.query.get(self.legacy, "").split(","):
            try:
                found.append((key, parse_key(key, f"$.query.{self.legacy}")))
            except InvalidValue:
                continue
        return found

    def mentioned_legacy(self, document: Document, mentions: Mentions) -> None:
        """Add every readable key."""
        mentions.profiles.update(profile for _, profile in self.profiles_in(document))

    def mentioned_modern(self, found: list[Node], mentions: Mentions) -> None:
        """Add every readable id."""
        for query in found:
            mentions.users.update(_ids(query.get(self.modern, "")))

    def to_modern(self, document: Document, roster: Roster) -> None:
        """The keys as user ids, each person once."""
        users = (roster.user_of(profile) for _, profile in self.profiles_in(document))
        if document.query.pop(self.legacy, None) is not None:
            document.query[self.modern] = ",".join(str(u) for u in dict.fromkeys(users) if u is not None)

    def to_legacy(self, found: list[Node], roster: Roster) -> None:
        """The user ids as keys."""
        for query in found:
            text = query.pop(self.modern, None)
            if text is not None:
                query[self.legacy] = ",".join(str(roster.profile_of(user)) for user in _ids(text))


_QUERY: Final = place("query")


def _ids(text: str) -> list[int]:
    return [
        int(part) for part in text.split(",") if part.isascii() and part.isdigit() and 0 < int(part) <= MAX_ID
    ]


@dataclass(frozen=True, slots=True)
class Ids:
    """A list of user ids which legacy spells as bare profile ids; the type is lost, so there is no way back."""

    at: Place
    modern: str
    legacy: str

    def mentioned_legacy(self, document: Document, mentions: Mentions) -> None:
        """Nobody: a bare id names no profile."""

    def to_modern(self, document: Document, roster: Roster) -> None:
        """Nothing to do: this rule stands in answers only."""

    def mentioned_modern(self, found: list[Node], mentions: Mentions) -> None:
        """Add every user id."""
        for users in settle_all(found, self.modern):
            mentions.users.update(users or ())

    def to_legacy(self, found: list[Node], roster: Roster) -> None:
        """The list as profile ids."""
        for node in found:
            if self.modern in node:
                node[self.legacy] = [roster.profile_of(user).id for user in take(node, self.modern) or ()]


def ids(at: str, *, legacy: str, modern: str) -> Ids:
    """A list of user ids at every object of a place, bare profile ids in legacy."""
    return Ids(place(at), modern, legacy)
