"""Named, batched, counted reads of facts that only the database of an upstream has.

They are asked for in two ways. `facts` is a courtesy: where the database is away, or lacks what a statement names,
the answer is None, and whoever asked has a default. `required` fails instead: what it decides is not guessed.
"""

import asyncio
import logging
import time
from collections import Counter
from collections.abc import Mapping
from typing import Any, Final

import asyncpg

from contracts.model.errors import Unavailable
from contracts.model.pooler import Connector
from contracts.model.task import enter_task
from gateway.database.errors import AWAY, reason_of

_log = logging.getLogger("gateway.database.facts")

CONNECTIONS: Final = 4
ANSWER_S: Final = 2.0
#: After a failure nobody waits for the database for this long.
PAUSE_S: Final = 5.0


_SETTINGS: Final = {
    "application_name": "chat-gateway facts",
    "default_transaction_read_only": "on",
    "statement_timeout": str(int(ANSWER_S * 1000)),
}


class UpstreamFacts:
    """The reads of one process, on the directory's first database. ``counted`` counts them by name."""

    def __init__(self, dsn: str, statements: Mapping[str, str]) -> None:
        self._dsn = dsn
        self._statements = statements
        self._pool: asyncpg.Pool[asyncpg.Record] | None = None
        self._connect = Connector(asyncpg, _SETTINGS)
        self._opening = asyncio.Lock()
        self._away_until = 0.0
        self.counted: Counter[str] = Counter()

    async def facts(self, name: str, *values: Any) -> list[dict[str, Any]] | None:
        """The rows of a named read; None where they cannot be had."""
        if time.monotonic() < self._away_until:
            return None
        self.counted[name] += 1
        await enter_task()
        try:
            async with asyncio.timeout(ANSWER_S):
                pool = await self._open()
                return [dict(row) for row in await pool.fetch(self._statements[name], *values)]
        except (asyncpg.SyntaxOrAccessError, asyncpg.DataError):
            return None
        except AWAY as failure:
            _log.warning("the read %s is left out: %s", name, reason_of(failure))
            self._away_until = time.monotonic() + PAUSE_S
            return None

    async def required(self, name: str, *values: Any) -> list[Mapping[str, Any]]:
        """The rows of a named read. Raises `Unavailable` where they cannot be had."""
        rows = await self.facts(name, *values)
        if rows is None:
            raise Unavailable
        return list(rows)

    async def _open(self) -> "asyncpg.Pool[asyncpg.Record]":
        async with self._opening:
            if self._pool is None:
                self._pool = await asyncpg.create_pool(
                    self._dsn,
                    min_size=0,
                    max_size=CONNECTIONS,
                    connect=self._connect,
                )
            return self._pool

    async def close(self) -> None:
        """Close the connections."""
        if self._pool is not None:
            self._pool.terminate()
