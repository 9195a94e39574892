from datetime import UTC, datetime

import pytest

from gateway.rollout import changes
from gateway.rollout.changes import Refused
from gateway.rollout.rules import Rules
from gateway.rollout.steps import World
from gateway.rollout.verdict import Reason, Verdict

NOW = datetime(2027, 1, 1, tzinfo=UTC)


def world(step: str, phase: str | None = "constrain", **rules: object) -> World:
    return World(Rules(step=step, **rules), phase, None, None, 0, NOW)  # type: ignore[arg-type]


SAFE = Verdict("", "safe", [])


@pytest.mark.parametrize(
    ("step", "percent", "then"),
    [
        ("observe", 0, "translate"),
        ("translate", 0, "compare"),
        ("compare", 5, "canary"),
        ("canary", 100, "moved"),
    ],
)
def test_a_step_has_its_share(step: str, percent: float, then: str) -> None:
    rules = changes.advance(world(step), SAFE)
    assert (rules.step, rules.percent) == (then, percent)
    assert changes.back(rules).step == step


@pytest.mark.parametrize(
    ("before", "says"),
    [
        (world("compare", "backfill"), "constrain"),
        (world("compare", None), "cannot be read"),
        (world("moved", percent=50), "rollout advance"),
        (world("contract"), "the last step"),
    ],
)
def test_a_step_that_comes_too_early_is_refused_with_what_comes_first(before: World, says: str) -> None:
    with pytest.raises(Refused, match=says):
        changes.advance(before)


def test_there_is_nothing_before_the_first_step() -> None:
    with pytest.raises(Refused):
        changes.back(Rules())


def test_a_stop_keeps_the_rules_and_advance_goes_on_with_them() -> None:
    stopped = changes.stop(Rules(step="canary", percent=5))
    assert (stopped.stopped, stopped.step, stopped.percent) == (True, "canary", 5)
    again = changes.advance(World(stopped, "constrain", None, None, 0, NOW))
    assert (again.stopped, again.step, again.percent) == (False, "canary", 5)


def test_the_share_of_one_operation_and_of_all() -> None:
    rules = changes.set_share(Rules(), "messages.list", 10)
    assert (rules.operations, rules.percent) == ({"messages.list": 10}, 0)
    assert changes.set_share(rules, "all", 0.5).percent == 0.5


@pytest.mark.parametrize(
    ("operation", "percent"),
    [("messages.lits", 5), ("messages.list", 101), ("messages.list", float("nan")), ("typing.set", 50)],
)
def test_what_is_no_share_is_refused(operation: str, percent: float) -> None:
    with pytest.raises(Refused):
        changes.set_share(Rules(), operation, percent)


@pytest.mark.parametrize(
    "verdict", [None, Verdict("canary", "unknown", [Reason("too_few", "3 of 1000", "unknown", "a.b")])]
)
def test_nobody_moves_without_a_safe_verdict(verdict: Verdict | None) -> None:
    with pytest.raises(changes.Refused, match=r"canary is unknown: .*verdict --step canary comes first"):
        changes.advance(world("compare"), verdict)


@pytest.mark.parametrize(
    ("operation", "percent", "phase", "sentence"),
    [
        ("all", 5, "backfill", "migrate up --to constrain"),
        ("messages.send", 5, "merge", "migrate up --to constrain"),
        ("messages.list", 5, "expand", "migrate up --to backfill"),
        ("messages.list", 5, "none", "migrate up --to backfill"),
        ("messages.list", 5, None, "cannot be read"),
        ("all", 50, "contract", "migrate down --to constrain"),
        ("all", 0, "contract", "migrate down --to constrain"),
    ],
)
def test_a_share_waits_for_the_database(
    operation: str, percent: float, phase: str | None, sentence: str
) -> None:
    with pytest.raises(changes.Refused, match=sentence):
        changes.check_share(operation, percent, phase)


@pytest.mark.parametrize(
    ("operation", "percent", "phase"),
    [
        ("all", 0, "none"),
        ("all", 0, None),
        ("messages.list", 5, "backfill"),
        ("all", 5, "constrain"),
        ("all", 100, "contract"),
    ],
)
def test_a_share_that_the_database_is_ready_for(operation: str, percent: float, phase: str | None) -> None:
    changes.check_share(operation, percent, phase)


def test_there_is_no_way_back_of_a_contracted_database() -> None:
    with pytest.raises(changes.Refused, match="migrate down --to constrain"):
        changes.back(Rules(step="contract"), "contract")
