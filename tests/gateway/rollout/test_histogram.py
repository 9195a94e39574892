"""Buckets of times, and quantiles of them."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.rollout.histogram import BUCKETS, GROWTH, bucket, quantile_ms, upper_ms


@given(st.floats(0.5, 50_000))
def test_a_bucket_is_right_to_a_tenth(milliseconds: float) -> None:
    upper = upper_ms(bucket(milliseconds))
    assert milliseconds <= upper * 1.000001
    assert upper <= milliseconds * GROWTH * 1.000001


@pytest.mark.parametrize(("milliseconds", "number"), [(0, 0), (0.5, 0), (0.51, 1), (1e12, BUCKETS - 1)])
def test_the_ends(milliseconds: float, number: int) -> None:
    assert bucket(milliseconds) == number


@pytest.mark.parametrize(
    ("counts", "share", "number"),
    [({1: 99, 9: 1}, 0.99, 1), ({1: 98, 9: 2}, 0.99, 9), ({5: 1}, 0.99, 5), ({5: 1}, 0.01, 5)],
)
def test_a_quantile(counts: dict[int, int], share: float, number: int) -> None:
    assert quantile_ms(counts, share) == round(upper_ms(number), 3)


def test_without_requests_there_is_no_quantile() -> None:
    assert quantile_ms({}, 0.99) is None
