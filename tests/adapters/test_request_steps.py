"""What a request costs grows with its bytes, never faster, whatever is large in it; refused or not, for every shape."""

import contextlib
import json
from typing import Any
from urllib.parse import urlencode

import pytest

from contracts.model.errors import GatewayError
from tests.adapters.legacy.test_exchanges import CASES
from tests.support.fakes import FakeUpstream, ask, exchanges
from tests.support.replay_legacy import OldBackend, old_gateway
from tests.support.steps import Steps, larger

#: Below every bound; what is over one is refused in steps that are bounded (tests/contracts/model/test_bounds.py).
SMALL, LARGE = 50, 400
KINDS = ["keys", "keys in the path of a person", "lists", "texts", "query", "numbers"]


def grown(asked: dict[str, Any], kind: str, count: int) -> tuple[dict[str, Any], Any]:
    """The query and the body of a request, of which something is large."""
    query, body = dict(asked["query"]), asked["body"]
    extra = {f"k{number}": number for number in range(count)}
    if kind == "query":
        query |= {name: str(value) for name, value in extra.items()}
    elif isinstance(body, dict):
        body = {
            "keys": lambda: {**body, **extra},
            "keys in the path of a person": lambda: {**body, "participants": [extra], "to": extra},
            "lists": lambda: larger(body, count, named=True) | {"list": list(extra.values())},
            "texts": lambda: {
                key: value * count if isinstance(value, str) else value for key, value in body.items()
            },
            "numbers": lambda: {**body, "number": int("9" * count)},
        }[kind]()
    return query, body


def _core(upstream: str, case: dict[str, Any]) -> Any:
    responses = case["modern_response"]
    fake = FakeUpstream(responses if isinstance(case["modern_request"], list) else [responses])
    return old_gateway(OldBackend()) if upstream == "legacy" else exchanges(fake, shape=upstream)  # type: ignore[arg-type]


async def measured(case: dict[str, Any], side: str, upstream: str, kind: str, count: int) -> tuple[int, int]:
    """Steps, and bytes of the request."""
    asked, steps, core = case[side], Steps(), _core(upstream, case)
    query, body = grown(asked, kind, count)
    encoded, raw = urlencode(query), json.dumps(body).encode()
    headers = {"X_Chat_API": "2.1" if side == "modern_request" else "legacy"}
    with steps.on(), contextlib.suppress(GatewayError):
        await ask(core, asked["method"], asked["path"], encoded, raw, by=case["by"], **headers)
    return steps.count, len(encoded) + len(raw)


@pytest.mark.parametrize("upstream", ["legacy", "2.1", "2.2"])
@pytest.mark.parametrize("kind", KINDS)
async def test_steps_grow_with_the_request_at_most(kind: str, upstream: str) -> None:
    slow = []
    examples: Any = [one.values for one in CASES]
    for name, case in examples:
        for side in ("legacy_request", "modern_request"):
            if not isinstance(case[side], dict) or (
                kind != "query" and not isinstance(case[side]["body"], dict)
            ):
                continue
            await measured(case, side, upstream, kind, SMALL)  # what is made once, is made
            few, small = await measured(case, side, upstream, kind, SMALL)
            many, large = await measured(case, side, upstream, kind, LARGE)
            if many > 1.3 * few * large / small + 200:
                slow.append((name, side, few, many))
    assert slow == []
