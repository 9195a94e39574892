"""An answer of the upstream that is not of its shape: the upstream's fault, a 502, and worth a look."""

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

from contracts.model.errors import GatewayError, UpstreamFailed

_log: Final = logging.getLogger("gateway.exchange.malformed_response")
#: What reading such an answer raises.
MALFORMED: Final[tuple[type[Exception], ...]] = (KeyError, TypeError, ValueError, AttributeError)


def malformed_response(name: str, error: Exception) -> UpstreamFailed:
    """What to raise instead of ``error``, which the answer to the operation ``name`` has caused; it is logged."""
    _log.error("unexpected answer of the upstream to %s", name, exc_info=error)
    return UpstreamFailed()


@contextmanager
def guard_response(name: str, *also: type[GatewayError]) -> Iterator[None]:
    """Raise `UpstreamFailed` for any of `MALFORMED` in here, and for ``also`` where nothing of the client's is read."""
    try:
        yield
    except (*MALFORMED, *also) as error:
        raise malformed_response(name, error) from error
