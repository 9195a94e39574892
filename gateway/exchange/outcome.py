"""What a failure means for whoever asked for a change: whether it has been made all the same."""

from collections.abc import Iterable

from contracts.model.errors import GatewayError, Written
from gateway.exchange.observation import Passed

_READING = frozenset(("GET", "HEAD", "OPTIONS"))


def after_writes(error: GatewayError, method: str, passed: Iterable[Passed]) -> GatewayError:
    """The error for a client that asked with ``method``: `Written` when the upstream has already changed something.

    A client that reads "temporarily unavailable" would send its message a second time.
    """
    if error.status < 500 or method in _READING:
        return error
    if any(one.method not in _READING and one.status < 400 for one in passed):
        return Written()
    return error
