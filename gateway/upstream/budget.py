"""Memory for answers that must be held whole: one budget for all of them, in a process.

What is translated cannot stream. A few clients that do not read would fill the memory with answers that wait for them,
so what is held above `FREE` bytes is taken from the budget: an answer of the upstream while it comes in, and ours until
the client has it. Who finds too little left is asked to come again.
"""

from typing import Final

BUDGET_BYTES: Final = 64 * 1024 * 1024
#: What one answer may hold without asking, as any stream may.
FREE: Final = 256 * 1024


class NoRoom(Exception):
    """Too little is left."""


class Budget:
    """``left`` is in bytes."""

    __slots__ = ("left",)

    def __init__(self, size: int = BUDGET_BYTES) -> None:
        self.left = size


class Hold:
    """What is held for one answer. Whatever is left of it when it is forgotten goes back."""

    __slots__ = ("_budget", "held", "taken")

    def __init__(self, budget: Budget) -> None:
        self._budget = budget
        self.held = 0
        self.taken = 0

    def add(self, size: int) -> None:
        """Hold so many bytes more. Raises `NoRoom`, and holds nothing more then."""
        more = max(0, self.held + size - FREE) - self.taken
        if more > self._budget.left:
            raise NoRoom
        self.held += size
        self._take(more)

    def settle(self, size: int) -> None:
        """From now on only this is held: the answer in its last form."""
        self.held = size
        self._take(max(0, size - FREE) - self.taken)

    def _take(self, more: int) -> None:
        self._budget.left -= more
        self.taken += more

    def __del__(self) -> None:
        self._budget.left += self.taken
