"""Noise: values that change from one request to the next at the same backend, learned by asking it twice.

It is learned from the old backend against itself only. It excuses a changed value of the same type at its place;
never a missing key, another type, an order or a length. What was learned from fewer than `LEAST` pairs, or longer
ago than `KEPT_S`, excuses nothing.
"""

from collections import deque
from collections.abc import Callable, Iterable, Mapping
from typing import Final

from gateway.comparison.differences import Difference

LEAST: Final = 20
KEPT_S: Final = 7 * 24 * 3600.0
#: Places remembered for each operation; beyond it nothing more is learned, so it is reported instead of excused.
MOST_PLACES: Final = 200


class Noise:
    """What was learned of each operation. ``clock`` gives seconds that never go back."""

    def __init__(self, clock: Callable[[], float]) -> None:
        self._clock = clock
        self._pairs: dict[str, deque[float]] = {}
        self._places: dict[str, dict[str, float]] = {}

    def learn(self, operation: str, found: Iterable[Difference]) -> None:
        """Two responses of the old backend to the same request, and what differed between them."""
        now = self._clock()
        self._pairs.setdefault(operation, deque(maxlen=LEAST)).append(now)
        places = self._places.setdefault(operation, {})
        for one in found:
            if one.kind == "value" and (one.path in places or len(places) < MOST_PLACES):
                places[one.path] = now

    def excuses(self, operation: str, one: Difference) -> bool:
        """Whether a difference between the backends is noise."""
        if one.kind != "value" or not self._is_learned(operation):
            return False
        learned = self._places.get(operation, {}).get(one.path)
        return learned is not None and self._clock() - learned < KEPT_S

    def places(self, operation: str) -> Mapping[str, float]:
        """The places that are excused, with the time when each was last seen to change."""
        return dict(self._places.get(operation, {})) if self._is_learned(operation) else {}

    def _is_learned(self, operation: str) -> bool:
        pairs = self._pairs.get(operation)
        return pairs is not None and len(pairs) == LEAST and self._clock() - pairs[0] < KEPT_S
