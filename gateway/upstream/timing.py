"""How long the request at hand has waited for the upstream: the rest of its time is what we added."""

from contextvars import ContextVar
from typing import Final

_WAITED: Final[ContextVar[list[float] | None]] = ContextVar("waited", default=None)


def start_waiting() -> list[float]:
    """Begin a request: its list, to which every wait (in seconds) made on its behalf is added."""
    waits: list[float] = []
    _WAITED.set(waits)
    return waits


def add_wait(seconds: float) -> None:
    """Note one wait for the upstream, if a request is being counted."""
    waits = _WAITED.get()
    if waits is not None:
        waits.append(seconds)
