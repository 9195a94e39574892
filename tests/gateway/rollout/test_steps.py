"""Every step that comes too early is refused, and says what must come first."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from gateway.rollout.rules import Rules, parse
from gateway.rollout.steps import STEPS, World, after, before, blocks_migrate_down, waits_for

NOW = datetime(2027, 3, 1, tzinfo=UTC)
DAY = timedelta(days=1)


def world(**more: Any) -> World:
    ready = World(Rules(percent=100), "constrain", NOW - 60 * DAY, NOW - DAY, 2, NOW)
    return ready._replace(**more)


@pytest.mark.parametrize("step", STEPS)
def test_with_everything_in_place_every_step_can_be_taken(step: str) -> None:
    assert waits_for(step, world()) == []


@pytest.mark.parametrize(
    ("step", "missing", "code"),
    [
        ("canary", {"phase": "backfill"}, "database_phase"),
        ("canary", {"phase": "none"}, "database_phase"),
        ("canary", {"phase": None}, "database_unknown"),
        ("moved", {"phase": "merge"}, "database_phase"),
        ("deprecated", {"rules": Rules(percent=99)}, "not_moved"),
        ("deprecated", {"rules": Rules(percent=100, stopped=True)}, "not_moved"),
        ("deprecated", {"rules": parse({"percent": 100, "operations": {"a.b": 50}})}, "not_moved"),
        ("deprecated", {"deprecated_at": None}, "not_announced"),
        ("brownout", {"deprecated_at": NOW - 13 * DAY}, "too_early"),
        ("brownout", {"brownouts": 0}, "brownouts"),
        ("sunset", {"sunset_at": None}, "no_sunset"),
        ("sunset", {"sunset_at": NOW + DAY}, "before_sunset"),
        ("contract", {"sunset_at": NOW + timedelta(seconds=1)}, "before_sunset"),
        ("contract", {"phase": "merge"}, "database_phase"),
    ],
)
def test_a_step_that_comes_too_early_names_what_comes_first(
    step: str, missing: dict[str, Any], code: str
) -> None:
    waits = waits_for(step, world(**missing))
    assert [one.code for one in waits] == [code]
    assert all(one.text and one.command for one in waits)


def test_the_moment_of_the_sunset_itself_is_after_it() -> None:
    assert waits_for("sunset", world(sunset_at=NOW)) == []


def test_the_steps_are_a_line() -> None:
    assert [after(step) for step in STEPS[:-1]] == list(STEPS[1:])
    assert [before(step) for step in STEPS[1:]] == list(STEPS[:-1])
    assert (after(STEPS[-1]), before(STEPS[0])) == (None, None)


@pytest.mark.parametrize(
    ("document", "blocked"),
    [
        ({}, False),
        ({"percent": 1}, True),
        ({"operations": {"a.b": 1}}, True),
        ({"operations": {"a.b": 0, "c.d": None}}, False),
        ({"people": {"first": [1]}}, True),
        ({"percent": 100, "stopped": True}, False),
    ],
)
def test_the_database_does_not_go_back_under_people(document: dict[str, Any], blocked: bool) -> None:
    assert (blocks_migrate_down(parse(document)) is not None) == blocked
