"""Keeps the rules of this process as they are in the store.

It listens first and reads then; a notice only says that there is something to read, and it is read every second in
any case, also where notices do not pass. What cannot be read changes nothing: the last rules known stay.
"""

import asyncio
import contextlib
import logging
import socket
import time
import uuid
from typing import Any, Final

import asyncpg

from gateway.database.errors import AWAY
from gateway.rollout import store
from gateway.rollout.decision import Decider
from gateway.rollout.local_stop import LOOK_S, LocalStop
from gateway.rollout.rules import InvalidRules

_log: Final = logging.getLogger("gateway.rollout.watch")

_UNREADABLE: Final[tuple[type[Exception], ...]] = (*AWAY, InvalidRules)

POLL_S: Final = 1.0
ANSWER_S: Final = 3.0
#: How often a process says that it is there, and how long a start waits for the first rules.
SEEN_S: Final = 5.0
START_S: Final = 3.0


class Watcher:
    """``dsn`` is the store's. ``loaded`` is set once the rules have been read."""

    def __init__(self, dsn: str, decider: Decider, local: LocalStop | None = None) -> None:
        self._dsn = dsn
        self._local = local
        self._looking: asyncio.Task[None] | None = None
        self._decider = decider
        self._process = uuid.uuid4()
        self._task: asyncio.Task[None] | None = None
        self._heard = asyncio.Event()
        self._seen_at = 0.0
        self.loaded = asyncio.Event()

    async def start(self) -> None:
        """Begin, and wait for the first rules for a moment; without them the gateway is not ready."""
        if self._local is not None:
            self._decider.hold(self._local.look())
            self._looking = asyncio.create_task(self._look(self._local))
        self._task = asyncio.create_task(self._run())
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(START_S):
                await self.loaded.wait()

    async def close(self) -> None:
        """End the connection."""
        for task in (self._looking, self._task):
            if task is not None:
                task.cancel()
                with contextlib.suppress(asyncio.CancelledError):
                    await task
        if self._local is not None:
            self._local.end()

    async def _look(self, local: LocalStop) -> None:
        while True:
            self._decider.hold(local.look())
            await asyncio.sleep(LOOK_S)

    async def _run(self) -> None:
        while True:
            try:
                await self._follow()
            except _UNREADABLE as failure:
                _log.warning(
                    "the rollout's rules cannot be read, the last ones stay: %s", type(failure).__name__
                )
            await asyncio.sleep(POLL_S)

    async def _follow(self) -> None:
        async with asyncio.timeout(ANSWER_S):
            connection = await asyncpg.connect(
                self._dsn, server_settings={"application_name": "chat-gateway rollout"}
            )
        try:
            with contextlib.suppress(
                asyncpg.PostgresError, asyncpg.InterfaceError
            ):  # a pooler may carry none
                await connection.add_listener(store.CHANNEL, self._hear)
            while True:
                self._heard.clear()
                async with asyncio.timeout(ANSWER_S):
                    await self._refresh(connection)
                with contextlib.suppress(TimeoutError):
                    async with asyncio.timeout(POLL_S):
                        await self._heard.wait()
        except asyncio.CancelledError:
            await self._say_goodbye(connection)
            raise
        finally:
            connection.terminate()

    async def _say_goodbye(self, connection: store.Connection) -> None:
        """Nobody waits for this process any more; where it cannot be said, it is forgotten after a while."""
        with contextlib.suppress(*_UNREADABLE, asyncpg.InterfaceError):
            async with asyncio.timeout(POLL_S):
                await store.ended(connection, self._process)

    async def _refresh(self, connection: store.Connection) -> None:
        state = await store.read(connection)
        if state is None:
            if self.loaded.is_set():
                _log.warning("the rollout's store is empty, the last rules stay")
            return
        if state.rules != self._decider.rules:
            self._decider.replace(state.rules)
            self._seen_at = 0.0
        self.loaded.set()
        if time.monotonic() - self._seen_at > SEEN_S:
            await store.seen(connection, self._process, socket.gethostname(), state.rules.version)
            self._seen_at = time.monotonic()

    def _hear(self, *_: Any) -> None:
        self._heard.set()
