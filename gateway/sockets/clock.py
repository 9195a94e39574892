"""Time as the sockets see it, so that a test can turn the hands."""

import asyncio
import time
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any, Protocol


class Timer(Protocol):
    """Something that will happen, unless it is cancelled."""

    def cancel(self) -> None:
        """Not any more."""


class Clock(Protocol):
    """The present in unix seconds, and a call in some seconds."""

    def time(self) -> float:
        """Unix seconds."""

    def call_later(self, delay_s: float, callback: Callable[..., None], *args: Any) -> Timer:
        """Call back in so many seconds."""


class LoopClock:
    """The real one."""

    def time(self) -> float:
        """Unix seconds."""
        return time.time()

    def call_later(self, delay_s: float, callback: Callable[..., None], *args: Any) -> Timer:
        """Call back from the running event loop."""
        return asyncio.get_running_loop().call_later(delay_s, callback, *args)


def iso(unix_s: float) -> str:
    """``2026-11-22T22:42:45.135759Z``."""
    return datetime.fromtimestamp(unix_s, UTC).isoformat(timespec="microseconds").replace("+00:00", "Z")
