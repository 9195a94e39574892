"""The check, run against the whole system: nothing deviates, nothing is missing.

For legacy clients with all that the gateway promises beyond the old server; for several people, because what one
of them sees may be empty for another.
"""

import asyncio
from collections.abc import Iterator
from typing import Any

import pytest

from contracts import openapi
from demo.stage import Stage
from gateway.check import check
from gateway.check_known import at_start
from gateway.check_report import Finding, counts
from tests.whole import whole


@pytest.fixture(scope="module")
def stage(postgres) -> Iterator[Stage]:
    with whole(postgres) as running:
        yield running


def faults(findings: list[Finding]) -> list[str]:
    return [str(finding) for finding in findings if finding.verdict in ("deviates", "missing")]


def run(url: str, shape: str, person: dict[str, Any], profile: Any = None) -> list[Finding]:
    document = openapi.promised(openapi.load(shape))
    known = at_start(person["token"], profile)
    return asyncio.run(check(url, document, person["token"], known, True))


@pytest.mark.parametrize("user_id", [1, 2, 3, 4])
def test_a_legacy_client_is_told_what_was_promised(stage, user_id):
    person = stage.people[user_id - 1]
    for profile in person["profiles"].items():
        findings = run(stage.gateway, "legacy", person, profile)
        assert faults(findings) == []
        assert counts(findings)["conforms"] > 35


@pytest.mark.parametrize("user_id", [1, 2, 3, 4, 7])
@pytest.mark.parametrize("server", ["gateway", "backend"])
def test_a_modern_client_is_told_what_was_promised(stage, server, user_id):
    findings = run(getattr(stage, server), "2.1", stage.people[user_id - 1])
    assert faults(findings) == []
    assert counts(findings)["conforms"] > 15
