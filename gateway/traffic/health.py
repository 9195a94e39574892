"""How each backend answers each operation: how many, how many failed, and how long it took."""

from typing import NamedTuple

from gateway.rollout.histogram import bucket


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
