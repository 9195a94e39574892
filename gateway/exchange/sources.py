"""What a response was made of: what the upstream answered, whom the directory knew, what the database had.

A handler is a function of these and of the question. So as long as all of them are the same, so is its response.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from contracts.model.http import Response
from contracts.model.profile import Profile
from contracts.model.roster import Found, Person


class Question(NamedTuple):
    """What was asked of the upstream."""

    method: str
    target: str


@dataclass(slots=True)
class Sources:
    """Filled while a response is made. ``unknown`` counts what was asked for and has not come, or not as it should."""

    answers: dict[Question, Response] = field(default_factory=dict)
    owners: dict[Profile, int | None] = field(default_factory=dict)
    people: dict[int, Person | None] = field(default_factory=dict)
    reads: list[tuple[str, Sequence[Mapping[str, Any]]]] = field(default_factory=list)
    unknown: int = 0

    def answered(self, question: Question, response: Response) -> None:
        """The upstream's answer."""
        self.unknown -= 1
        if question in self.answers or question.method != "GET":
            self.unknown += (
                1  # what is asked twice can be answered in two ways, and may have changed something
            )
        self.answers[question] = response

    def found(self, found: Found) -> None:
        """The directory's answer."""
        self.unknown -= 1
        self.owners.update(found.owners)
        self.people.update(found.people)

    def read(self, name: str, rows: Sequence[Mapping[str, Any]]) -> None:
        """The rows of a named read."""
        self.unknown -= 1
        self.reads.append((name, rows))
