"""The counts of one operation's comparisons. What was chosen is compared or skipped for a reason: nothing vanishes."""

from dataclasses import dataclass, field
from typing import Any, Final, Literal, get_args

from gateway.comparison.differences import Difference

#: Why a chosen request was not compared. Two failures are no agreement, and two refusals no answer.
Skipped = Literal[
    "queue_full",
    "over_budget",
    "timeout",
    "too_large",
    "encoding",
    "not_json",
    "duplicate_keys",
    "both_refused",
    "both_failed",
    "only_old_failed",
    "only_new_failed",
    "interrupted",
]
REASONS: Final[tuple[Skipped, ...]] = get_args(Skipped)
#: Places for which an example is kept.
MOST_PLACES: Final = 50


@dataclass(slots=True)
class Place:
    """One place and kind of difference: how often, and one redacted example."""

    count: int = 0
    example: dict[str, Any] = field(default_factory=dict)


@dataclass(slots=True)
class Tally:
    """``compared`` = ``equal`` + ``noise`` + ``different``; ``chosen`` = ``compared`` + everything skipped."""

    equal: int = 0
    noise: int = 0
    different: int = 0
    overflow: bool = False
    #: Values that were laid side by side, and how many of them were excused as learned noise.
    values: int = 0
    masked: int = 0
    skipped: dict[Skipped, int] = field(default_factory=lambda: dict.fromkeys(REASONS, 0))
    places: dict[tuple[str, str], Place] = field(default_factory=dict)

    @property
    def compared(self) -> int:
        """Pairs of good responses that were laid side by side."""
        return self.equal + self.noise + self.different

    @property
    def chosen(self) -> int:
        """Requests that were chosen for a comparison."""
        return self.compared + sum(self.skipped.values())

    def skip(self, reason: Skipped) -> None:
        """A chosen request was not compared."""
        self.skipped[reason] += 1

    def add(self, found: list[tuple[Difference, dict[str, Any]]], *, excused: bool) -> None:
        """One compared pair: its differences that are no noise, with examples; ``excused`` if there was noise."""
        if not found:
            self.noise += excused
            self.equal += not excused
            return
        self.different += 1
        for one, example in found:
            key = (one.path, one.kind)
            if key not in self.places and len(self.places) >= MOST_PLACES:
                self.overflow = True
                continue
            place = self.places.setdefault(key, Place(example=example))
            place.count += 1
