"""Safe only with evidence: each kind of missing or bad evidence, one row."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from gateway.rollout.steps import STEPS
from gateway.rollout.verdict import STALE, Compared, Evidence, Health, Limits, Usage, judge

NOW = datetime(2027, 3, 1, tzinfo=UTC)
NAME = "messages.list"
GOOD = Compared(chosen=1000, compared=1000, differences={})
EVIDENCE = Evidence(
    at=NOW,
    compared={NAME: GOOD},
    old={NAME: Health(5000, 5, 20.0)},
    new={NAME: Health(1000, 1, 25.0)},
    usage=Usage((), 35),
)


def verdict(step: str, evidence: Evidence | None, **limits: Any) -> tuple[str, list[str]]:
    found = judge(step, evidence, [NAME], Limits(**limits), NOW)
    return found.answer, [reason.code for reason in found.reasons]


@pytest.mark.parametrize("step", STEPS)
def test_with_all_evidence_every_step_is_safe(step: str) -> None:
    assert verdict(step, EVIDENCE) == ("safe", [])


def comparison(**more: Any) -> Evidence:
    return EVIDENCE._replace(compared={NAME: GOOD._replace(**more)})


def health(new: Health) -> Evidence:
    return EVIDENCE._replace(new={NAME: new})


@pytest.mark.parametrize(
    ("step", "evidence", "answer", "code"),
    [
        ("canary", None, "unknown", "no_data"),
        ("canary", EVIDENCE._replace(compared=None), "unknown", "no_data"),
        ("canary", EVIDENCE._replace(compared={}), "unknown", "too_few"),
        ("canary", EVIDENCE._replace(at=NOW - STALE - timedelta(seconds=1)), "unknown", "stale"),
        ("canary", comparison(compared=999, chosen=999), "unknown", "too_few"),
        ("canary", comparison(chosen=1251), "unknown", "coverage"),
        ("canary", comparison(overflow=True), "unknown", "overflow"),
        ("canary", comparison(masked=10.1), "unknown", "masked"),
        ("canary", comparison(differences={"$.a": 1}), "not_safe", "differences"),
        ("moved", EVIDENCE._replace(new=None), "unknown", "no_data"),
        ("moved", health(Health(0, 0, None)), "unknown", "too_few"),
        ("moved", health(Health(1000, 1, None)), "unknown", "no_data"),
        ("moved", health(Health(1000, 3, 20.0)), "not_safe", "errors"),
        ("moved", health(Health(1000, 1, 25.1)), "not_safe", "slow"),
        ("sunset", EVIDENCE._replace(usage=None), "unknown", "no_data"),
        ("sunset", EVIDENCE._replace(usage=Usage(("ios 3.1, user 45",), 35)), "not_safe", "legacy_seen"),
        ("sunset", EVIDENCE._replace(usage=Usage((), 34.9)), "unknown", "coverage"),
        ("sunset", EVIDENCE._replace(usage=Usage((), 35, gap_share=0.011)), "unknown", "gaps"),
        ("sunset", EVIDENCE._replace(usage=Usage((), 35, overflow=True)), "unknown", "overflow"),
    ],
)
def test_what_is_missing_or_bad(step: str, evidence: Evidence | None, answer: str, code: str) -> None:
    assert verdict(step, evidence) == (answer, [code])


def test_one_bad_reason_outweighs_unknown_ones() -> None:
    assert verdict("canary", comparison(compared=5, chosen=5, differences={"$.a": 1})) == (
        "not_safe",
        ["differences", "too_few"],
    )


def test_an_allowed_place_does_not_hurt() -> None:
    evidence = comparison(differences={"$.messages[].sender_name": 7})
    assert verdict("canary", evidence, allowed=frozenset({f"{NAME} $.messages[].sender_name"}))[0] == "safe"
    assert verdict("canary", evidence, allowed=frozenset({f"{NAME} $.messages[].content"}))[0] == "not_safe"


def test_no_operation_at_all_is_unknown() -> None:
    assert judge("canary", EVIDENCE, [], Limits(), NOW).answer == "unknown"


def test_every_reason_says_where() -> None:
    found = judge("moved", health(Health(1000, 30, 90.0)), [NAME], Limits(), NOW)
    assert [(reason.operation, bool(reason.text)) for reason in found.reasons] == [(NAME, True), (NAME, True)]
