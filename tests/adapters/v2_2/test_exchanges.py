"""Every exchange of the second table, played against an upstream that replays the deployed backend's answers."""

import json
from collections.abc import Callable, Iterable
from typing import Any
from urllib.parse import urlencode

import pytest

from adapters import OPERATIONS
from adapters.v2_2 import V2_2
from adapters.v2_2.row import Row
from contracts.model.errors import GatewayError
from tests.support import openapi
from tests.support.fakes import ask
from tests.support.replay_v2_2 import EXCHANGES22, Replayed, gateway

EXAMPLES: list[tuple[str, dict[str, Any]]] = [
    (file.stem, case)
    for file in sorted(EXCHANGES22.glob("*.json"))
    for case in json.loads(file.read_text("utf-8"))["exchanges"]
]
TOLD = [(name, case) for name, case in EXAMPLES if "status" not in case]


def titled(name: str, case: dict[str, Any]) -> Any:
    """The example as a parameter with a readable name."""
    return pytest.param(name, case, id=f"{name}: {case['case']}")


CASES = [titled(*example) for example in EXAMPLES]


async def _play(case: dict[str, Any]) -> tuple[Replayed, int, Any]:
    asked, upstream = case["request"], Replayed(case["upstream"])
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
    assert (status, told) == (case.get("status", 200), case["response"])
    # Everything recorded was needed, and nothing else was asked.
    assert {json.dumps(one) for one in upstream.sent} == {
        json.dumps(one["request"]) for one in case["upstream"]
    }


@pytest.mark.parametrize(("name", "case"), [titled(*example) for example in TOLD])
def test_what_is_told_keeps_the_promise_of_2_1(name: str, case: dict[str, Any]) -> None:
    told = json.loads(json.dumps(case["response"]))
    for one in IDS_THAT_2_2_NEVER_SAYS.get(name, lambda _: ())(told):
        assert one["id"] is None
        one["id"] = 1
    openapi.check(openapi.load(), name, 200, told)


#: The only two promises of 2.1 that nothing in 2.2 can keep; see docs/deployed-api.md.
IDS_THAT_2_2_NEVER_SAYS: dict[str, Callable[[Any], Iterable[Any]]] = {
    "conversations.list": lambda told: [one["last_message"] for one in told if one["last_message"]],
    "blocks.list": lambda told: told["blocked_contacts"],
}


MODERN = [row.name for row in OPERATIONS if row.modern]


def test_every_operation_of_the_first_table_has_a_row() -> None:
    names = [row.name for row in V2_2]
    assert len(names) == len(set(names))
    missing = set(MODERN) - set(names)
    assert missing == set(), (
        f"give {missing} a row in adapters/v2_2/: row(...) or only_ours(name, cannot=...)"
    )


@pytest.mark.parametrize("row", V2_2, ids=lambda row: row.name)
def test_every_row_says_how_or_that_it_cannot(row: Row) -> None:
    assert row.cannot or row.from_2_1 or row.endpoint
    assert not (row.cannot and row.from_2_1)


def test_every_row_of_an_operation_has_an_exchange() -> None:
    streamed = {"media.upload", "media.get"}
    missing = set(MODERN) - streamed - {name for name, _ in EXAMPLES}
    assert missing == set(), f"write contracts/exchanges/v2_2/NAME.json for {missing}"


@pytest.mark.parametrize("row", [row for row in V2_2 if row.cannot], ids=lambda row: row.name)
def test_what_cannot_be_done_asks_nobody(row: Row) -> None:
    cases = [case for name, case in EXAMPLES if name == row.name]
    assert all((case["status"], case["upstream"]) == (501, []) for case in cases)


def test_a_confirmation_is_never_added() -> None:
    """``DELETE /data`` deletes for everybody there: only a client that says so itself is passed on."""
    for _, case in EXAMPLES:
        asked, sent = case["request"], [one["request"] for one in case["upstream"]]
        assert "confirm" in asked["query"] or not any("confirm" in one["query"] for one in sent)


def test_the_author_of_a_forwarded_message_is_never_sent() -> None:
    """The deployed backend would take the person's number for a message's."""
    assert "forwarded_from_user_id" not in SENT


def test_nobody_is_named_by_a_role() -> None:
    assert "profile" not in SENT


SENT = json.dumps([one["request"] for _, case in EXAMPLES for one in case["upstream"]])
