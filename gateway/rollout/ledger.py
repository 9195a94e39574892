"""Who still uses the legacy shape: by day, operation, client family and user. A restart forgets nothing.

The first sighting of a user with a client on a day is written at once. Counts wait for `FLUSH_S` at most and go in
batches with an id, so that a batch that is sent twice is counted once. What could not be written stays and is sent
again. Beyond `MOST` users and clients nothing new is counted, and the ledger says so for good: the verdict is unknown.
"""

import uuid
from collections.abc import Awaitable, Callable, Mapping
from datetime import UTC, datetime
from typing import Any, Final, NamedTuple, TypeAlias
from uuid import UUID

import asyncpg

FLUSH_S: Final = 2.0
#: Rows waiting in memory.
MOST: Final = 10_000
_ADD: Final = """INSERT INTO chat_rollout.ledger (day, operation, client, user_id, requests, first_at, last_at)
    SELECT * FROM unnest($1::date[], $2::text[], $3::text[], $4::bigint[], $5::bigint[], $6::timestamptz[],
        $7::timestamptz[])
    ON CONFLICT (day, operation, client, user_id) DO UPDATE SET requests = ledger.requests + EXCLUDED.requests,
        first_at = least(ledger.first_at, EXCLUDED.first_at), last_at = greatest(ledger.last_at, EXCLUDED.last_at)"""
_BATCH: Final = (
    "INSERT INTO chat_rollout.batches (id, process) VALUES ($1, $2) ON CONFLICT DO NOTHING RETURNING id"
)
_MARK: Final = "INSERT INTO chat_rollout.marks (kind, day) VALUES ('overflow', $1) ON CONFLICT DO NOTHING"
_FORGET: Final = (
    "DELETE FROM chat_rollout.ledger WHERE day < $1",
    "DELETE FROM chat_rollout.batches WHERE at < now() - interval '1 day'",
)

Connection: TypeAlias = "asyncpg.Connection[asyncpg.Record]"


class Key(NamedTuple):
    """One row of the ledger. ``day`` is in UTC, ISO 8601."""

    day: str
    operation: str
    client: str
    user_id: int


class Count(NamedTuple):
    """Requests of a row that wait, and when the first and the last came."""

    requests: int
    first: datetime
    last: datetime


class Batch(NamedTuple):
    """Counts on their way to the store. ``id`` stays the same when they are sent again."""

    id: UUID
    counts: Mapping[Key, Count]
    overflow: bool


Write = Callable[[Batch], Awaitable[None]]


class Ledger:
    """Collects the legacy requests of one process. ``clock`` gives the time in UTC; ``most`` rows wait at most."""

    def __init__(
        self,
        clock: Callable[[], datetime] = lambda: datetime.now(UTC),
        most: int = MOST,
        wake: Callable[[], None] = lambda: None,
    ) -> None:
        """``wake`` is called at a first sighting, which is to be written at once."""
        self._clock = clock
        self._wake = wake
        self._most = most
        self._waiting: dict[Key, Count] = {}
        self._sent: Batch | None = None
        self._seen: set[tuple[str, str, int]] = set()
        self.overflow = False
        self.urgent = False

    def note(self, operation: str, client: str, user_id: int) -> None:
        """One legacy request. `urgent` is set when it is the first of this user and client today."""
        now = self._clock()
        key = Key(now.date().isoformat(), operation, client, user_id)
        found = self._waiting.get(key)
        if found is None and len(self._waiting) >= self._most:
            self.overflow = True
            return
        self._waiting[key] = Count(found.requests + 1, found.first, now) if found else Count(1, now, now)
        self._sight(key)

    def _sight(self, key: Key) -> None:
        sighting = (key.day, key.client, key.user_id)
        if sighting not in self._seen:
            if len(self._seen) >= self._most:
                self._seen = {one for one in self._seen if one[0] == key.day}
            self._seen.add(sighting)
            self.urgent = True
            self._wake()

    async def flush(self, write: Write) -> bool:
        """Send what waits; True when nothing was left. What ``write`` raises is passed on, and nothing is lost."""
        if self._sent is None:
            if not self._waiting and not self.overflow:
                return True
            self._sent = Batch(uuid.uuid4(), self._waiting, self.overflow)
            self._waiting, self.overflow = {}, False
        self.urgent = False
        await write(self._sent)
        self._sent = None
        return not self._waiting


async def write_batch(connection: Connection, process: UUID, batch: Batch) -> None:
    """Add a batch to the ledger, unless it was added before."""
    rows = [(*key, *count) for key, count in batch.counts.items()]
    async with connection.transaction():
        if await connection.fetchval(_BATCH, batch.id, process) is None:
            return
        columns: list[Any] = [list(column) for column in zip(*rows, strict=True)] or [[] for _ in range(7)]
        columns[0] = [datetime.fromisoformat(day).date() for day in columns[0]]
        await connection.execute(_ADD, *columns)
        if batch.overflow:
            await connection.execute(_MARK, datetime.now(UTC).date())


async def forget(connection: Connection, before: datetime) -> None:
    """Delete days that are older, and the ids of batches that cannot come again."""
    await connection.execute(_FORGET[0], before.date())
    await connection.execute(_FORGET[1])
