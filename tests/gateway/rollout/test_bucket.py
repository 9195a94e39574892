"""The hash of the rollout: golden, nested, even, and the same in every process."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from gateway.rollout.bucket import ALGORITHM, BUCKETS, bucket, is_within

GOLDEN = Path(__file__).with_name("buckets.json")
IDS = range(1, 100_001)


def test_the_golden_file_holds() -> None:
    """Users must not change their backend because of a new version of the gateway."""
    golden = json.loads(GOLDEN.read_text("utf-8"))
    assert golden["algorithm"] == ALGORITHM
    assert [bucket(user, salt) for user, salt, _ in golden["rows"]] == [row[2] for row in golden["rows"]]
    assert len(golden["rows"]) == 1000


def test_two_processes_agree() -> None:
    script = (
        "from gateway.rollout.bucket import bucket; print(sum(bucket(n, 's') * n for n in range(100_000)))"
    )
    sums = {
        subprocess.run(
            [sys.executable, "-c", script],
            env={**os.environ, "PYTHONHASHSEED": seed},
            capture_output=True,
            text=True,
            timeout=120,
            check=True,
        ).stdout
        for seed in ("1", "2")
    }
    assert len(sums) == 1


def test_a_smaller_share_lies_inside_a_larger_one() -> None:
    numbers = [bucket(user, "s") for user in IDS]
    for small, large in ((0.01, 0.1), (1, 10), (10, 25), (25, 100)):
        assert not [n for n in numbers if is_within(n, small) and not is_within(n, large)]


@pytest.mark.parametrize(
    ("percent", "wanted", "margin"), [(0, 0, 0), (1, 1_000, 130), (10, 10_000, 380), (100, 100_000, 0)]
)
def test_a_share_is_that_large(percent: float, wanted: int, margin: int) -> None:
    inside = sum(is_within(bucket(user, "s"), percent) for user in IDS)
    assert abs(inside - wanted) <= margin


def test_two_salts_share_no_more_people_than_chance() -> None:
    both = sum(is_within(bucket(user, "a"), 10) and is_within(bucket(user, "b"), 10) for user in IDS)
    assert abs(both - 1_000) <= 130


def test_the_resolution_is_a_hundredth_of_a_percent() -> None:
    assert [number for number in range(BUCKETS) if is_within(number, 0.01)] == [0]
