"""What was worked out before, by the bytes from which it was: bounded, the oldest forgotten first."""

from typing import Generic, TypeVar

K = TypeVar("K")
V = TypeVar("V")


class Memo(Generic[K, V]):
    """At most ``most`` entries."""

    __slots__ = ("_known", "_most", "get")

    def __init__(self, most: int) -> None:
        self._known: dict[K, V] = {}
        self._most = most
        #: The entry of a key, or None.
        self.get = self._known.get

    def __len__(self) -> int:
        return len(self._known)

    def put(self, key: K, value: V) -> None:
        """Remember; of what is remembered the oldest makes room."""
        known = self._known
        if key not in known and len(known) >= self._most:
            del known[next(iter(known))]
        known[key] = value
