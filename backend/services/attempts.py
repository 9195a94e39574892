"""Counts wrong passwords and codes, so that nobody tries them all. Kept in this process."""

from collections.abc import Callable
from typing import Final

from contracts.model.errors import RateLimited

MOST: Final = 5
WITHIN_S: Final = 300.0


class Attempts:
    """Wrong attempts by person. ``clock`` gives seconds."""

    def __init__(self, clock: Callable[[], float]) -> None:
        self._clock = clock
        self._failed: dict[int, list[float]] = {}

    def check(self, user_id: int) -> None:
        """Raises `RateLimited` after too many wrong attempts; says how many seconds to wait."""
        recent = self._recent(user_id)
        if len(recent) >= MOST:
            wait = int(recent[0] + WITHIN_S - self._clock()) + 1
            raise RateLimited("Too many attempts, please wait", headers={"Retry-After": str(wait)})

    def failed(self, user_id: int) -> None:
        """One more wrong attempt."""
        self._failed[user_id] = [*self._recent(user_id), self._clock()]

    def succeeded(self, user_id: int) -> None:
        """A right one forgives the wrong ones."""
        self._failed.pop(user_id, None)

    def _recent(self, user_id: int) -> list[float]:
        since = self._clock() - WITHIN_S
        recent = [at for at in self._failed.get(user_id, []) if at > since]
        if not recent:
            self._failed.pop(user_id, None)
        return recent
