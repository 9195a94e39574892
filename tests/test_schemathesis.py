"""Requests that the contracts allow, made by Schemathesis and sent through a gateway with everything behind it.

No server error, no status that is not documented, no answer that breaks its contract: for legacy clients with all
that the gateway promises beyond the old server. The database is made for this and thrown away.
"""

import os
from collections.abc import Iterator
from typing import Any

import pytest
import requests
import schemathesis
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from schemathesis import checks

from contracts.specs import openapi
from demo.stage import Stage
from tests.support.whole import whole

EXAMPLES = int(os.environ.get("EXAMPLES", 50 if os.environ.get("PROVE") == "1" else 4))
#: What stands for `default` in the documents: the client's faults. There is no 5xx among them.
REFUSALS = ("400", "401", "403", "404", "405", "409", "413", "422", "429")
#: What is there in the story, so that not every request is for something unknown.
KNOWN: dict[str, list[Any]] = {
    "conversation_id": [11, 12, 13, 14, 15],
    "message_id": [201, 203, 206, 207, 210, 221, 222],
    "id": [5, 7, 11, 12, 201, 203, 301],
    "connection_id": [1, 104, 106, 109],
    "poll_id": [501, 502],
    "option_id": [511, 512, 521],
    "option_ids": [[511], [521, 522]],
    "session_id": [401, 402],
    "call_id": [301, 302],
    "call_log_id": [301, 302],
    "user_id": [1],
    "profile_id": [5],
    "profile_type": ["student"],
    "target_user_id": [2, 3, 4, 7],
    "blocked_user_id": [6, 8],
    "target_profile_id": [5, 6, 8],
    "blocked_profile_id": [8, 9],
    "participant_profile_id": [5, 6],
    "profile_ids": ["tutor_5,student_6", "parent_5"],
    "user_ids": ["2,3", "4"],
}
#: How long an answer may take before it counts as none.
TRANSPORT_S = 120


@pytest.fixture(scope="module")
def stage(postgres) -> Iterator[Stage]:
    with whole(postgres) as running:
        yield running


def explicit(document: dict[str, Any]) -> dict[str, Any]:
    """The document with every refusal by its status: `default` would document anything."""
    paths = {}
    for template, path in document["paths"].items():
        paths[template] = dict(path)
        for method in openapi.METHODS:
            if method in path:
                answers = dict(path[method]["responses"])
                default = answers.pop("default")
                paths[template][method] = {
                    **path[method],
                    "responses": {**answers, **{s: default for s in REFUSALS if s not in answers}},
                }
    return {**document, "paths": paths}


SCHEMAS = {
    shape: schemathesis.openapi.from_dict(explicit(openapi.promised(openapi.load(shape))))
    for shape in ("legacy", "2.1")
}
OPERATIONS = [
    pytest.param(shape, operation.ok(), id=f"{shape}-{operation.ok().definition.raw['operationId']}")
    for shape, schema in SCHEMAS.items()
    for operation in schema.get_all_operations()
]
CHECKS = [
    checks.status_code_conformance,
    checks.content_type_conformance,
    checks.response_schema_conformance,
]


def likely(case: schemathesis.Case, chance: Any) -> None:
    """Put what is known in place of most made-up values."""
    for part in (case.path_parameters, case.query, case.body):
        if isinstance(part, dict):
            for name in sorted(part.keys() & KNOWN.keys()):
                if chance.draw(st.integers(0, 3)):
                    part[name] = chance.draw(st.sampled_from(KNOWN[name]))


@pytest.mark.parametrize(("shape", "operation"), OPERATIONS)
def test_a_request_that_the_contract_allows(stage: Stage, shape: str, operation: Any) -> None:
    session = requests.Session()
    headers = {"Authorization": f"Bearer {stage.people[0]['token']}", "X-Chat-API": shape}

    @given(case=operation.as_strategy(), chance=st.data())
    @settings(
        max_examples=EXAMPLES,
        deadline=None,
        database=None,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    def ask(case: schemathesis.Case, chance: Any) -> None:
        likely(case, chance)
        answer = case.call(base_url=stage.gateway, headers=headers, session=session, timeout=TRANSPORT_S)
        # A 501 is honest where it is documented; every other 5xx is a fault.
        honest = [] if answer.status_code == 501 else [checks.not_a_server_error]
        case.validate_response(answer, checks=[*honest, *CHECKS])

    with session:
        ask()


def test_every_operation_is_there() -> None:
    assert len(OPERATIONS) == sum(len(openapi.operations(openapi.load(shape))) for shape in SCHEMAS)
