"""What the gateway counts, as Prometheus reads it.

The hot path adds to plain numbers in dictionaries; they become metric families only when somebody reads them.
Labels are bounded: shapes, operations of the table, status codes, and fixed words.
"""

import time
from bisect import bisect_left
from collections.abc import Callable, Iterable, Iterator, Mapping
from importlib.metadata import version
from typing import Final

from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.core import (
    CounterMetricFamily,
    GaugeMetricFamily,
    HistogramMetricFamily,
    Metric,
)

from gateway.upstream.pool import UpstreamStats

#: Seconds. Most requests are under a millisecond.
BUCKETS: Final = (
    0.000025, 0.00005, 0.0001, 0.0002, 0.0005, 0.001, 0.002, 0.005, 0.01, 0.05, 0.25, 1.0,
)  # fmt: skip


class Histogram:
    """Counts of seconds by bucket."""

    __slots__ = ("counts", "total")

    def __init__(self) -> None:
        self.counts = [0] * (len(BUCKETS) + 1)
        self.total = 0.0

    def add(self, seconds: float) -> None:
        """Note one value."""
        self.counts[bisect_left(BUCKETS, seconds)] += 1
        self.total += seconds

    def cumulative(self) -> list[tuple[str, float]]:
        """The counts as Prometheus wants them: everything up to each bound."""
        rows, running = [], 0
        for bound, count in zip((*map(str, BUCKETS), "+Inf"), self.counts, strict=True):
            running += count
            rows.append((bound, float(running)))
        return rows


class Metrics:
    """All counters of one process, and their text for a scraper."""

    def __init__(self, clock: Callable[[], float] = time.time) -> None:
        """``clock`` gives unix seconds."""
        self._clock = clock
        self.requests: dict[tuple[str, str, int], int] = {}
        self.last_seen: dict[str, float] = {}
        self.added: dict[str, Histogram] = {}
        self.in_flight = 0
        self.upstream: UpstreamStats | None = None
        self.lookups: Callable[[], Mapping[str, int]] = dict
        self.events: Callable[[], Mapping[str, int]] = dict
        self.refused_tokens: Callable[[], Mapping[str, int]] = dict
        self._registry = CollectorRegistry(auto_describe=False)
        self._registry.register(self)

    def expect(self, operations: Iterable[tuple[str, str]]) -> None:
        """Have a series at 0 for each shape and operation: a counter that begins at 1 has no increase."""
        for shape, operation in operations:
            self.requests.setdefault((shape, operation, 200), 0)
            self.last_seen.setdefault(shape, 0.0)

    def count(self, shape: str, operation: str, status: int, added_s: float) -> None:
        """One request is done; ``added_s`` is its time without the waits for the upstream."""
        key = (shape, operation, status)
        self.requests[key] = self.requests.get(key, 0) + 1
        self.last_seen[shape] = self._clock()
        histogram = self.added.get(shape)
        if histogram is None:
            histogram = self.added[shape] = Histogram()
        histogram.add(added_s)

    def text(self) -> bytes:
        """The exposition format."""
        return generate_latest(self._registry)

    def describe(self) -> list[Metric]:
        """Nothing in advance: what there is depends on what has happened."""
        return []

    def collect(self) -> Iterator[Metric]:
        """Everything as metric families."""
        yield _info()
        yield self._requests()
        yield from self._by_shape()
        yield self._added()
        yield GaugeMetricFamily("gateway_requests_in_flight", "Requests being answered", self.in_flight)
        if self.upstream is not None:
            yield from _upstream(self.upstream)
        yield _labelled(
            "gateway_directory_lookups", "Directory look-ups by outcome", "outcome", self.lookups()
        )
        yield _labelled(
            "gateway_refused_tokens", "Tokens not accepted, by reason", "reason", self.refused_tokens()
        )
        yield _labelled("gateway_events", "What else happened, by kind", "kind", self.events())

    def _requests(self) -> Metric:
        family = CounterMetricFamily(
            "gateway_requests", "Requests answered", labels=["shape", "operation", "status"]
        )
        for (shape, operation, status), count in list(self.requests.items()):
            family.add_metric([shape or "none", operation or "passthrough", str(status)], count)
        return family

    def _by_shape(self) -> Iterator[Metric]:
        total = CounterMetricFamily("gateway_shape_requests", "Requests by shape", labels=["shape"])
        seen = GaugeMetricFamily(
            "gateway_shape_last_seen_timestamp_seconds",
            "When the last request of a shape was answered, 0: never since the start",
            labels=["shape"],
        )
        for shape, when in list(self.last_seen.items()):
            count = sum(n for (found, _, _), n in list(self.requests.items()) if found == shape)
            total.add_metric([shape or "none"], count)
            seen.add_metric([shape or "none"], when)
        yield total
        yield seen

    def _added(self) -> Metric:
        family = HistogramMetricFamily(
            "gateway_added_seconds", "Time of a request without waiting for the upstream", labels=["shape"]
        )
        for shape, histogram in list(self.added.items()):
            family.add_metric([shape or "none"], histogram.cumulative(), histogram.total)
        return family


def _info() -> Metric:
    family = GaugeMetricFamily("gateway_info", "The version that runs", labels=["version"])
    family.add_metric([version("chat-gateway")], 1)
    return family


def _upstream(stats: UpstreamStats) -> Iterator[Metric]:
    yield _labelled("gateway_upstream_errors", "Failed upstream requests", "kind", stats.errors)
    yield CounterMetricFamily("gateway_upstream_connects", "Connections made to the upstream", stats.connects)
    yield CounterMetricFamily("gateway_upstream_retries", "Requests sent a second time", stats.retries)


def _labelled(name: str, text: str, label: str, counts: Mapping[str, int]) -> Metric:
    family = CounterMetricFamily(name, text, labels=[label])
    for value, count in list(counts.items()):
        family.add_metric([value], count)
    return family
