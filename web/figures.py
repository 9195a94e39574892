"""From the gateway's metrics to the figures of the dashboard: pure functions, no clock and no socket.

`read(text)` gives the running totals; `between(before, after, seconds)` what happened from one reading to the next.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from math import inf
from typing import Any, Final

import msgspec
from prometheus_client.parser import text_string_to_metric_families

#: What is no chat request is not counted: pages and other APIs pass through.
OTHER: Final = "none"


class Totals(msgspec.Struct, frozen=True):
    """Running totals since the gateway's start. Counters only grow, but a restart begins anew."""

    requests: Mapping[tuple[str, str, int], float]
    """By shape, operation, status."""
    added: Mapping[float, float]
    """Requests by the upper bound (seconds) of the time that the gateway added, cumulative."""
    lookups: Mapping[str, float]
    events: Mapping[str, float]
    upstream_errors: Mapping[str, float]


class Point(msgspec.Struct, frozen=True):
    """What happened in one interval. Rates are per second, times milliseconds, shares 0 to 1; None: nothing was."""

    at: float
    legacy: float
    modern: float
    share: float | None
    refused: float
    failed: float
    hit_rate: float | None
    lookups: float
    median_ms: float | None
    slow_ms: float | None
    """95 of 100 requests were given back sooner."""


def read(text: str) -> Totals:
    """The totals from the exposition format."""
    rows = [
        (sample.name, sample.labels, sample.value)
        for family in text_string_to_metric_families(text)
        for sample in family.samples
    ]
    requests: dict[tuple[str, str, int], float] = defaultdict(float)
    added: dict[float, float] = defaultdict(float)
    for name, labels, value in rows:
        if name == "gateway_requests_total" and labels["shape"] != OTHER:
            requests[labels["shape"], labels["operation"], int(labels["status"])] += value
        elif name == "gateway_added_seconds_bucket" and labels["shape"] != OTHER:
            added[float(labels["le"])] += value
    return Totals(
        dict(requests),
        dict(added),
        _by(rows, "gateway_directory_lookups_total", "outcome"),
        _by(rows, "gateway_events_total", "kind"),
        _by(rows, "gateway_upstream_errors_total", "kind"),
    )


def _by(rows: Iterable[tuple[str, Mapping[str, str], float]], name: str, label: str) -> dict[str, float]:
    return {labels[label]: value for found, labels, value in rows if found == name}


def between(before: Totals, after: Totals, seconds: float, at: float) -> Point:
    """What happened in the ``seconds`` before ``at`` (unix time)."""
    requests = _grown(before.requests, after.requests)
    legacy = sum(n for (shape, _, _), n in requests.items() if shape == "legacy")
    modern = sum(n for (shape, _, _), n in requests.items() if shape != "legacy")
    lookups = _grown(before.lookups, after.lookups)
    hits, asked = lookups.get("hits", 0.0), sum(lookups.values())
    added = _grown(before.added, after.added)
    return Point(
        at=at,
        legacy=legacy / seconds,
        modern=modern / seconds,
        share=legacy / (legacy + modern) if legacy + modern else None,
        refused=sum(n for (_, _, status), n in requests.items() if 400 <= status < 500) / seconds,
        failed=sum(n for (_, _, status), n in requests.items() if status >= 500) / seconds,
        hit_rate=hits / asked if asked else None,
        lookups=asked / seconds,
        median_ms=quantile(added, 0.5),
        slow_ms=quantile(added, 0.95),
    )


def _grown(before: Mapping[Any, float], after: Mapping[Any, float]) -> dict[Any, float]:
    """The growth of each counter; one that shrank was started anew."""
    return {
        key: value - before.get(key, 0.0) if value >= before.get(key, 0.0) else value
        for key, value in after.items()
    }


def quantile(cumulative: Mapping[float, float], share: float) -> float | None:
    """The time in milliseconds within which ``share`` of the requests lie, linear inside a bucket."""
    bounds = sorted(cumulative)
    if not bounds or cumulative[bounds[-1]] <= 0:
        return None
    wanted = share * cumulative[bounds[-1]]
    lower, below = 0.0, 0.0
    for bound in bounds:
        if cumulative[bound] >= wanted:
            inside = cumulative[bound] - below
            upper = lower if bound == inf else bound
            part = (wanted - below) / inside if inside else 1.0
            return (lower + (upper - lower) * part) * 1000
        lower, below = bound, cumulative[bound]
    return lower * 1000


class Operation(msgspec.Struct, frozen=True):
    """One operation since the start, most used by legacy clients first."""

    name: str
    legacy: float
    modern: float
    refused: float
    errors: float


def by_operation(totals: Totals) -> Sequence[Operation]:
    """How often each operation was asked in each shape, and how often it was refused (4xx) or failed (5xx)."""
    names = sorted({operation for _, operation, _ in totals.requests})
    rows = [_operation(name, totals) for name in names]
    return sorted(rows, key=lambda row: (-row.legacy, -row.modern, row.name))


def _operation(name: str, totals: Totals) -> Operation:
    rows = [(shape, status, n) for (shape, found, status), n in totals.requests.items() if found == name]
    return Operation(
        name,
        sum(n for shape, _, n in rows if shape == "legacy"),
        sum(n for shape, _, n in rows if shape != "legacy"),
        sum(n for _, status, n in rows if 400 <= status < 500),
        sum(n for _, status, n in rows if status >= 500),
    )
