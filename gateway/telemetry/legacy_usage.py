"""Who still uses the old shape, with which client, and when last: a bounded list for the dashboard.

Noted on the way of every legacy request that names its caller, so it does little there: the client's short name is
made when somebody looks.
"""

import time
from collections import OrderedDict
from collections.abc import Callable
from typing import Final

import msgspec

from contracts.model.http import Request
from contracts.model.roster import Caller
from gateway.exchange.choice import FAMILIES

MOST: Final = 1000
LONGEST_NAME: Final = 60


class Row(msgspec.Struct):
    """One person in one role with one client. ``last`` is unix time."""

    user_id: int
    role: str
    client: str
    requests: int
    last: float


class Callers:
    """The latest ``most`` of them."""

    def __init__(self, most: int = MOST, clock: Callable[[], float] = time.time) -> None:
        self._most = most
        self._clock = clock
        self._rows: OrderedDict[tuple[Caller, str], tuple[int, float]] = OrderedDict()

    def note(self, request: Request, caller: Caller) -> None:
        """One request in the old shape."""
        key = (caller, request.headers.get("User-Agent") or "")
        count, _ = self._rows.get(key, (0, 0.0))
        self._rows[key] = (count + 1, self._clock())
        self._rows.move_to_end(key)
        if len(self._rows) > self._most:
            self._rows.popitem(last=False)

    def rows(self) -> list[Row]:
        """Latest first."""
        return [
            Row(caller.user_id, f"{caller.named.type} {caller.named.id}", client_of(agent), count, last)
            for (caller, agent), (count, last) in reversed(self._rows.items())
        ]


def client_of(agent: str) -> str:
    """A client in a few words: the product of its User-Agent that people know, else its first word."""
    for product, family in FAMILIES.items():
        if product in agent:
            major = agent.split(product)[1].split(".")[0].split(" ")[0]
            return f"{family} {major}"[:LONGEST_NAME]
    return (agent.split() or ["unknown"])[0][:LONGEST_NAME]
