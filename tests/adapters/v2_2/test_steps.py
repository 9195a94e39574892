"""What an operation costs in front of 2.2 grows with what the upstream answers, never faster."""

import contextlib
import json
import re
from typing import Any
from urllib.parse import urlencode

import pytest

from contracts.model.errors import GatewayError
from contracts.model.http import JSON, Headers, Response
from tests.adapters.v2_2.test_exchanges import CASES
from tests.support.fakes import ask
from tests.support.replay_v2_2 import gateway, to_upstream_error
from tests.support.steps import Steps, larger

SMALL, LARGE = 8, 32


class Longer:
    """Answers as recorded, whatever the page, with longer lists: a second page of them is empty.

    Of what is asked for each row of such a list only the recorded one is longer: all would grow with its square.
    """

    def __init__(self, recorded: list[dict[str, Any]], times: int) -> None:
        self.answers = {self._key(one["request"]): one for one in reversed(recorded)}
        self.times = times
        self.bytes = self.asked = 0

    async def send(self, method: str, target: str, headers: Headers, body: bytes) -> Response:
        self.asked += 1
        asked = to_upstream_error(method, target, body)
        one = self.answers.get(self._key(asked), {"status": 404, "response": {"detail": "x"}})
        later = asked["query"].get("offset", "0") != "0" or "before_message_id" in asked["query"]
        recorded = one.get("request", {}).get("path") == asked["path"]
        answer = larger(one["response"], 0 if later else self.times if recorded else 1, named=True)
        raw = json.dumps(answer).encode()
        self.bytes += len(raw)
        return Response(one.get("status", 200), JSON, raw)

    @staticmethod
    def _key(asked: dict[str, Any]) -> tuple[str, str]:
        return asked["method"], re.sub(r"[0-9]+", "#", asked["path"])


async def measured(case: dict[str, Any], times: int, client: str) -> tuple[int, Longer]:
    upstream, steps, asked = Longer(case["upstream"], times), Steps(), case["request"]
    core = gateway(upstream)
    with steps.on(), contextlib.suppress(GatewayError):
        query = urlencode(asked["query"])
        where = asked["method"], asked["path"], query, asked["body"]
        await ask(core, *where, by=case["by"], X_Chat_API=client)
    return steps.count, upstream


@pytest.mark.parametrize(("name", "case"), CASES)
async def test_steps_grow_with_the_answers_at_most(name: str, case: dict[str, Any]) -> None:
    await measured(case, SMALL, "2.1")  # what is made once, is made
    few, small = await measured(case, SMALL, "2.1")
    many, large = await measured(case, LARGE, "2.1")
    assert many <= 1.1 * few * max(1.0, large.bytes / max(small.bytes, 1)) + 200
    assert large.asked <= LARGE / SMALL * small.asked
