"""What an operation costs grows with its answer, never faster: counted in calls of Python and C, not in seconds."""

import json
import sys
from typing import Any
from urllib.parse import urlencode

import pytest

from contracts.model.errors import GatewayError
from tests.adapters.legacy.test_exchanges import CASES
from tests.support.fakes import FakeUpstream, ask, exchanges

SMALL, LARGE = 8, 32


def larger(value: Any, times: int) -> Any:
    """Every list so many times as long, its items as they are."""
    if isinstance(value, dict):
        return {name: larger(inner, times) for name, inner in value.items()}
    if isinstance(value, list):
        return [larger(item, 1) for item in value] * times if times > 1 else [larger(i, 1) for i in value]
    return value


async def steps(case: dict[str, Any], times: int) -> tuple[int, int]:
    """Calls, and bytes of the answers that caused them."""
    responses = case["modern_response"]
    listed = responses if isinstance(case["modern_request"], list) else [responses]
    answers = [json.dumps(larger(answer, times)).encode() for answer in listed]
    asked, gateway = case["legacy_request"], exchanges(FakeUpstream(answers))
    found = 0

    def note(_: object, event: str, __: object) -> None:
        nonlocal found
        found += event in ("call", "c_call")

    query = urlencode(asked["query"])
    sys.setprofile(note)
    try:
        await ask(gateway, asked["method"], asked["path"], query, asked["body"], by=case["by"])
    except GatewayError:
        pass
    finally:
        sys.setprofile(None)
    return found, sum(map(len, answers))


@pytest.mark.parametrize(("name", "case"), CASES)
async def test_steps_grow_with_the_answer_at_most(name: str, case: dict[str, Any]) -> None:
    await steps(case, SMALL)  # what is made once, is made
    few, small = await steps(case, SMALL)
    many, large = await steps(case, LARGE)
    assert many <= 1.3 * few * max(1.0, large / small) + 200
