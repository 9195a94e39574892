"""The body of a request on its way to the upstream: at its speed, a few pieces at a time, and in time."""

import asyncio
from collections.abc import AsyncIterator
from typing import Final, NamedTuple

from aiohttp import web

from contracts.model.errors import (
    GatewayError,
    OutcomeNotInTime,
    OutcomeUnknown,
    UpstreamFailed,
    UpstreamTimedOut,
)
from gateway.http.body import iter_chunks

#: Methods that change nothing.
READING: Final = frozenset({"GET", "HEAD", "OPTIONS"})
#: Moments that are no further apart are the same to a time limit.
_SAME_S: Final = 0.02


class Bounds(NamedTuple):
    """Limits of a stream: bytes of an upload; seconds for the upstream, for an upload, for a slow reader."""

    body_bytes: int
    timeout_s: float
    body_s: float
    idle_s: float


class Upload:
    """One body, to be iterated once. ``limit`` is the upstream's clock: it starts anew with each piece.

    ``begun``: some of it may have reached the upstream.
    """

    def __init__(self, request: web.BaseRequest, bounds: Bounds, limit: asyncio.Timeout) -> None:
        self._request = request
        self._bounds = bounds
        self._limit: asyncio.Timeout | None = limit
        self._loop = asyncio.get_running_loop()
        self.begun = False
        self._error: GatewayError | None = None

    async def __aiter__(self) -> AsyncIterator[bytes]:
        """The pieces. Raises `GatewayError`, which aiohttp wraps: see `take_error`."""
        self.begun = True
        bounds = self._bounds
        patience = max(bounds.timeout_s, bounds.body_s)
        try:
            async for piece in iter_chunks(self._request, limit=bounds.body_bytes, body_s=bounds.body_s):
                self._wait(patience)
                yield piece
        except GatewayError as error:
            self._error = error
            raise
        self._wait(bounds.timeout_s)

    def take_error(self) -> GatewayError | None:
        """Why it ended early, when that is the client's doing; once, since the error knows us."""
        found, self._error = self._error, None
        return found

    def was_answered(self) -> None:
        """The answer has begun: the clock has stopped, and what is left of the body may follow all the same."""
        self._limit = None

    def _wait(self, seconds: float) -> None:
        """Start the clock anew, unless that was just done: a timer costs as much as a piece."""
        if self._limit is None:
            return
        before, until = self._limit.when(), self._loop.time() + seconds
        if before is None or abs(until - before) > _SAME_S:
            self._limit.reschedule(until)


def failed(method: str, *, sent: bool) -> GatewayError:
    """The error for a broken connection or answer; ``sent``: the upstream may have had the request."""
    return OutcomeUnknown() if sent and method not in READING else UpstreamFailed()


def timed_out(method: str, *, sent: bool) -> GatewayError:
    """The same for an upstream that has not answered in time."""
    return OutcomeNotInTime() if sent and method not in READING else UpstreamTimedOut()
