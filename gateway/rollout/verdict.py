"""Is the next step safe? Three answers: safe, not safe, unknown. Pure.

Only evidence makes it safe. No data, too few comparisons, gaps, overflow and stale figures are unknown; a difference
that was not allowed, more errors, a slower backend or a legacy client within the quiet time are not safe. One reason
is enough to leave safe, all must be absent to reach it.
"""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Final, Literal, NamedTuple

Answer = Literal["safe", "not_safe", "unknown"]
Weight = Literal["not_safe", "unknown"]

#: Figures that are older say nothing about now.
STALE: Final = timedelta(minutes=5)
#: Of the chosen requests, the share that must have been compared; of the quiet time, the share that may be a gap.
LEAST_COVERED: Final = 0.8
MOST_GAPS: Final = 0.01


class Limits(NamedTuple):
    """The section ``verdict`` of the configuration, and ``compare.noise_percent``."""

    min_compared: int = 1000
    max_differences: int = 0
    p99_ratio: float = 1.25
    error_margin: float = 0.001
    legacy_silent_days: int = 35
    noise_percent: float = 10.0
    allowed: frozenset[str] = frozenset()

    def allows(self, *names: str) -> bool:
        """Whether one of these is exempt."""
        return not self.allowed.isdisjoint(names)


class Compared(NamedTuple):
    """What the comparison found for one operation. ``differences`` counts by place; ``masked`` is in percent."""

    chosen: int
    compared: int
    differences: Mapping[str, int]
    masked: float = 0.0
    overflow: bool = False


class Health(NamedTuple):
    """Requests of one operation at one backend; ``p99_ms`` is None when there was none."""

    requests: int
    errors: int
    p99_ms: float | None


class Usage(NamedTuple):
    """The ledger: legacy clients within the quiet time that are not exempt, and how much of it was watched."""

    seen: Sequence[str]
    days_covered: float
    gap_share: float = 0.0
    overflow: bool = False


class Evidence(NamedTuple):
    """Everything that a verdict looks at; None where it cannot be had. ``at`` is when it was collected."""

    at: datetime
    compared: Mapping[str, Compared] | None
    old: Mapping[str, Health] | None
    new: Mapping[str, Health] | None
    usage: Usage | None


class Reason(NamedTuple):
    """Why it is not safe, or not known to be. ``code`` is fixed, ``operation`` empty where it concerns all."""

    code: str
    text: str
    weight: Weight
    operation: str = ""


class Verdict(NamedTuple):
    """The answer for a step, with every reason."""

    step: str
    answer: Answer
    reasons: Sequence[Reason]


#: What each step is judged by; a step that is not here needs no evidence.
ASKS: Final[Mapping[str, Sequence[str]]] = {
    "canary": ("compared",),
    "moved": ("compared", "health"),
    "deprecated": ("health",),
    "sunset": ("usage",),
    "contract": ("usage",),
}


def judge(
    step: str, evidence: Evidence | None, operations: Iterable[str], limits: Limits, now: datetime
) -> Verdict:
    """The verdict on entering ``step`` for these operations."""
    reasons = list(_reasons(step, evidence, list(operations), limits, now))
    if any(reason.weight == "not_safe" for reason in reasons):
        return Verdict(step, "not_safe", reasons)
    return Verdict(step, "unknown" if reasons else "safe", reasons)


def _reasons(
    step: str, evidence: Evidence | None, operations: list[str], limits: Limits, now: datetime
) -> Iterable[Reason]:
    asks = ASKS.get(step, ())
    if not asks:
        return
    if evidence is None:
        yield Reason("no_data", "nothing was collected", "unknown")
        return
    if now - evidence.at > STALE:
        yield Reason("stale", f"the figures are of {evidence.at:%Y-%m-%d %H:%M} UTC", "unknown")
    if "compared" in asks:
        yield from _of_comparison(evidence.compared, operations, limits)
    if "health" in asks:
        yield from _of_health(evidence.old, evidence.new, operations, limits)
    if "usage" in asks:
        yield from _of_usage(evidence.usage, limits)


def _of_comparison(
    found: Mapping[str, Compared] | None, operations: list[str], limits: Limits
) -> Iterable[Reason]:
    if found is None or not operations:
        yield Reason("no_data", "nothing was compared", "unknown")
        return
    for name in operations:
        if limits.allows(name):
            continue
        one = found.get(name, Compared(0, 0, {}))
        places = {place: n for place, n in one.differences.items() if not limits.allows(f"{name} {place}")}
        if sum(places.values()) > limits.max_differences:
            text = f"{sum(places.values())} differences, at {', '.join(sorted(places)[:3])}"
            yield Reason("differences", text, "not_safe", name)
        yield from _coverage(name, one, limits)


def _coverage(name: str, one: Compared, limits: Limits) -> Iterable[Reason]:
    if one.compared < limits.min_compared:
        text = f"{one.compared} of {limits.min_compared} answers were compared"
        yield Reason("too_few", text, "unknown", name)
    if one.chosen and one.compared / one.chosen < LEAST_COVERED:
        text = f"{one.chosen - one.compared} of {one.chosen} chosen requests were not compared"
        yield Reason("coverage", text, "unknown", name)
    if one.overflow:
        yield Reason("overflow", "more places differed than are kept", "unknown", name)
    if one.masked > limits.noise_percent:
        text = f"{one.masked:g} % of the compared values were excused as noise"
        yield Reason("masked", text, "unknown", name)


def _of_health(
    old: Mapping[str, Health] | None, new: Mapping[str, Health] | None, operations: list[str], limits: Limits
) -> Iterable[Reason]:
    if old is None or new is None:
        yield Reason("no_data", "errors and times of the backends are not known", "unknown")
        return
    for name in operations:
        before, now = old.get(name, Health(0, 0, None)), new.get(name, Health(0, 0, None))
        if now.requests < limits.min_compared:
            text = f"the new backend answered {now.requests} of {limits.min_compared} requests"
            yield Reason("too_few", text, "unknown", name)
            continue
        rates = now.errors / now.requests, before.errors / max(1, before.requests)
        if rates[0] > rates[1] + limits.error_margin:
            yield Reason("errors", f"{rates[0]:.2%} errors, the old backend {rates[1]:.2%}", "not_safe", name)
        yield from _slower(name, before.p99_ms, now.p99_ms, limits)


def _slower(name: str, old: float | None, new: float | None, limits: Limits) -> Iterable[Reason]:
    if old is None or new is None:
        yield Reason("no_data", "the p99 of one backend is not known", "unknown", name)
    elif new > old * limits.p99_ratio:
        yield Reason("slow", f"p99 {new:g} ms, the old backend {old:g} ms", "not_safe", name)


def _of_usage(usage: Usage | None, limits: Limits) -> Iterable[Reason]:
    if usage is None:
        yield Reason("no_data", "the ledger cannot be read", "unknown")
        return
    if usage.seen:
        text = f"{len(usage.seen)} legacy clients within {limits.legacy_silent_days} days: {', '.join(usage.seen[:3])}"
        yield Reason("legacy_seen", text, "not_safe")
    if usage.days_covered < limits.legacy_silent_days:
        text = f"the ledger covers {usage.days_covered:g} of {limits.legacy_silent_days} days"
        yield Reason("coverage", text, "unknown")
    if usage.gap_share > MOST_GAPS:
        yield Reason("gaps", f"{usage.gap_share:.1%} of the time was not recorded", "unknown")
    if usage.overflow:
        yield Reason("overflow", "more clients were seen than are kept", "unknown")
