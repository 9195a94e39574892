"""What an observer sees of an exchange (the demo's view of the wire), and what is counted."""

from typing import NamedTuple

from contracts.model.http import Request


class Passed(NamedTuple):
    """One request to the upstream and its answer, as bytes left and came."""

    method: str
    target: str
    body: bytes
    status: int
    answer: bytes


class Observation(NamedTuple):
    """One exchange, for the demo's view of the wire: the request, what was passed on, the response."""

    user_id: int
    shape: str
    operation: str
    request: Request
    passed: tuple[Passed, ...]
    status: int
    response: bytes
    seconds: float


class Counters:
    """What the exchanges of a process count, as plain numbers; the metrics read them."""

    def __init__(self) -> None:
        self.fallbacks = 0
        self.by_hand = 0
        self.v2_2_by_hand = 0
