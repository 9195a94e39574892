"""Takes what this process has counted to the store: at once for a first sighting, else every two seconds.

What cannot be written stays and is sent again under the same id; a process that is killed loses two seconds of counts
at most.
"""

import asyncio
import contextlib
import logging
import time
import uuid
from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Final, TypeAlias

import asyncpg

from gateway.comparison.tally import Tally
from gateway.database.errors import AWAY
from gateway.rollout import ledger as ledgers
from gateway.rollout.ledger import FLUSH_S, Ledger
from gateway.traffic.findings import Findings, write_findings
from gateway.traffic.health import Health

_log: Final = logging.getLogger("gateway.traffic.flush")
Connection: TypeAlias = "asyncpg.Connection[asyncpg.Record]"
ANSWER_S: Final = 5.0
FORGET_S: Final = 3600.0
#: How long figures of the backends are kept.
HEALTH_DAYS: Final = 30
_WATCHED: Final = "INSERT INTO chat_rollout.marks (kind, day) VALUES ('watched', $1) ON CONFLICT DO NOTHING"
_FORGET_HEALTH: Final = "DELETE FROM chat_rollout.health WHERE hour < $1"


class Flusher:
    """``dsn`` is the store's; ``compared`` takes what the comparison has counted."""

    def __init__(
        self,
        dsn: str,
        ledger: Ledger,
        health: Health,
        compared: Callable[[], Mapping[str, Tally]],
        *,
        keep_days: int = 400,
        wake: asyncio.Event | None = None,
    ) -> None:
        self._dsn = dsn
        self._ledger = ledger
        self._health = health
        self._compared = compared
        self._keep_days = keep_days
        self._wake = wake or asyncio.Event()
        self._process = uuid.uuid4()
        self._findings: Findings | None = None
        self._connection: Connection | None = None
        self._task: asyncio.Task[None] | None = None
        self._forgot_at = 0.0

    def start(self) -> None:
        """Begin."""
        self._task = asyncio.create_task(self._run())

    async def close(self) -> None:
        """Write what is left, and end."""
        if self._task is not None:
            self._task.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._task
        await self._try_flush()
        self._drop()

    async def _run(self) -> None:
        while True:
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(FLUSH_S):
                    await self._wake.wait()
            self._wake.clear()
            await self._try_flush()

    async def _try_flush(self) -> None:
        try:
            async with asyncio.timeout(ANSWER_S):
                await self.flush()
        except AWAY as failure:
            _log.warning("the ledger cannot be written, it waits: %s", type(failure).__name__)
            self._drop()

    async def flush(self) -> None:
        """Write everything now. Raises what the store raises; then everything stays for the next time."""
        connection = await self._connected()
        await connection.execute(_WATCHED, datetime.now(UTC).date())
        write = partial(ledgers.write_batch, connection, self._process)
        if not await self._ledger.flush(write):  # that was an older batch, sent again
            await self._ledger.flush(write)
        if self._findings is None:
            self._findings = Findings(uuid.uuid4(), self._compared(), self._health.take())
        if not self._findings.empty:
            await write_findings(connection, self._process, self._findings)
        self._findings = None
        await self._forget(connection)

    async def _forget(self, connection: Connection) -> None:
        if time.monotonic() - self._forgot_at < FORGET_S and self._forgot_at:
            return
        self._forgot_at = time.monotonic()
        now = datetime.now(UTC)
        await ledgers.forget(connection, now - timedelta(days=self._keep_days))
        await connection.execute(_FORGET_HEALTH, now - timedelta(days=HEALTH_DAYS))

    async def _connected(self) -> Connection:
        if self._connection is None or self._connection.is_closed():
            settings = {"application_name": "chat-gateway ledger"}
            self._connection = await asyncpg.connect(self._dsn, server_settings=settings)
        return self._connection

    def _drop(self) -> None:
        if self._connection is not None:
            self._connection.terminate()
            self._connection = None
