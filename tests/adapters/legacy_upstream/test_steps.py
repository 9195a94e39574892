"""What an operation costs in front of the old backend grows with what it answers, never faster."""

import contextlib
import json
from typing import Any
from urllib.parse import urlencode

import pytest

from contracts.model.errors import GatewayError
from contracts.model.http import Headers, Response
from tests.adapters.legacy_upstream.test_exchanges import CASES, _backend, _directory, _facts
from tests.support.fakes import ask
from tests.support.replay_legacy import OldBackend, old_gateway
from tests.support.steps import Steps, larger

SMALL, LARGE = 8, 32


class Longer:
    """Answers what another backend does, with longer lists."""

    def __init__(self, backend: OldBackend, times: int) -> None:
        self.backend, self.times = backend, times
        self.bytes = self.asked = 0

    async def send(self, method: str, target: str, headers: Headers, body: bytes) -> Response:
        self.asked += 1
        response = await self.backend.send(method, target, headers, body)
        raw = json.dumps(larger(json.loads(response.body), self.times, named=True)).encode()
        self.bytes += len(raw)
        return response._replace(body=raw)


async def measured(name: str, case: dict[str, Any], times: int) -> tuple[int, Longer]:
    upstream, steps, asked = Longer(_backend(name, case), times), Steps(), case["modern_request"]
    core = old_gateway(upstream, _facts(case["modern_response"]), _directory())  # type: ignore[arg-type]
    with steps.on(), contextlib.suppress(GatewayError):
        where = asked["method"], asked["path"], urlencode(asked["query"]), asked["body"]
        await ask(core, *where, by=case["by"], X_Chat_API="2.1")
    return steps.count, upstream


@pytest.mark.parametrize(("name", "case"), CASES)
async def test_steps_grow_with_the_answers_at_most(name: str, case: dict[str, Any]) -> None:
    await measured(name, case, SMALL)  # what is made once, is made
    few, small = await measured(name, case, SMALL)
    many, large = await measured(name, case, LARGE)
    assert many <= 1.1 * few * max(1.0, large.bytes / max(small.bytes, 1)) + 200
    assert large.asked <= LARGE / SMALL * small.asked
