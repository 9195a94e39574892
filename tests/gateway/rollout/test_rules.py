"""What is a set of rules, and what is refused when it is saved."""

from typing import Any

import pytest

from gateway.rollout.rules import InvalidRules, Rules, parse


def test_zero_null_and_missing_are_three_things() -> None:
    rules = parse({"percent": 25.0, "operations": {"a.b": 0.0, "c.d": None}})
    assert [rules.share(name) for name in ("a.b", "c.d", "e.f")] == [0.0, 25.0, 25.0]


@pytest.mark.parametrize(
    ("document", "named"),
    [
        ({"percent": -0.01}, "percent"),
        ({"percent": 100.01}, "percent"),
        ({"percent": float("nan")}, "percent"),
        ({"percent": None}, "percent"),
        ({"percent": ""}, "percent"),
        ({"percent": "10"}, "percent"),
        ({"operations": {"a.b": 101}}, "a.b"),
        ({"operations": {"a.b": "10"}}, "operations"),
        ({"operations": None}, "operations"),
        ({"clients": {"web": -1}}, "web"),
        ({"operations": {"typing.get": 50}}, "typing.get"),
        ({"people": {"first": [1], "last": [1]}}, "people"),
        ({"people": {"first": ["1"]}}, "people"),
        ({"stopped": None}, "stopped"),
        ({"format": 2}, "format"),
        ({"algorithm": "md5"}, "algorithm"),
        ({"percents": 10}, "percents"),
    ],
)
def test_what_is_not_of_the_form_is_refused_and_named(document: dict[str, Any], named: str) -> None:
    with pytest.raises(InvalidRules, match=named):
        parse(document)


@pytest.mark.parametrize("percent", [0, 100, None])
def test_what_lives_in_memory_moves_at_once(percent: float | None) -> None:
    assert parse({"operations": {"presence.bulk": percent}})


def test_nothing_given_sends_nobody() -> None:
    assert parse({}) == Rules()
    assert Rules().share("messages.list") == 0
