"""The contract, asked through the whole system: nothing deviates, nothing is missing.

For legacy clients with all that the gateway promises beyond the old server; for several people, because what one
of them sees may be empty for another. What the check leaves out, because it cannot be taken back, is walked here.
"""

import asyncio
import re
from collections.abc import Iterator
from typing import Any, NamedTuple

import pytest
import requests

from adapters import OPERATIONS
from contracts.model.profile import Profile
from contracts.specs import openapi
from demo.stage import Stage
from gateway.check.answer import answer_of
from gateway.check.known_ids import at_start
from gateway.check.report import Finding, counts
from gateway.check.run import check, judge
from tests.support.whole import whole

LEGACY = openapi.promised(openapi.load("legacy"))
CONTRACTS = {contract.name: contract for contract in openapi.operations(LEGACY)}


@pytest.fixture(scope="module")
def stage(postgres) -> Iterator[Stage]:
    with whole(postgres) as running:
        yield running


def faults(findings: list[Finding]) -> list[str]:
    return [str(finding) for finding in findings if finding.verdict in ("deviates", "missing")]


def run(url: str, shape: str, person: dict[str, Any], profile: Any = None) -> list[Finding]:
    document = openapi.promised(openapi.load(shape))
    known = at_start(person["token"], Profile(*profile) if profile else None)
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


@pytest.mark.parametrize("row", OPERATIONS, ids=lambda row: row.name)
@pytest.mark.parametrize(("side", "shape"), [("legacy", "legacy"), ("modern", "2.1")])
def test_every_row_of_the_tables_has_its_contract(row, side, shape):
    form = getattr(row, side)
    if form is None:
        return
    contract = {c.name: c for c in openapi.operations(openapi.load(shape))}.get(row.name)
    assert contract, f"describe {row.name} in contracts/specs/{openapi.DOCUMENTS[shape]}"
    assert contract.route == f"{form.method} {re.sub('{[^}]*}', '{}', form.template)}"


class Step(NamedTuple):
    """One request of the walk; ``{names}`` in the path are learned from earlier answers."""

    operation: str
    path: str
    body: Any = None
    learns: tuple[str, str] | None = None
    status: int = 200


