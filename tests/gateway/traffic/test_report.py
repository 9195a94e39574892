"""The report of a recording."""

from typing import Any

import pytest

from gateway.comparison.declared import Declared, Place
from gateway.comparison.recording import Pair
from gateway.traffic.report import hurts, replayed

PLACE = Place("a.b", legacy=False, one_role=True)


@pytest.mark.parametrize(
    ("pair", "counts", "bad"),
    [
        (Pair(PLACE, 200, 200, {"a": 1}, {"a": 1}), (1, 1, 0), False),
        (Pair(PLACE, 200, 200, {"a": 1}, {"a": 2}), (1, 0, 1), True),
        (Pair(PLACE, 200, 404, None, None), (1, 0, 1), True),
        (Pair(PLACE, 403, 403, None, None), (0, 0, 0), True),
        (Pair(PLACE, 500, 500, None, None), (0, 0, 0), True),
    ],
)
def test_a_pair(pair: Pair, counts: Any, bad: bool) -> None:
    report = replayed([pair], Declared())
    (one,) = report["operations"]
    assert (one["compared"], one["equal"], one["different"]) == counts
    assert hurts(report) is bad


def test_what_is_declared_is_excused() -> None:
    pair = Pair(PLACE, 200, 200, {"a": 1}, {"a": 2})
    assert not hurts(replayed([pair], Declared(["a.b $.a"])))
