"""A lens: one declaration that translates a document between two shapes, both ways.

People and shape are kept apart. *Shape rules* move structure and know nobody. *Person rules* stand in modern
places and swap spellings: ``sender_user_id`` there, ``sender_profile_id`` + ``sender_profile_type`` here. So who is
mentioned can be collected first, looked up once, and the rest is pure functions::

    request    shape up -> mentioned by profile -> (directory) -> persons to modern
    answer     mentioned by user id -> (directory) -> persons to legacy -> shape down

The law, tested with generated documents: legacy -> modern -> legacy is the identity on what the contract allows.
Folds (rules without ``up``) have no way back; they stand in answers only.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple, Protocol

from contracts.model.document import Document, Node, Place, nodes, objects, place
from contracts.model.profile import Profile
from contracts.model.roster import Roster


class Mentions(NamedTuple):
    """Who occurs in a document: what is asked of the directory, in one batch."""

    profiles: set[Profile]
    users: set[int]

    @classmethod
    def none(cls) -> "Mentions":
        """Nobody yet."""
        return cls(set(), set())


class PersonRule(Protocol):
    """Swaps the spelling of persons at one place; see `contracts.rules.people` for the spellings.

    Towards legacy a rule is given the objects at its place, since several often share one: each is walked once.
    """

    @property
    def at(self) -> Place:
        """Where the objects are."""

    def mentioned_legacy(self, document: Document, mentions: Mentions) -> None:
        """Add whom the document, in legacy spelling, mentions."""

    def mentioned_modern(self, found: list[Node], mentions: Mentions) -> None:
        """Add whom the objects, in modern spelling, mention."""

    def to_modern(self, document: Document, roster: Roster) -> None:
        """Spell in user ids, in place."""

    def to_legacy(self, found: list[Node], roster: Roster) -> None:
        """Spell in profiles, in place."""


class ShapeRule(Protocol):
    """Moves structure at one place; see `contracts.rules.shapes`."""

    def to_modern(self, document: Document) -> Document:
        """Towards modern."""

    def to_legacy(self, document: Document) -> Document:
        """Towards legacy."""


@dataclass(frozen=True, slots=True)
class Each:
    """A plain function over every object at a place: ``to_legacy(node, roster)`` after the persons.

    The irregular cases: folds, derived fields, names of persons. ``to_modern`` is None where nothing comes back.
    """

    at: Place
    to_legacy: Callable[[Node, Roster], None]
    to_modern: Callable[[Node], None] | None = None


Rule = PersonRule | ShapeRule | Each


@dataclass(frozen=True, slots=True)
class Lens:
    """Rules by kind, in the order of declaration; towards legacy the shape rules run backwards.

    ``places`` holds the persons once more, those of one place together.
    """

    persons: tuple[PersonRule, ...] = ()
    shapes: tuple[ShapeRule, ...] = ()
    each: tuple[Each, ...] = ()
    rules: tuple[Rule, ...] = field(default=(), compare=False)
    places: tuple[tuple[Place, tuple[PersonRule, ...]], ...] = field(default=(), compare=False)

    def draft(self, document: Document) -> Document:
        """The legacy document in modern structure, persons still spelled in profiles."""
        for rule in self.shapes:
            document = rule.to_modern(document)
        for each in self.each:
            if each.to_modern:
                for _, node in nodes(document, each.at):
                    each.to_modern(node)
        return document

    def profiles(self, draft: Document) -> Mentions:
        """Who is mentioned in a draft."""
        mentions = Mentions.none()
        for rule in self.persons:
            rule.mentioned_legacy(draft, mentions)
        return mentions

    def to_modern(self, draft: Document, roster: Roster) -> Document:
        """The draft in user ids. Raises `NotFound` where a person is unknown and the rule insists."""
        for rule in self.persons:
            rule.to_modern(draft, roster)
        return draft

    def users(self, document: Document) -> Mentions:
        """Who is mentioned in a modern document."""
        mentions = Mentions.none()
        for where, rules in self.places:
            found = objects(document, where)
            for rule in rules:
                rule.mentioned_modern(found, mentions)
        return mentions

    def to_legacy(self, document: Document, roster: Roster) -> Document:
        """The modern document as a legacy client reads it."""
        for where, rules in self.places:
            found = objects(document, where)
            for rule in rules:
                rule.to_legacy(found, roster)
        for each in self.each:
            for node in objects(document, each.at):
                each.to_legacy(node, roster)
        for shape in reversed(self.shapes):
            document = shape.to_legacy(document)
        return document


def each(
    at: str, to_legacy: Callable[[Node, Roster], None], to_modern: Callable[[Node], None] | None = None
) -> Each:
    """A function over every object at a place."""
    return Each(place(at), to_legacy, to_modern)


def lens(*rules: Rule) -> Lens:
    """A lens of these rules."""
    folds = tuple(rule for rule in rules if isinstance(rule, Each))
    shapes: Sequence[Any] = [
        rule for rule in rules if not hasattr(rule, "mentioned_legacy") and not isinstance(rule, Each)
    ]
    persons: Sequence[Any] = [rule for rule in rules if hasattr(rule, "mentioned_legacy")]
    return Lens(tuple(persons), tuple(shapes), folds, rules, _by_place(persons))


def _by_place(persons: Sequence[PersonRule]) -> tuple[tuple[Place, tuple[PersonRule, ...]], ...]:
    found: dict[Place, list[PersonRule]] = {}
    for rule in persons:
        found.setdefault(rule.at, []).append(rule)
    return tuple((where, tuple(rules)) for where, rules in found.items())


#: Changes nothing: the shapes are equal here.
SAME = Lens()
