"""From metrics to figures."""

import pytest

from gateway.telemetry.metrics import Metrics
from web.figures import Totals, between, by_operation, quantile, read


def metrics(*counted: tuple[str, str, int, float]) -> str:
    """The real metrics after some requests."""
    found = Metrics()
    found.lookups = lambda: {"hits": 90, "misses": 10}
    found.events = lambda: {"queries": 4}
    for shape, operation, status, added in counted:
        found.count(shape, operation, status, added)
    return found.text().decode()


SOME = (
    ("legacy", "messages.send", 200, 0.0002),
    ("legacy", "messages.send", 403, 0.0002),
    ("2.1", "messages.send", 200, 0.0001),
    ("", "", 200, 0.5),
)


def test_the_gateway_s_own_metrics_are_read() -> None:
    totals = read(metrics(*SOME))
    assert totals.requests == {
        ("legacy", "messages.send", 200): 1,
        ("legacy", "messages.send", 403): 1,
        ("2.1", "messages.send", 200): 1,
    }
    assert (totals.lookups, totals.events) == ({"hits": 90, "misses": 10}, {"queries": 4})
    assert totals.added[float("inf")] == 3


def test_an_interval() -> None:
    point = between(read(metrics()), read(metrics(*SOME)), 2.0, 100.0)
    assert (point.legacy, point.modern, point.share) == (1.0, 0.5, pytest.approx(2 / 3))
    assert (point.refused, point.failed, point.at) == (0.5, 0.0, 100.0)
    assert (point.hit_rate, point.lookups) == (None, 0.0)


def test_nothing_happened() -> None:
    point = between(read(metrics(*SOME)), read(metrics(*SOME)), 5.0, 0.0)
    assert (point.share, point.median_ms, point.hit_rate) == (None, None, None)


def test_a_restart_begins_anew() -> None:
    before = Totals({("legacy", "a", 200): 100.0}, {}, {"hits": 50.0}, {}, {})
    after = Totals({("legacy", "a", 200): 3.0}, {}, {"hits": 2.0}, {}, {})
    point = between(before, after, 1.0, 0.0)
    assert (point.legacy, point.lookups) == (3.0, 2.0)


@pytest.mark.parametrize(
    ("cumulative", "share", "wanted"),
    [
        ({}, 0.5, None),
        ({1.0: 0.0, float("inf"): 0.0}, 0.5, None),
        ({0.001: 10.0, 0.002: 10.0, float("inf"): 10.0}, 0.5, 0.5),
        ({0.001: 0.0, 0.002: 10.0, float("inf"): 10.0}, 0.5, 1.5),
        ({0.001: 5.0, 0.002: 10.0, float("inf"): 10.0}, 0.95, 1.9),
        ({0.001: 0.0, float("inf"): 10.0}, 0.95, 1.0),
    ],
)
def test_quantiles(cumulative: dict[float, float], share: float, wanted: float | None) -> None:
    assert quantile(cumulative, share) == (None if wanted is None else pytest.approx(wanted))


def test_operations_by_legacy_use() -> None:
    rows = by_operation(read(metrics(*SOME, ("2.1", "search", 200, 0.0))))
    assert [(row.name, row.legacy, row.modern, row.refused, row.errors) for row in rows] == [
        ("messages.send", 2, 1, 1, 0),
        ("search", 0, 1, 0, 0),
    ]
