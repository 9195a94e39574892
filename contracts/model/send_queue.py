"""What waits to be written to one socket: bounded in frames and in bytes, and no longer than its client takes it."""

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable
from typing import Final, Protocol

from contracts.model.socket_limits import Limits

#: A client that takes nothing for so many seconds, while something waits for it, is gone.
STALLED_S: Final = 30.0
#: How often that is looked at.
_PARTS: Final = 6


class Transport(Protocol):
    """What this module wants of an `asyncio.Transport`."""

    def get_write_buffer_size(self) -> int:
        """Bytes that the kernel has not taken yet."""

    def is_closing(self) -> bool:
        """Whether it is over."""

    def abort(self) -> None:
        """End the connection at once."""


class SendQueue:
    """Frames in their order, and a watch over who takes them. One coroutine writes them (`run`)."""

    def __init__(self, limits: Limits, stalled_s: float | None = None) -> None:
        self._limits = limits
        self._stalled_s = STALLED_S if stalled_s is None else stalled_s
        self._waiting: deque[bytes] = deque()
        self._bytes = 0
        self._written = 0
        self._filled = asyncio.Event()
        self._finished = False

    def put(self, data: bytes) -> bool:
        """Queue a frame. False, and all of them dropped, when there are more than the limits allow."""
        self._waiting.append(data)
        self._bytes += len(data)
        self._filled.set()
        if len(self._waiting) <= self._limits.queue_frames and self._bytes <= self._limits.queue_bytes:
            return True
        self.clear()
        return False

    def clear(self) -> None:
        """Drop what waits."""
        self._waiting.clear()
        self._bytes = 0

    def finish(self) -> None:
        """Nothing more is queued: `run` returns when everything is written."""
        self._finished = True
        self._filled.set()

    async def run(self, write: Callable[[bytes], Awaitable[None]]) -> None:
        """Write until `finish`. Raises what ``write`` raises when the connection is over."""
        while self._waiting or not self._finished:
            await self._filled.wait()
            self._filled.clear()
            while self._waiting:
                data = self._waiting.popleft()
                self._bytes -= len(data)
                self._written += len(data)
                await write(data)

    def watch(self, transport: Transport) -> None:
        """From now on, and as long as the connection lives, end it when its client takes nothing."""
        self._look(transport, 0, asyncio.get_running_loop().time())

    def _look(self, transport: Transport, before: int, since: float) -> None:
        if transport.is_closing() and not transport.get_write_buffer_size():
            return
        loop = asyncio.get_running_loop()
        waiting, now = transport.get_write_buffer_size(), loop.time()
        taken = self._written - waiting
        if not waiting or taken > before:
            since = now
        elif now - since >= self._stalled_s:
            transport.abort()
            return
        loop.call_later(self._stalled_s / _PARTS, self._look, transport, taken, since)
