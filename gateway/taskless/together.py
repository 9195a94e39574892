"""Several coroutines at once, without a task as long as all that they wait for is an answer of the upstream."""

import asyncio
from collections.abc import Coroutine, Iterable
from typing import Any, Final, Generic, TypeVar

from gateway.taskless.reply import Reply, reply_or_future
from gateway.taskless.run import Run

T = TypeVar("T")
_PENDING: Final[Any] = object()


class Started(Generic[T]):
    """A coroutine on its way. ``value`` is what it has returned, if it has."""

    __slots__ = ("_error", "_run", "_value", "_waiter", "_watcher")

    def __init__(self, coroutine: Coroutine[Any, Any, T], watcher: "Together[T]") -> None:
        self._value: Any = _PENDING
        self._error: BaseException | None = None
        self._waiter: Reply[None] | asyncio.Future[None] | None = None
        self._watcher = watcher
        self._run = Run(coroutine, self._done, self._failed)

    def start(self) -> None:
        """Run up to its first wait."""
        self._run.start()

    @property
    def value(self) -> T | None:
        """What it has returned; None while it is on its way, and when it has failed."""
        return None if self._value is _PENDING else self._value

    @property
    def ended(self) -> bool:
        """Whether it has returned or failed."""
        return self._value is not _PENDING or self._error is not None

    async def result(self) -> T:
        """Wait for it: what it returns or raises. Whoever gives up waiting ends it; there may be one only."""
        if not self.ended:
            self._waiter = reply_or_future(asyncio.get_running_loop())
            try:
                await self._waiter
            except BaseException:
                self.cancel()
                raise
        if self._error is not None:
            raise self._error
        value: T = self._value
        return value

    def cancel(self) -> None:
        """End it, wherever it is."""
        if not self.ended:
            self._run.cancel()

    def _done(self, value: T) -> None:
        self._value = value
        self._end()

    def _failed(self, error: BaseException) -> None:
        self._error = error
        self._end()

    def _end(self) -> None:
        if self._waiter is not None and not self._waiter.done():
            self._waiter.set_result(None)
        self._watcher.one_ended()


class Together(Generic[T]):
    """``started`` are the coroutines in their order. None of them runs in the task of whoever waits."""

    __slots__ = ("_left", "_waiter", "started")

    def __init__(self, coroutines: Iterable[Coroutine[Any, Any, T]]) -> None:
        self.started = [Started(coroutine, self) for coroutine in coroutines]
        self._left = len(self.started)
        self._waiter: Reply[None] | asyncio.Future[None] | None = None

    async def wait(self, seconds: float) -> None:
        """Start all; wait until all have ended, but not longer than this."""
        loop = asyncio.get_running_loop()
        in_task = asyncio.current_task(loop) is not None
        for one in self.started:
            loop.call_soon(one.start) if in_task else one.start()
        if not self._left:
            return
        self._waiter = reply_or_future(loop)
        timer = loop.call_later(seconds, self._wake)
        try:
            await self._waiter
        finally:
            timer.cancel()

    def cancel(self) -> None:
        """End those that have not ended."""
        for one in self.started:
            one.cancel()

    def one_ended(self) -> None:
        """One of them has ended."""
        self._left -= 1
        if not self._left:
            self._wake()

    def _wake(self) -> None:
        if self._waiter is not None and not self._waiter.done():
            self._waiter.set_result(None)
