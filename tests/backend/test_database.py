from datetime import UTC, datetime, timedelta, timezone

import pytest

from backend.database import open_pool, row_id, utc


@pytest.mark.parametrize(("number", "expected"), [(1, 1), (2**31 - 1, 2**31 - 1), (2**31, 0), (2**63 - 1, 0)])
def test_row_id(number, expected):
    assert row_id(number) == expected


def test_utc():
    assert utc(None) is None
    assert utc(datetime(2026, 1, 1)) == datetime(2026, 1, 1, tzinfo=UTC)
    zoned = datetime(2026, 1, 1, tzinfo=timezone(timedelta(hours=3)))
    assert utc(zoned) is zoned


async def test_times_and_json_come_and_go(dsn):
    time = datetime(2026, 11, 20, 8, 12, 0, 123456, tzinfo=UTC)
    value = {"a": [1, None, "ሰላም"], "b": 2**60}
    async with open_pool(dsn, 1) as pool:
        assert await pool.fetchval("SELECT $1::timestamp", time) == time
        assert (
            await pool.fetchval("SELECT $1::timestamp", time.astimezone(timezone(timedelta(hours=3)))) == time
        )
        assert await pool.fetchval("SELECT 'infinity'::timestamp") is None
        assert await pool.fetchval("SELECT $1::jsonb", value) == value
        assert await pool.fetchval("SHOW timezone") == "UTC"
