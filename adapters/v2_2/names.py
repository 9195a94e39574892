"""Names: 2.1 says first plus father's name, else plus last name; 2.2 prefers the last name, else the e-mail's start.

User ids are spelled alike in both shapes, so a person rule of this table swaps nothing: it says who is looked up.
"""

from dataclasses import dataclass

from contracts.model.document import Document, Node, Place, place, read
from contracts.model.roster import Person, Roster
from contracts.rules.lens import Each, Mentions, Rule, each


def name_of(user: int | None, roster: Roster, otherwise: str = "") -> str:
    """The person's name by the rule of 2.1; ``otherwise`` where the directory knows nobody or no name."""
    someone = person_of(user, roster)
    return (someone.modern_name if someone else "") or otherwise


def person_of(user: int | None, roster: Roster) -> Person | None:
    """The person of a user id that may be absent."""
    return roster.person(user) if user is not None else None


def rename_person(node: Node, roster: Roster, *, user: str = "user_id", name: str = "name") -> None:
    """Give an object the name of the person in it."""
    node[name] = name_of(read(node, user), roster, str(read(node, name) or ""))


@dataclass(frozen=True, slots=True)
class Mention:
    """Somebody stands here under ``key``: to be looked up, and left as it is."""

    at: Place
    key: str

    def mentioned_legacy(self, document: Document, mentions: Mentions) -> None:
        """Nobody is looked up for a request."""

    def mentioned_modern(self, found: list[Node], mentions: Mentions) -> None:
        """Add the user ids."""
        mentions.users.update(user for node in found if isinstance(user := read(node, self.key), int))

    def to_modern(self, document: Document, roster: Roster) -> None:
        """Nothing to do."""

    def to_legacy(self, found: list[Node], roster: Roster) -> None:
        """Nothing to do."""


def named(at: str, *, user: str = "user_id", name: str = "name") -> tuple[Rule, ...]:
    """Every object at the place gets the name of its person."""

    def down(node: Node, roster: Roster) -> None:
        rename_person(node, roster, user=user, name=name)

    rule: Each = each(at, down)
    return (Mention(place(at), user), rule)
