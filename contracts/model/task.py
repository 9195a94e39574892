"""A coroutine that runs without a task asks for one where it needs it.

A task costs as much as all that the gateway does for a small request, so `gateway.taskless` gives one to those only
that wait for more than an upstream's answer. asyncio's timeouts are among what needs a task.
"""

import asyncio
import types
from collections.abc import Generator
from typing import Final

#: What `enter_task` gives to whoever runs the coroutine.
TASK_NEEDED: Final = object()


@types.coroutine
def enter_task() -> Generator[object, None, None]:
    """From here on the running coroutine has a task; does nothing where it has one."""
    if asyncio.current_task() is None:
        yield TASK_NEEDED
