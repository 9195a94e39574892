"""One after the other: for what the upstream should do once and cannot be asked to do once.

In this process only: of several gateways, or several workers of one, each has turns of its own.
"""

import asyncio
from collections.abc import AsyncIterator, Hashable
from contextlib import asynccontextmanager
from typing import Final
from weakref import WeakValueDictionary

from contracts.model.errors import Unavailable
from contracts.model.task import enter_task

#: Nobody waits longer for the turn of others; nothing has been done by then.
WAIT_S: Final = 10.0


class Turns:
    """By key; what nobody waits for is forgotten."""

    def __init__(self) -> None:
        self._locks: WeakValueDictionary[Hashable, asyncio.Lock] = WeakValueDictionary()

    @asynccontextmanager
    async def of(self, key: Hashable) -> AsyncIterator[None]:
        """Wait until it is our turn. Raises `Unavailable` after `WAIT_S` seconds."""
        lock = self._locks.get(key)
        if lock is None:
            lock = self._locks[key] = asyncio.Lock()
        await enter_task()
        try:
            async with asyncio.timeout(WAIT_S):
                await lock.acquire()
        except TimeoutError:
            raise Unavailable from None
        try:
            yield
        finally:
            lock.release()
