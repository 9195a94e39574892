"""The token bucket."""

import pytest

from gateway.sockets.limits import Bucket


@pytest.mark.parametrize(
    ("moments", "taken"),
    [
        ([0, 0, 0, 0], [True, True, True, False]),
        ([0, 0, 0, 0.5, 0.5], [True, True, True, True, False]),
        ([0, 0, 0, 100, 100, 100, 100], [True, True, True, True, True, True, False]),
        (
            [0, 0, 0, -5, -4.5],
            [True, True, True, False, True],
        ),  # a clock that was set back gives nothing away
    ],
)
def test_so_many_at_once_and_so_many_a_second(moments: list[float], taken: list[bool]) -> None:
    bucket = Bucket(per_s=2, burst=3, now=0)
    assert [bucket.take(now) for now in moments] == taken
