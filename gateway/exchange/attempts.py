"""Counts wrong passwords and codes in front of a backend that does not, so that nobody tries them all.

Kept in this process: of several gateways each counts what it sees.
"""

import time
from collections.abc import Callable
from typing import Final

from cachetools import TTLCache

from contracts.model.errors import RateLimited

MOST: Final = 5
WITHIN_S: Final = 300.0
#: People remembered at most; the oldest are forgotten first.
KEPT: Final = 100_000


class Attempts:
    """Wrong attempts by user id. ``clock`` gives seconds that never go back."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._failed: TTLCache[int, int] = TTLCache(KEPT, WITHIN_S, clock)

    def check(self, user_id: int) -> None:
        """Raises `RateLimited` after too many wrong attempts; each wrong one begins the time anew."""
        if self._failed.get(user_id, 0) >= MOST:
            raise RateLimited("Too many attempts, please wait", headers={"Retry-After": str(int(WITHIN_S))})

    def failed(self, user_id: int) -> None:
        """One more wrong attempt."""
        self._failed[user_id] = self._failed.get(user_id, 0) + 1

    def succeeded(self, user_id: int) -> None:
        """A right one forgives the wrong ones."""
        self._failed.pop(user_id, None)
