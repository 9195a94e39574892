"""Which entry of a call log a second one is about."""

from datetime import datetime

import pytest

from contracts.model.call_entry import goes_on

NOW = datetime(2026, 11, 22, 22, 46, 9)


@pytest.mark.parametrize(
    ("status", "ended_at", "began", "same"),
    [
        ("initiated", None, ("2026-11-22T22:46:00",), True),
        ("ringing", None, ("2026-11-22T22:46:00.5Z",), True),
        ("answered", None, ("2026-11-23T01:46:00+03:00",), True),
        (
            "initiated",
            None,
            ("2026-11-23T01:46:00", "2026-11-22T22:46:00"),
            True,
        ),  # a database of another zone
        ("initiated", None, (None, "2026-11-22T22:46:00"), True),
        ("initiated", None, ("2026-11-22T22:47:00",), True),  # a clock that is ahead
        ("initiated", None, ("2026-11-22T22:45:00",), False),
        ("initiated", None, (None, "no time"), False),
        ("initiated", "2026-11-22T22:46:08", ("2026-11-22T22:46:00",), False),
        ("declined", None, ("2026-11-22T22:46:00",), False),
    ],
)
def test_goes_on(status: str, ended_at: object, began: tuple[object, ...], same: bool) -> None:
    assert goes_on(status, ended_at, began, NOW) is same
