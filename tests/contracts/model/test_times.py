from datetime import UTC, datetime
from typing import Any

import msgspec
import pytest

from contracts.model.times import time_of, with_zone, without_zone


@pytest.mark.parametrize(
    ("value", "zoned"),
    [
        ("2026-11-20T08:01:00", "2026-11-20T08:01:00Z"),
        (msgspec.Raw(b'"2026-11-20T08:01:00.123456"'), "2026-11-20T08:01:00.123456Z"),
        ("2026-11-20T08:01:00+00:00", "2026-11-20T08:01:00Z"),
        ("2026-11-20T08:01:00Z", "2026-11-20T08:01:00Z"),
        ("2026-11-20T08:01:00+03:00", "2026-11-20T08:01:00+03:00"),
        ("soon", "soon"),
        (None, None),
    ],
)
def test_a_time_gets_its_zone(value: Any, zoned: Any) -> None:
    assert with_zone(value) == zoned


@pytest.mark.parametrize(
    ("text", "hour"),
    [
        ("2026-11-20T08:01:00", 8),
        ("2026-11-20T08:01:00Z", 8),
        ("2026-11-20T08:01:00+03:00", 5),
        ("soon", None),
        ("", None),
        (None, None),
    ],
)
def test_a_time_of_a_client(text: str | None, hour: int | None) -> None:
    wanted = None if hour is None else datetime(2026, 11, 20, hour, 1, tzinfo=UTC)
    assert time_of(text) == wanted


@pytest.mark.parametrize("value", ["2026-11-20T08:01:00", "2026-11-20T08:01:00.5"])
def test_there_and_back(value: str) -> None:
    assert without_zone(with_zone(value)) == value
