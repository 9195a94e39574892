"""Every exchange of the second table, played against an upstream that replays the deployed backend's answers."""

import json
from typing import Any
from urllib.parse import urlencode

import pytest

from contracts.errors import GatewayError
from tests import openapi
from tests.adapters.deployed.replay import EXCHANGES22, Replayed, gateway
from tests.fakes import ask

CASES = [
    pytest.param(file.stem, case, id=f"{file.stem}: {case['case']}")
    for file in sorted(EXCHANGES22.glob("*.json"))
    for case in json.loads(file.read_text("utf-8"))["exchanges"]
]


async def _play(case: dict[str, Any]) -> tuple[Replayed, int, Any]:
    asked, upstream = case["asked"], Replayed(case["passed"])
    query = urlencode(asked["query"])
    try:
        answer = await ask(
            gateway(upstream),
            asked["method"],
            asked["path"],
            query,
            asked["body"],
            by=case["by"],
            X_Chat_API="2.1",
        )
    except GatewayError as error:
        return upstream, error.status, {"detail": error.message, "code": error.code}
    return upstream, answer.status, json.loads(answer.body) if answer.body else None


@pytest.mark.parametrize(("name", "case"), CASES)
async def test_asked_in_2_1_is_told_in_2_1(name: str, case: dict[str, Any]) -> None:
    upstream, status, told = await _play(case)
    assert (status, told) == (case.get("status", 200), case["told"])
    # Everything recorded was needed, and nothing else was asked.
    assert sorted(map(json.dumps, upstream.sent)) == sorted(json.dumps(one["sent"]) for one in case["passed"])


@pytest.mark.parametrize(("name", "case"), [p for p in CASES if "status" not in p.values[1]])
def test_what_is_told_keeps_the_promise_of_2_1(name: str, case: dict[str, Any]) -> None:
    openapi.check(openapi.load(), name, 200, _completed(name, case["told"]))


def _completed(name: str, told: Any) -> Any:
    """With a number in place of the one id that 2.2 does not say."""
    text = json.loads(json.dumps(told))
    for one in text if name == "conversations.list" else ():
        if one["last_message"]:
            assert one["last_message"]["id"] is None
            one["last_message"]["id"] = 1
    return text
