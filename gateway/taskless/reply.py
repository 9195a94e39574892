"""What a coroutine without a task may wait for.

A task and a future cost as much as all that the gateway does for a small request. A `Reply` is a future without a
loop: whoever sets it runs its one reader at once. Everything else that waits begins with
`contracts.model.task.enter_task`.
"""

import asyncio
from collections.abc import Callable, Generator
from typing import Any, Generic, TypeVar

T = TypeVar("T")


class Reply(Generic[T]):
    """A value that is set later, once, and awaited once. ``then`` is called at that moment."""

    __slots__ = ("_error", "_finished", "_value", "then")

    def __init__(self) -> None:
        self.then: Callable[[], None] | None = None
        self._finished = False
        self._error: BaseException | None = None
        self._value: Any = None

    def done(self) -> bool:
        """Whether it has been set."""
        return self._finished

    def set_result(self, value: T) -> None:
        """Set the value, and run who waits."""
        self._value = value
        self._finish()

    def set_exception(self, error: BaseException) -> None:
        """Set what is raised instead, and run who waits."""
        self._error = error
        self._finish()

    def _finish(self) -> None:
        self._finished = True
        if self.then is not None:
            self.then()

    def __await__(self) -> Generator["Reply[T]", None, T]:
        if not self._finished:
            yield self
        if self._error is not None:
            try:
                raise self._error
            finally:
                del self  # the error knows this frame, and would keep itself
        value: T = self._value
        return value


def reply_or_future(loop: asyncio.AbstractEventLoop) -> "Reply[Any] | asyncio.Future[Any]":
    """What the running coroutine can wait for: a `Reply` without a task, a future in one."""
    return Reply() if asyncio.current_task(loop) is None else loop.create_future()