CHALA = {"profile_id": 6, "profile_type": "student", "user_id": 3}
BEZA = {"profile_id": 5, "profile_type": "tutor", "user_id": 2}
ME = "profile_id=5&profile_type=student&user_id=1"
TIME = "2026-11-22T22:46:00Z"
LOG = {"conversation_id": 11, "caller_profile_id": 5, "caller_profile_type": "student", "call_type": "voice"}
CONVERSATION = ("group", "conversation_id")
WALK = [
    Step("groups.create", f"/api/chat/groups?{ME}", {"name": "Walk", "participants": [CHALA]}, CONVERSATION),
    Step("conversations.update", f"/api/chat/conversations/{{group}}?{ME}&name=Walked"),
    Step(
        "participants.add", f"/api/chat/conversations/{{group}}/participants?{ME}", {"participants": [BEZA]}
    ),
    Step("participants.remove", f"/api/chat/conversations/{{group}}/participants/5/tutor?{ME}"),
    Step(
        "conversations.create",
        f"/api/chat/conversations?{ME}",
        {"type": "channel", "name": "News", "participants": [CHALA]},
    ),
    Step(
        "calls.create", f"/api/chat/calls?{ME}&conversation_id=11&call_type=video", None, ("call", "call_id")
    ),
    Step("calls.update", f"/api/chat/calls/{{call}}?{ME}&status=ended&duration_seconds=5"),
    Step("call_logs.create", f"/api/call-logs?{ME}", LOG | {"status": "initiated"}, ("log", "call_log_id")),
    Step(
        "call_logs.update",
        f"/api/call-logs/{{log}}?{ME}",
        {"status": "ended", "ended_at": TIME, "duration_seconds": 3},
    ),
    Step("call_logs.list", f"/api/call-logs/11?{ME}"),
    Step("calls.list", f"/api/chat/calls?{ME}"),
    Step("connection_requests.respond", f"/api/chat/connection-requests/104/respond?{ME}&action=accept"),
    Step("connections.update", "/api/connections/105", {"status": "rejected"}),
    Step(
        "connections.create",
        "/api/connections",
        {"recipient_profile_id": 10, "recipient_type": "tutor", "requester_type": "student"},
        ("connection", "id"),
        201,
    ),
    Step("connections.delete", "/api/connections/{connection}", status=204),
    Step(
        "connections.request",
        "/api/connections/request",
        {"receiver_profile_id": 10, "receiver_profile_type": "tutor"},
    ),
    Step("connections.end", "/api/connections/delete", {"profile_id": 10, "profile_type": "tutor"}),
    Step(
        "two_step.enable", f"/api/chat/security/two-step/enable?{ME}&password=one-two&recovery_email=a@b.test"
    ),
    Step("two_step.verify", f"/api/chat/security/two-step/verify?{ME}", {"password": "wrong"}),
    Step("two_step.verify", f"/api/chat/security/two-step/verify?{ME}", {"password": "one-two"}),
    Step("two_step.get", f"/api/chat/security/two-step?{ME}"),
    Step(
        "two_step.change_email",
        f"/api/chat/security/two-step/change-email?{ME}&password=one-two&new_email=c@d.test",
    ),
    Step(
        "two_step.change_password",
        f"/api/chat/security/two-step/change-password?{ME}&current_password=one-two&new_password=three-four",
    ),
    Step("two_step.forgot", f"/api/chat/security/two-step/forgot?{ME}"),
    Step(
        "two_step.reset",
        f"/api/chat/security/two-step/reset?{ME}",
        {"otp": "000000", "new_password": "five-six"},
        status=400,
    ),
    Step("two_step.disable", f"/api/chat/security/two-step/disable?{ME}&password=three-four"),
    Step("sessions.terminate_others", f"/api/chat/sessions?{ME}"),
    Step("sessions.terminate_all", "/api/chat/sessions/terminate-all", {}),
    Step("media.upload", f"/api/chat/media?{ME}"),
    Step("history.clear", f"/api/chat/conversations/12/history?{ME}"),
    Step("messages.list", f"/api/chat/messages/12?{ME}"),
    Step("conversations.delete", "/api/chat/conversations/11"),
    Step("data.delete", f"/api/chat/data?{ME}"),
    Step("conversations.list", f"/api/chat/conversations?{ME}&filter_type=all"),
]
ERROR = openapi.alone(LEGACY, LEGACY["components"]["schemas"]["Error"])


def test_what_cannot_be_taken_back_is_as_promised_too(stage):
    """Last in this file: afterwards the person's chats are gone."""
    learned: dict[str, Any] = {}
    found = []
    for step in WALK:
        answer = ask(stage, step, learned)
        contract = CONTRACTS[step.operation]
        if step.status >= 400:
            contract = contract._replace(answers={step.status: ERROR})
        assert answer.status_code == step.status, (step.operation, answer.text)
        found.append(judge(LEGACY, contract, answer_of(answer.status_code, answer.text)))
        if step.learns:
            learned[step.learns[0]] = answer.json()[step.learns[1]]
    assert faults(found) == []


def ask(stage: Stage, step: Step, learned: dict[str, Any]) -> requests.Response:
    person = stage.people[0]
    what = {"files": {"file": ("a.txt", b"a", "text/plain")}} if step.operation == "media.upload" else {}
    return requests.request(
        CONTRACTS[step.operation].method,
        stage.gateway + step.path.format(**learned),
        headers={"Authorization": f"Bearer {person['token']}"},
        json=step.body,
        timeout=30,
        **what,
    )


def test_all_operations_are_walked(stage):
    by_check = {
        finding.operation
        for finding in run(stage.gateway, "legacy", stage.people[1], ("tutor", 5))
        if finding.verdict == "conforms"
    }
    assert by_check | {step.operation for step in WALK} == set(CONTRACTS)
