"""What the verdict looks at, read from the store: exact rows, never estimates.

What no gateway has reported within the last minutes is stale, and what cannot be read is unknown.
"""

import json
from collections.abc import Iterable, Mapping
from datetime import UTC, date, datetime, timedelta
from typing import Any, Final

import asyncpg

from adapters import OPERATIONS
from gateway.config.model import Config
from gateway.rollout.histogram import quantile_ms
from gateway.rollout.store import Connection
from gateway.rollout.verdict import Compared, Evidence, Health, Limits, Usage

#: Errors and times are those of so many hours, and an operation is in use that was asked for within so many days.
HEALTH_HOURS: Final = 24
IN_USE_DAYS: Final = 7
#: No gateway has reported anything yet.
NEVER: Final = datetime(1970, 1, 1, tzinfo=UTC)
_SEEN: Final = "SELECT max(seen_at) FROM chat_rollout.processes"
_COMPARED: Final = "SELECT * FROM chat_rollout.compared"
_DIFFERENCES: Final = (
    "SELECT operation, path, sum(count) AS count FROM chat_rollout.differences GROUP BY 1, 2"
)
_HEALTH: Final = """SELECT operation, bucket, sum(requests) AS requests, sum(errors) AS errors FROM chat_rollout.health
    WHERE upstream = $1 AND hour > $2 GROUP BY 1, 2"""
_IN_USE: Final = "SELECT DISTINCT operation FROM chat_rollout.health WHERE hour > $1 ORDER BY 1"
_USERS: Final = """SELECT user_id, client, max(last_at) AS last_at FROM chat_rollout.ledger WHERE last_at > $1
    GROUP BY 1, 2 ORDER BY 3 DESC"""
_DAYS: Final = "SELECT day FROM chat_rollout.marks WHERE kind = $1 ORDER BY day"


def limits_of(config: Config) -> Limits:
    """The thresholds of the configuration."""
    given = config.verdict
    return Limits(
        min_compared=given.min_compared,
        max_differences=given.max_differences,
        p99_ratio=given.p99_ratio,
        error_margin=given.error_margin,
        legacy_silent_days=given.legacy_silent_days,
        allowed=frozenset(given.allowed),
    )


async def collect(connection: Connection, config: Config, now: datetime) -> Evidence:
    """Everything that is known. Raises what the store raises."""
    at = await connection.fetchval(_SEEN)
    old, new = config.first, config.rollout.to
    return Evidence(
        at or NEVER,
        await _compared(connection),
        await _health(connection, old, now),
        await _health(connection, new, now) if new else None,
        await _usage(connection, limits_of(config), now),
    )


async def in_use(connection: Connection, now: datetime) -> list[str]:
    """The operations that were asked for lately and can be moved; what streams does not move."""
    fixed = {row.name for row in OPERATIONS if row.upload}
    rows = await connection.fetch(_IN_USE, now - timedelta(days=IN_USE_DAYS))
    return [row["operation"] for row in rows if row["operation"] not in fixed]


async def _compared(connection: Connection) -> Mapping[str, Compared]:
    places: dict[str, dict[str, int]] = {}
    for row in await connection.fetch(_DIFFERENCES):
        places.setdefault(row["operation"], {})[row["path"]] = int(row["count"])
    return {
        row["operation"]: _of(row, places.get(row["operation"], {}))
        for row in await connection.fetch(_COMPARED)
    }


def _of(row: asyncpg.Record, places: Mapping[str, int]) -> Compared:
    compared = row["equal"] + row["noise"] + row["different"]
    skipped: dict[str, int] = json.loads(row["skipped"])
    # Two refusals say nothing about the answers, and nothing against them.
    missed = sum(number for reason, number in skipped.items() if reason != "both_refused")
    masked = 100 * row["values_masked"] / row["values_seen"] if row["values_seen"] else 0.0
    return Compared(compared + missed, compared, places, round(masked, 2), row["overflow"])


async def _health(connection: Connection, upstream: str, now: datetime) -> Mapping[str, Health]:
    counts: dict[str, dict[int, int]] = {}
    errors: dict[str, int] = {}
    for row in await connection.fetch(_HEALTH, upstream, now - timedelta(hours=HEALTH_HOURS)):
        counts.setdefault(row["operation"], {})[row["bucket"]] = int(row["requests"])
        errors[row["operation"]] = errors.get(row["operation"], 0) + int(row["errors"])
    return {
        name: Health(sum(found.values()), errors[name], quantile_ms(found, 0.99))
        for name, found in counts.items()
    }


async def users(connection: Connection, since: datetime) -> list[Mapping[str, Any]]:
    """Who used the legacy shape since then: person, family of clients, and when last."""
    return [dict(row) for row in await connection.fetch(_USERS, since)]


async def _usage(connection: Connection, limits: Limits, now: datetime) -> Usage:
    since = now - timedelta(days=limits.legacy_silent_days)
    seen = [
        f"user {row['user_id']} with {row['client'] or 'an unnamed client'} on {row['last_at']:%Y-%m-%d}"
        for row in await users(connection, since)
        if not limits.allows(f"user {row['user_id']}", row["client"])
    ]
    watched = [row["day"] for row in await connection.fetch(_DAYS, "watched")]
    overflow = any(row["day"] >= since.date() for row in await connection.fetch(_DAYS, "overflow"))
    covered, gaps = _coverage(watched, since.date(), now.date())
    return Usage(seen, covered, gaps, overflow)


def _coverage(watched: Iterable[date], since: date, today: date) -> tuple[float, float]:
    """How many days back the ledger reaches, and the share of them on which nothing was recorded."""
    days = {day for day in watched if since <= day <= today}
    if not days:
        return 0.0, 0.0
    reach = (today - min(days)).days + 1
    missing = reach - len(days)
    return float((today - min(days)).days), missing / reach
