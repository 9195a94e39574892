"""What a response was made of: what the upstream answered, whom the directory knew, what the database had.

A handler is a function of these and of the question. So as long as all of them are the same, so is its response.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from operator import is_
from types import MappingProxyType
from typing import Any, Final, NamedTuple

from contracts.model.http import Response
from contracts.model.profile import Profile
from contracts.model.roster import NOBODY, Caller, Found, Person
from gateway.exchange.protocols import Directory, Reads


class Knowledge(NamedTuple):
    """What can be known without waiting. Without ``reads`` nothing is read."""

    directory: Directory
    reads: Reads | None

    def still_knows(
        self, people: Mapping[int, Person | None], owners: Mapping[Profile, int | None] = NOBODY.owners
    ) -> bool:
        """Whether the directory knows the very same of all of these."""
        found = self.directory.peek(owners, people)
        if found is None or found.owners != owners:
            return False
        return all(map(is_, map(found.people.get, people), people.values()))

    def still_holds(
        self,
        caller: Caller,
        people: Mapping[int, Person | None],
        owners: Mapping[Profile, int | None],
        reads: Sequence[tuple[str, Sequence[Mapping[str, Any]]]],
    ) -> bool:
        """Whether the directory knows the very same people, and the database the very same rows."""
        return self.still_knows(people, owners) and self.still_reads(caller, reads)

    def still_reads(self, caller: Caller, reads: Iterable[tuple[str, Sequence[Mapping[str, Any]]]]) -> bool:
        """Whether the very same rows of these reads are still good."""
        known = self.reads
        return all(
            known is not None and known.peek(name, **reader_of(caller)) is rows for name, rows in reads
        )


def reader_of(caller: Caller) -> Any:
    """The arguments of a named read."""
    return {"profile_type": caller.named.type, "profile_id": caller.named.id, "user_id": caller.user_id}


class Question(NamedTuple):
    """What was asked of the upstream."""

    method: str
    target: str


#: Nothing has been asked yet.
NOT_YET: Final[Mapping[Question, Any]] = MappingProxyType({})


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
            # What is asked twice can be answered in two ways, and what is no GET may have changed something.
            self.unknown += 1
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
