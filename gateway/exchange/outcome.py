"""What a failure means for whoever asked for a change: whether it has been made all the same."""

from collections.abc import Iterable

from contracts.model.errors import GatewayError
from gateway.exchange.observation import Passed

_READING = frozenset(("GET", "HEAD", "OPTIONS"))


def is_written(error: GatewayError, method: str, passed: Iterable[Passed]) -> bool:
    """Whether a client that asked with ``method`` has to hear `Written`: the upstream has already changed something.

    A client that reads "temporarily unavailable" would send its message a second time.
    """
    if error.status < 500 or method in _READING:
        return False
    return any(one.method not in _READING and one.status < 400 for one in passed)
