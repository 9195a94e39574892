"""Who still uses the old shape, and when last: a bounded list, fed by the gateway's observer."""

import time
from collections import OrderedDict
from collections.abc import Callable, Mapping
from typing import Any, Final, Protocol

import msgspec

MOST: Final = 1000
LONGEST_NAME: Final = 60


class Asked(Protocol):
    """The client's request."""

    @property
    def headers(self) -> Mapping[str, str]:
        """Case-insensitive."""


class Seen(Protocol):
    """What the gateway's observer gets; see `gateway.observation`."""

    @property
    def user_id(self) -> int:
        """The token's user."""

    @property
    def shape(self) -> str:
        """The client's shape."""

    @property
    def request(self) -> Any:
        """An `Asked`."""


class Row(msgspec.Struct):
    """One person with one client."""

    user_id: int
    client: str
    requests: int
    last: float
    """Unix time."""


class Callers:
    """The latest `most` pairs of person and client that spoke the old shape."""

    def __init__(self, most: int = MOST, clock: Callable[[], float] = time.time) -> None:
        self._most = most
        self._clock = clock
        self._rows: OrderedDict[tuple[int, str], Row] = OrderedDict()

    def observe(self, seen: Seen) -> None:
        """Note one exchange."""
        if seen.shape != "legacy":
            return
        key = (seen.user_id, client_of(seen.request.headers.get("User-Agent")))
        row = self._rows.get(key)
        if row is None:
            row = self._rows[key] = Row(*key, 0, 0.0)
            if len(self._rows) > self._most:
                self._rows.popitem(last=False)
        row.requests += 1
        row.last = self._clock()
        self._rows.move_to_end(key)

    def rows(self) -> list[Row]:
        """Latest first."""
        return list(reversed(self._rows.values()))


def client_of(agent: str | None) -> str:
    """A client in a few words: the last product of its User-Agent that people know, or its first word."""
    text = agent or "unknown"
    for name in ("Edg", "Firefox", "Chrome", "Safari"):
        if f"{name}/" in text:
            major = text.split(f"{name}/")[1].split(".")[0].split(" ")[0]
            return f"{'Edge' if name == 'Edg' else name} {major}"[:LONGEST_NAME]
    return text.split(" ")[0][:LONGEST_NAME]
