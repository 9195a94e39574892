"""What an observer sees of an exchange (the demo's view of the wire)."""

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
    """One exchange, for the demo's view of the wire: what was asked, what was passed on, what was told."""

    user_id: int
    shape: str
    operation: str
    request: Request
    passed: tuple[Passed, ...]
    status: int
    told: bytes
    seconds: float
