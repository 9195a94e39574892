"""How each backend answers each operation: how many, how many failed, and how long it took.

Times are counted in buckets that grow by a tenth each, so a quantile is right to a tenth, and counts of several
processes can be added.
"""

import math
from collections.abc import Mapping
from typing import Final, NamedTuple

#: The first bucket ends here; all times in milliseconds.
FIRST_MS: Final = 0.5
GROWTH: Final = 1.1
BUCKETS: Final = 128
_LOG: Final = math.log(GROWTH)


class Key(NamedTuple):
    """One counter."""

    operation: str
    upstream: str
    bucket: int


class Count(NamedTuple):
    """Requests in a bucket, and how many of them failed."""

    requests: int
    errors: int


class Health:
    """Collects until it is taken."""

    def __init__(self) -> None:
        self._counts: dict[Key, Count] = {}

    def count(self, operation: str, upstream: str, seconds: float, *, failed: bool) -> None:
        """One answer."""
        key = Key(operation, upstream, bucket(seconds * 1000))
        requests, errors = self._counts.get(key, (0, 0))
        self._counts[key] = Count(requests + 1, errors + failed)

    def take(self) -> dict[Key, Count]:
        """What was counted since the last time."""
        taken, self._counts = self._counts, {}
        return taken


def bucket(milliseconds: float) -> int:
    """The bucket of a time."""
    if milliseconds <= FIRST_MS:
        return 0
    return min(BUCKETS - 1, math.ceil(math.log(milliseconds / FIRST_MS) / _LOG))


def upper_ms(number: int) -> float:
    """Where a bucket ends."""
    return float(FIRST_MS * GROWTH**number)


def quantile_ms(counts: Mapping[int, int], share: float) -> float | None:
    """The time within which a share of the requests were answered; None without any."""
    total = sum(counts.values())
    wanted, reached = math.ceil(total * share), 0
    for number in sorted(counts):
        reached += counts[number]
        if reached >= wanted > 0:
            return round(upper_ms(number), 3)
    return None
