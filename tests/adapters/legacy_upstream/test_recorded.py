"""Whatever the old backend really answered: said in 2.1, it conforms to the contract of 2.1."""

import json
from typing import Any
from urllib.parse import urlencode

import pytest

from adapters.legacy_upstream import LEGACY_UPSTREAM
from contracts.specs.openapi_examples import recorded
from tests.adapters.legacy_upstream.test_exchanges import CASES, _backend, _directory, _facts
from tests.support.fakes import ask
from tests.support.openapi import check, load
from tests.support.replay_legacy import old_gateway

REQUESTS = {param.values[0]: param.values[1] for param in reversed(CASES)}
#: A recording of somebody else's settings has the form of one's own; nobody asks for it here.
ROWS = [row for row in LEGACY_UPSTREAM if row.handler and row.name in REQUESTS]
RECORDED = [
    pytest.param(row.name, one["body"], id=f"{row.name}: {one['case']}")
    for row in ROWS
    for one in recorded("legacy", row.name)
    if one["status"] == 200
]


@pytest.mark.parametrize(("name", "body"), RECORDED)
async def test_a_recorded_answer_conforms_in_2_1(name: str, body: Any) -> None:
    case: dict[str, Any] = {**REQUESTS[name], "legacy_response": body}
    asked, upstream = case["modern_request"], _backend(name, case)
    if name in ("calls.create", "calls.update"):
        number = body.get("call_id") or int(asked["path"].rpartition("/")[2])
        upstream.answers["call_logs.list"]["call_logs"][0]["id"] = number
    gateway = old_gateway(upstream, _facts(None), _directory())
    query = urlencode(asked["query"])
    told = await ask(
        gateway, asked["method"], asked["path"], query, asked["body"], by=case["by"], X_Chat_API="2.1"
    )
    check(load(), name, 200, json.loads(told.body))


def test_nearly_every_operation_was_recorded() -> None:
    missing = {row.name for row in ROWS} - {param.values[0] for param in RECORDED}
    assert missing == set()
