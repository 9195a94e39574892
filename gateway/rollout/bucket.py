"""A stable place between 0 and 9,999 for each user, by a named hash.

The same user has the same bucket in every process, on every machine and in every version: the algorithm has a name
that stands in the stored rules, and a golden file holds it. A share of 10 % lies inside a share of 25 %, because the
comparison is strict: ``bucket < percent * 100``.
"""

import hashlib
from typing import Final

#: The algorithm of this file. A change of it is a new name: `gateway.rollout.rules` refuses what it does not know.
ALGORITHM: Final = "sha256-10000-v1"
BUCKETS: Final = 10_000


def bucket(user_id: int, salt: str) -> int:
    """The bucket of a user under a salt: a stored id of an operation or of a group of operations, never a name."""
    digest = hashlib.sha256(f"{salt}:{user_id}".encode()).digest()
    return int.from_bytes(digest[:8], "big") % BUCKETS


def is_within(number: int, percent: float) -> bool:
    """Whether a bucket lies in a share. 0 holds nobody, 100 everybody."""
    return number < round(percent * BUCKETS / 100)
