"""What the verdict is drawn from: exact rows, and a gap is a gap."""

import json
import uuid
from datetime import UTC, date, datetime, timedelta
from typing import Any

import asyncpg
import pytest

from gateway.config.model import Config, parse
from gateway.rollout import store
from gateway.rollout.evidence import _coverage, collect, in_use, limits_of
from gateway.rollout.verdict import judge

NOW = datetime.now(UTC).replace(microsecond=0)
TODAY = NOW.date()


def config(**verdict: Any) -> Config:
    dsn = "postgresql://127.0.0.1:1/none"
    return parse(
        {
            "auth": {"secret": "0f1e2d3c4b5a69788796a5b4c3d2e1f0"},
            "directory": {"sources": [{"dsn": dsn}]},
            "upstreams": {"old": {"api": "legacy"}, "new": {}},
            "rollout": {"from": "old", "to": "new", "store": dsn},
            "verdict": verdict,
        }
    )


async def seen(connection: asyncpg.Connection) -> None:
    await store.seen(connection, uuid.uuid4(), "node", 1)


async def used(connection: asyncpg.Connection, user: int, days_ago: float, client: str = "Firefox") -> None:
    at = NOW - timedelta(days=days_ago)
    await connection.execute(
        "INSERT INTO chat_rollout.ledger VALUES ($1, 'a.b', $2, $3, 1, $4, $4)", at.date(), client, user, at
    )


async def watched(connection: asyncpg.Connection, days: int, kind: str = "watched") -> None:
    for number in range(days):
        await connection.execute(
            "INSERT INTO chat_rollout.marks VALUES ($1, $2)", kind, TODAY - timedelta(number)
        )


async def answer(connection: asyncpg.Connection, step: str, **verdict: Any) -> tuple[str, list[str]]:
    settings = config(**verdict)
    evidence = await collect(connection, settings, NOW)
    found = judge(step, evidence, await in_use(connection, NOW), limits_of(settings), NOW)
    return found.answer, [reason.code for reason in found.reasons]


async def test_an_empty_store_is_unknown(connection: asyncpg.Connection) -> None:
    for step in ("canary", "moved", "sunset"):
        assert (await answer(connection, step))[0] == "unknown"


async def test_what_no_gateway_reports_any_more_is_stale(connection: asyncpg.Connection) -> None:
    await watched(connection, 40)
    assert await answer(connection, "sunset") == ("unknown", ["stale"])
    await seen(connection)
    assert await answer(connection, "sunset") == ("safe", [])


@pytest.mark.parametrize(
    ("days", "answered"), [(0.1, "not_safe"), (29, "not_safe"), (34.9, "not_safe"), (35.1, "safe")]
)
async def test_a_client_seen_once_within_the_quiet_time(
    connection: asyncpg.Connection, days: float, answered: str
) -> None:
    await seen(connection)
    await watched(connection, 40)
    await used(connection, 5, days)
    assert (await answer(connection, "sunset"))[0] == answered


@pytest.mark.parametrize("allowed", ["user 5", "Firefox"])
async def test_the_listed_do_not_count(connection: asyncpg.Connection, allowed: str) -> None:
    await seen(connection)
    await watched(connection, 40)
    await used(connection, 5, 1)
    assert (await answer(connection, "sunset", allowed=[allowed]))[0] == "safe"
    await used(connection, 6, 2, "Safari")
    assert await answer(connection, "sunset", allowed=[allowed]) == ("not_safe", ["legacy_seen"])


async def test_a_ledger_that_overflowed_or_began_lately_is_unknown(connection: asyncpg.Connection) -> None:
    await seen(connection)
    await watched(connection, 30)
    assert await answer(connection, "sunset") == ("unknown", ["coverage"])
    await watched(connection, 1, "overflow")
    assert await answer(connection, "sunset", legacy_silent_days=20) == ("unknown", ["overflow"])


async def compared(connection: asyncpg.Connection, operation: str, equal: int, **skipped: int) -> None:
    await connection.execute(
        "INSERT INTO chat_rollout.compared VALUES ($1, $2, 0, 0, false, 10, 0, $3)",
        operation,
        equal,
        json.dumps(skipped),
    )


async def health(
    connection: asyncpg.Connection, upstream: str, bucket: int, requests: int, errors: int = 0
) -> None:
    await connection.execute(
        "INSERT INTO chat_rollout.health VALUES (date_trunc('hour', now()), 'a.b', $1, $2, $3, $4)",
        upstream,
        bucket,
        requests,
        errors,
    )


async def test_an_operation_that_is_in_use_must_have_been_compared(connection: asyncpg.Connection) -> None:
    await seen(connection)
    await health(connection, "old", 5, 10)
    assert await answer(connection, "canary") == ("unknown", ["too_few"])
    await compared(connection, "a.b", 1000, both_refused=900)
    assert await answer(connection, "canary") == ("safe", [])
    await connection.execute("INSERT INTO chat_rollout.differences VALUES ('a.b', '$.a', 'value', 1, '{}')")
    assert await answer(connection, "canary") == ("not_safe", ["differences"])
    assert await answer(connection, "canary", allowed=["a.b $.a"]) == ("safe", [])
    assert await answer(connection, "canary", allowed=["a.b"]) == ("safe", [])


async def test_what_was_mostly_skipped_is_unknown(connection: asyncpg.Connection) -> None:
    await seen(connection)
    await health(connection, "old", 5, 10)
    await compared(connection, "a.b", 1000, queue_full=1000)
    assert await answer(connection, "canary") == ("unknown", ["coverage"])


@pytest.mark.parametrize(
    ("bucket", "errors", "codes"),
    [(20, 0, []), (22, 0, []), (23, 0, ["slow"]), (20, 1, []), (20, 2, ["errors"])],
)
async def test_the_new_backend_beside_the_old_one(
    connection: asyncpg.Connection, bucket: int, errors: int, codes: list[str]
) -> None:
    """Two buckets are a fifth more time."""
    await seen(connection)
    await compared(connection, "a.b", 1000)
    await health(connection, "old", 20, 1000)
    await health(connection, "new", bucket, 1000, errors)
    assert (await answer(connection, "moved"))[1] == codes


@pytest.mark.parametrize(
    ("days", "reach", "gaps"), [([], 0, 0), ([0], 0, 0), ([0, 1, 2], 2, 0), ([0, 3], 3, 0.5), ([40], 0, 0)]
)
def test_how_far_back_the_ledger_reaches(days: list[int], reach: float, gaps: float) -> None:
    found = [TODAY - timedelta(days=number) for number in days]
    since: date = TODAY - timedelta(days=35)
    assert _coverage(found, since, TODAY) == (reach, gaps)
