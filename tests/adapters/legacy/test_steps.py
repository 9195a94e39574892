"""What an operation costs grows with its answer, never faster: counted in calls of Python and C, not in seconds."""

import contextlib
import json
from typing import Any
from urllib.parse import urlencode

import pytest

from contracts.model.errors import GatewayError
from tests.adapters.legacy.test_exchanges import CASES
from tests.support.fakes import FakeUpstream, ask, exchanges
from tests.support.steps import Steps, larger

SMALL, LARGE = 8, 32


async def steps(case: dict[str, Any], times: int) -> tuple[int, int]:
    """Calls, and bytes of the answers that caused them."""
    responses = case["modern_response"]
    listed = responses if isinstance(case["modern_request"], list) else [responses]
    answers = [json.dumps(larger(answer, times)).encode() for answer in listed]
    asked, gateway = case["legacy_request"], exchanges(FakeUpstream(answers))
    count = Steps()
    query = urlencode(asked["query"])
    with count.on(), contextlib.suppress(GatewayError):
        await ask(gateway, asked["method"], asked["path"], query, asked["body"], by=case["by"])
    return count.count, sum(map(len, answers))


@pytest.mark.parametrize(("name", "case"), CASES)
async def test_steps_grow_with_the_answer_at_most(name: str, case: dict[str, Any]) -> None:
    await steps(case, SMALL)  # what is made once, is made
    few, small = await steps(case, SMALL)
    many, large = await steps(case, LARGE)
    assert many <= 1.3 * few * max(1.0, large / small) + 200
