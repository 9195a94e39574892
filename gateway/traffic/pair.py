"""Two answers laid side by side, in the client's shape."""

from collections.abc import Awaitable, Callable, Collection, Iterable
from typing import Any, NamedTuple

from contracts.model.profile import Profile
from contracts.model.roster import Found as People
from contracts.model.roster import Person
from gateway.comparison.declared import Declared, Place
from gateway.comparison.differences import Difference, differences
from gateway.comparison.document import NotComparable, read
from gateway.comparison.identities import identified, mentioned
from gateway.comparison.noise import Noise
from gateway.comparison.tally import REASONS, Skipped
from gateway.exchange.routes import Match
from gateway.traffic.answers import Given

#: Who is behind these profiles.
Find = Callable[[Collection[Profile]], Awaitable[People]]


class Found(NamedTuple):
    """``left`` are the differences that nothing excuses; ``masked`` of ``values`` values were excused as noise."""

    left: list[Difference]
    masked: int
    values: int
    excused: bool


class NotCompared(Exception):
    """The pair says nothing; ``reason`` is why."""

    def __init__(self, reason: Skipped) -> None:
        super().__init__(reason)
        self.reason = reason


class Pairs:
    """Compares pairs of answers. ``noise`` is what was learned, ``declared`` what is meant, ``find`` the directory."""

    def __init__(self, noise: Noise, declared: Declared, find: Find) -> None:
        self._noise = noise
        self._declared = declared
        self._find = find

    async def compare(self, place: Place, old: Given, new: Given) -> Found:
        """What differs. Raises `NotCompared`: two failures, or what cannot be read, are no agreement."""
        _check_both(old, new)
        if old.status != new.status:
            return self._statuses(place, old, new)
        before, after = await documents(self._find, place, old, new)
        found = [one for one in differences(before, after) if not self._declared.excuses(place, one)]
        left = [one for one in found if not self._noise.excuses(place.operation, one)]
        masked = len(found) - len(left)
        return Found(left, masked, values(before), excused=masked > 0)

    def _statuses(self, place: Place, old: Given, new: Given) -> Found:
        """One refuses what the other answers; to a role of several the old one may refuse what the person may have."""
        if place.legacy and not place.one_role and old.status == 403:
            raise NotCompared("both_refused")
        one = Difference("$.status", "value", old.status, new.status)
        meant = self._declared.excuses(place, one)
        return Found([] if meant else [one], 0, 1, excused=meant)

    def learn(self, operation: str, first: Given, second: Given) -> None:
        """The old backend, asked twice: what differs changes by itself."""
        if first.good and second.good and first.status == second.status:
            try:
                self._noise.learn(operation, differences(_read(first.body), _read(second.body)))
            except NotCompared:
                return


async def documents(find: Find, place: Place, old: Given, new: Given) -> tuple[Any, Any]:
    """Two good answers as documents that name persons. Raises `NotCompared` for what cannot be read."""
    before, after = _read(old.body), _read(new.body)
    if not place.legacy:
        return before, after
    found = await find(mentioned(before) | mentioned(after))
    return identified(before, found), identified(after, found)


def place_of(match: Match, person: Person) -> Place:
    """Where a difference would be."""
    return Place(match.operation.name, match.shape == "legacy", len(person.roles) < 2)


def persisting(first: Iterable[Difference], second: Iterable[Difference]) -> list[Difference]:
    """Of the differences of one pair those that the next pair shows, too: the others were a change meanwhile."""
    places = {(one.path, one.kind) for one in second}
    return [one for one in first if (one.path, one.kind) in places]


def _check_both(old: Given, new: Given) -> None:
    checks: list[tuple[Callable[[], bool], Skipped]] = [
        (lambda: old.failed and new.failed, "both_failed"),
        (lambda: old.failed, "only_old_failed"),
        (lambda: new.failed, "only_new_failed"),
        (lambda: not old.good and old.status == new.status, "both_refused"),
    ]
    for fails, reason in checks:
        if fails():
            raise NotCompared(reason)


def _read(body: bytes) -> Any:
    if not body:
        return None
    try:
        return read(body)
    except NotComparable as error:
        reason = str(error)
        raise NotCompared(next(one for one in REASONS if one == reason)) from None


def values(document: Any) -> int:
    """The scalars of a document."""
    if isinstance(document, dict):
        return sum(values(item) for item in document.values())
    if isinstance(document, list):
        return sum(values(item) for item in document)
    return 1
