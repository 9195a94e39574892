"""The rate at which more is asked than clients ask."""

import pytest

from gateway.traffic.budget import Rate


@pytest.mark.parametrize(
    ("per_s", "passes", "granted"), [(10, 0.5, 5), (10, 60, 10), (0.5, 1, 0), (0.5, 2, 1)]
)
def test_a_second_s_worth_at_once_and_then_as_time_passes(per_s: float, passes: float, granted: int) -> None:
    now = [0.0]
    rate = Rate(per_s, lambda: now[0])
    at_once = sum(rate.take() for _ in range(100))
    assert at_once == max(1, int(per_s))
    now[0] += passes
    assert sum(rate.take() for _ in range(100)) == granted
