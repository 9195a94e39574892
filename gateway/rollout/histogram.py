"""Times in buckets that grow by a tenth each: a quantile is right to a tenth, and counts of processes add up."""

import math
from collections.abc import Mapping
from typing import Final

#: The first bucket ends here; all times in milliseconds.
FIRST_MS: Final = 0.5
GROWTH: Final = 1.1
BUCKETS: Final = 128
_LOG: Final = math.log(GROWTH)


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
