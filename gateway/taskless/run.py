"""Runs a coroutine step by step; a task takes over when it waits for anything but a `Reply`."""

import asyncio
import types
from collections.abc import Callable, Coroutine, Generator
from typing import Any

from contracts.model.task import TASK_NEEDED
from gateway.taskless.reply import Reply


class Run:
    """One coroutine on its way. ``done`` gets what it returns, ``failed`` what it raises; one of them is called once.

    `start` returns at its first wait. `cancel` ends it wherever it is: it is closed, or its task cancelled, and
    neither is called.
    """

    __slots__ = ("_coroutine", "_done", "_failed", "_task")

    def __init__(
        self,
        coroutine: Coroutine[Any, Any, Any],
        done: Callable[[Any], None],
        failed: Callable[[BaseException], None],
    ) -> None:
        self._coroutine = coroutine
        self._done = done
        self._failed = failed
        self._task: asyncio.Task[None] | None = None

    def start(self) -> None:
        """Run up to the first wait, and on from there whenever it ends."""
        try:
            awaited = self._coroutine.send(None)
        except StopIteration as end:
            self._done(end.value)
        except BaseException as error:
            self._failed(error)
        else:
            if type(awaited) is Reply:
                awaited.then = self.start
            else:
                self._task = asyncio.get_running_loop().create_task(self._in_task(awaited))

    def cancel(self) -> None:
        """End it; what it holds is let go of by its own ``finally``."""
        if self._task is not None:
            self._task.cancel()
            # A task that had not begun never reached the coroutine; one that has ended closes nothing.
            self._task.add_done_callback(lambda _: self._coroutine.close())
        else:
            self._coroutine.close()

    async def _in_task(self, awaited: object) -> None:
        try:
            value = await _rest(self._coroutine, awaited)
        except asyncio.CancelledError:
            raise
        except BaseException as error:
            self._failed(error)
        else:
            self._done(value)


@types.coroutine
def _rest(coroutine: Coroutine[Any, Any, Any], awaited: Any) -> Generator[Any, Any, Any]:
    """The rest of a coroutine that waits for ``awaited``, for a task to await."""
    resume: Callable[[Any], Any] = coroutine.send
    given: Any = None
    while True:
        if awaited is not TASK_NEEDED:
            try:
                given, resume = (yield awaited), coroutine.send
            except BaseException as error:
                given, resume = error, coroutine.throw
        try:
            awaited = resume(given)
        except StopIteration as end:
            return end.value
        given, resume = None, coroutine.send
