"""Who goes where: by rows, and by what must hold for every set of rules."""

import itertools
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.rollout.decision import Decider, Decision
from gateway.rollout.rules import InvalidRules, Rules, parse

USERS = range(1, 1001)


def decide(
    document: dict[str, Any], operation: str = "messages.list", user: int = 1, client: str = "web"
) -> Decision:
    return Decider(parse(document)).decide(operation, user, client)


@pytest.mark.parametrize(
    ("document", "user", "side", "why"),
    [
        ({}, 1, "from", "all"),
        ({"percent": 100}, 1, "to", "all"),
        ({"percent": 100, "operations": {"messages.list": 0}}, 1, "from", "operation"),
        ({"operations": {"messages.list": 100}}, 1, "to", "operation"),
        ({"percent": 100, "people": {"last": [1]}}, 1, "from", "last"),
        ({"percent": 0, "people": {"first": [1]}}, 1, "to", "first"),
        ({"percent": 100, "clients": {"web": 0}}, 1, "from", "client"),
        ({"percent": 0, "clients": {"web": 100}}, 1, "from", "all"),
        ({"percent": 100, "stopped": True, "people": {"first": [1]}}, 1, "from", "stopped"),
    ],
)
def test_the_rule_that_decides(document: dict[str, Any], user: int, side: str, why: str) -> None:
    decision = decide(document, user=user)
    assert (decision.side, decision.why) == (side, why)


def test_what_lives_in_memory_moves_for_everybody_or_nobody() -> None:
    for percent, side in ((0, "from"), (99, "from"), (100, "to")):
        rules = {"percent": percent, "people": {"first": [1], "last": [2]}}
        assert {decide(rules, "typing.get", user).side for user in (1, 2, 3)} == {side}


SWITCHES = {
    "percent": (0, 50, 100),
    "people": ({}, {"first": [1]}, {"last": [1]}),
    "operations": ({}, {"messages.list": 0}, {"messages.list": 100}),
    "clients": ({}, {"web": 0}, {"web": 100}),
    "step": ("observe", "canary", "moved", "brownout", "sunset"),
}


@pytest.mark.parametrize("values", list(itertools.product(*SWITCHES.values())))
def test_a_stop_outranks_every_combination(values: tuple[Any, ...]) -> None:
    document = {**dict(zip(SWITCHES, values, strict=True)), "stopped": True}
    assert decide(document) == Decision("from", "stopped", 0)


def test_at_zero_nobody_and_at_a_hundred_everybody() -> None:
    for percent, side in ((0, "from"), (100, "to")):
        decider = Decider(Rules(percent=percent))
        assert {decider.decide("messages.send", user, "web").side for user in range(100_000)} == {side}


def test_nobody_flips_between_two_requests_and_nobody_leaves_when_the_share_grows() -> None:
    for operation in ("messages.list", "conversations.list"):
        inside: set[int] = set()
        for percent in (1, 10, 25, 100):
            decider = Decider(Rules(percent=percent))
            now = {user for user in USERS if decider.decide(operation, user, "web").side == "to"}
            again = {user for user in USERS if decider.decide(operation, user, "ios").side == "to"}
            assert inside <= now == again
            inside = now


def test_a_renamed_operation_keeps_its_people() -> None:
    before, after = (
        Decider(Rules(percent=10, salts={name: "stored-id-7"})) for name in ("messages.list", "messages.page")
    )
    assert [before.decide("messages.list", user, "").bucket for user in USERS] == [
        after.decide("messages.page", user, "").bucket for user in USERS
    ]


def test_a_rule_that_fails_goes_to_the_old_backend_and_is_counted() -> None:
    broken = Decider(Rules(percent=100, operations={"messages.list": "x"}))  # type: ignore[dict-item]
    assert broken.decide("messages.list", 1, "web") == Decision("from", "failed", 0)
    assert broken.failures == 1


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=8,
)
KEYS = st.sampled_from(["version", "format", "stopped", "percent", "operations", "people", "clients", "salt"])


@given(st.dictionaries(KEYS, JSON, max_size=4))
def test_broken_rules_are_refused_whole_and_never_crash(document: dict[str, Any]) -> None:
    try:
        rules = parse(document)
    except InvalidRules:
        return
    assert Decider(rules).decide("messages.list", 1, "web").side in ("from", "to")
