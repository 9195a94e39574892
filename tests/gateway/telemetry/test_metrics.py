from importlib.metadata import version

from prometheus_client.parser import text_string_to_metric_families

from gateway.telemetry.metrics import BUCKETS, Histogram, Metrics
from gateway.upstream.pool import UpstreamStats


def samples(metrics: Metrics) -> dict[tuple[str, tuple[tuple[str, str], ...]], float]:
    families = text_string_to_metric_families(metrics.text().decode())
    return {(s.name, tuple(sorted(s.labels.items()))): s.value for family in families for s in family.samples}


def test_requests_are_counted_by_shape_operation_and_status() -> None:
    metrics = Metrics()
    metrics.count("legacy", "messages.get", 200, 0.001)
    metrics.count("legacy", "messages.get", 200, 0.001)
    metrics.count("", "", 404, 0.001)
    found = samples(metrics)
    row = (("operation", "messages.get"), ("shape", "legacy"), ("status", "200"))
    assert found["gateway_requests_total", row] == 2
    row = (("operation", "passthrough"), ("shape", "none"), ("status", "404"))
    assert found["gateway_requests_total", row] == 1


def test_the_time_added_is_a_histogram() -> None:
    metrics = Metrics()
    for seconds in (0.00001, 0.00003, 5.0):
        metrics.count("2.1", "x", 200, seconds)
    found = samples(metrics)

    def bucket(bound: str) -> float:
        return found["gateway_added_seconds_bucket", (("le", bound), ("shape", "2.1"))]

    assert [bucket(str(BUCKETS[0])), bucket(str(BUCKETS[1])), bucket("1.0"), bucket("+Inf")] == [1, 2, 2, 3]
    assert found["gateway_added_seconds_count", (("shape", "2.1"),)] == 3


def test_a_bound_belongs_to_its_bucket() -> None:
    histogram = Histogram()
    histogram.add(BUCKETS[3])
    assert histogram.counts[3] == 1


def test_the_numbers_of_others_are_read_when_asked_for() -> None:
    metrics, stats = Metrics(), UpstreamStats()
    metrics.upstream = stats
    metrics.lookups = lambda: {"hits": 3}
    metrics.events = lambda: {"fallbacks": 1}
    stats.count("connect")
    stats.retries = 2
    found = samples(metrics)
    assert found["gateway_upstream_errors_total", (("kind", "connect"),)] == 1
    assert found["gateway_upstream_retries_total", ()] == 2
    assert found["gateway_directory_lookups_total", (("outcome", "hits"),)] == 3
    assert found["gateway_events_total", (("kind", "fallbacks"),)] == 1
    assert found["gateway_requests_in_flight", ()] == 0


def test_every_series_is_there_from_the_start() -> None:
    metrics = Metrics(clock=lambda: 1_000.0)
    metrics.expect([("legacy", "messages.list"), ("2.1", "messages.list")])
    row = (("operation", "messages.list"), ("shape", "legacy"), ("status", "200"))
    legacy = (("shape", "legacy"),)
    before = samples(metrics)
    assert before["gateway_requests_total", row] == 0
    assert before["gateway_shape_requests_total", legacy] == 0
    assert before["gateway_shape_last_seen_timestamp_seconds", legacy] == 0
    metrics.count("legacy", "messages.list", 404, 0.1)
    after = samples(metrics)
    assert after["gateway_shape_requests_total", legacy] == 1
    assert after["gateway_shape_last_seen_timestamp_seconds", legacy] == 1_000
    assert after["gateway_shape_last_seen_timestamp_seconds", (("shape", "2.1"),)] == 0


def test_it_names_the_version_and_why_tokens_are_refused() -> None:
    metrics = Metrics()
    metrics.refused_tokens = lambda: {"signature": 2}
    found = samples(metrics)
    assert ("gateway_info", (("version", version("chat-gateway")),)) in found
    assert found["gateway_refused_tokens_total", (("reason", "signature"),)] == 2
