"""Findings of the comparison and figures of the backends on their way to the store, each batch once."""

import json
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Final, NamedTuple, TypeAlias
from uuid import UUID

import asyncpg

from gateway.comparison.tally import Tally
from gateway.traffic.health import Count, Key

Connection: TypeAlias = "asyncpg.Connection[asyncpg.Record]"

_BATCH: Final = (
    "INSERT INTO chat_rollout.batches (id, process) VALUES ($1, $2) ON CONFLICT DO NOTHING RETURNING id"
)
_COMPARED: Final = """INSERT INTO chat_rollout.compared AS c (operation, equal, noise, different, overflow, values_seen,
        values_masked, skipped) VALUES ($1, $2, $3, $4, $5, $6, $7, $8)
    ON CONFLICT (operation) DO UPDATE SET equal = c.equal + EXCLUDED.equal, noise = c.noise + EXCLUDED.noise,
        different = c.different + EXCLUDED.different, overflow = c.overflow OR EXCLUDED.overflow,
        values_seen = c.values_seen + EXCLUDED.values_seen,
        values_masked = c.values_masked + EXCLUDED.values_masked, at = now(),
        skipped = (SELECT coalesce(jsonb_object_agg(key, n), '{}') FROM (SELECT key, sum(value::bigint) AS n
            FROM (SELECT * FROM jsonb_each_text(c.skipped) UNION ALL SELECT * FROM jsonb_each_text(EXCLUDED.skipped)) s
            GROUP BY key) summed)"""
_DIFFERENCE: Final = """INSERT INTO chat_rollout.differences AS d (operation, path, kind, count, example)
    VALUES ($1, $2, $3, $4, $5) ON CONFLICT (operation, path, kind) DO UPDATE
    SET count = d.count + EXCLUDED.count, example = EXCLUDED.example, last_at = now()"""
_HEALTH: Final = """INSERT INTO chat_rollout.health AS h (hour, operation, upstream, bucket, requests, errors)
    SELECT $1, * FROM unnest($2::text[], $3::text[], $4::smallint[], $5::bigint[], $6::bigint[])
    ON CONFLICT (hour, operation, upstream, bucket) DO UPDATE
    SET requests = h.requests + EXCLUDED.requests, errors = h.errors + EXCLUDED.errors"""


class Findings(NamedTuple):
    """What one process has found since the last time. ``id`` stays the same when it is sent again."""

    id: UUID
    tallies: Mapping[str, Tally]
    health: Mapping[Key, Count]

    @property
    def empty(self) -> bool:
        """Whether there is nothing to write."""
        return not self.tallies and not self.health


async def write_findings(connection: Connection, process: UUID, found: Findings) -> None:
    """Add these, unless they were added before."""
    async with connection.transaction():
        if await connection.fetchval(_BATCH, found.id, process) is None:
            return
        for operation in sorted(found.tallies):
            await _write_tally(connection, operation, found.tallies[operation])
        if found.health:
            await _write_health(connection, found.health)


async def _write_tally(connection: Connection, operation: str, tally: Tally) -> None:
    skipped = json.dumps({reason: number for reason, number in tally.skipped.items() if number})
    counts = tally.equal, tally.noise, tally.different, tally.overflow, tally.values, tally.masked
    await connection.execute(_COMPARED, operation, *counts, skipped)
    for path, kind in sorted(tally.places):
        place = tally.places[path, kind]
        example = json.dumps(place.example)
        await connection.execute(_DIFFERENCE, operation, path, kind, place.count, example)


async def _write_health(connection: Connection, health: Mapping[Key, Count]) -> None:
    hour = datetime.now(UTC).replace(minute=0, second=0, microsecond=0)
    keys = sorted(health)
    columns = [[key.operation for key in keys], [key.upstream for key in keys], [key.bucket for key in keys]]
    numbers = [[health[key].requests for key in keys], [health[key].errors for key in keys]]
    await connection.execute(_HEALTH, hour, *columns, *numbers)
