"""An answer of the upstream that is not of its shape: the upstream's fault, a 502, and worth a look."""

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

from contracts.errors import GatewayError, UpstreamFailed

_log: Final = logging.getLogger("gateway.mistrust")
#: What reading such an answer raises.
WRONG: Final[tuple[type[Exception], ...]] = (KeyError, TypeError, ValueError, AttributeError)


def mistrust(name: str, error: Exception) -> UpstreamFailed:
    """What to raise instead of ``error``, which the answer to the operation ``name`` has caused; it is logged."""
    _log.error("unexpected answer of the upstream to %s", name, exc_info=error)
    return UpstreamFailed()


@contextmanager
def understood(name: str, *also: type[GatewayError]) -> Iterator[None]:
    """Mistrust whatever raises `WRONG` in here; ``also`` what else does, where nothing of the client's is read."""
    try:
        yield
    except (*WRONG, *also) as error:
        raise mistrust(name, error) from error
