"""A gateway in front of an upstream that replays what the deployed backend answered, or in front of one of 2.1."""

import json
from datetime import datetime
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from contracts.model.http import JSON, Headers, Response
from contracts.model.shape import Shape
from gateway.exchange.exchange import Exchanges
from gateway.exchange.v2_2 import Facts
from tests.support.fakes import exchanges

EXCHANGES22 = Path(__file__).parents[2] / "contracts" / "exchanges" / "v2_2"
#: A moment of the recorded story: Beza's last sign of life was a second ago.
NOW = datetime(2026, 11, 22, 22, 46, 9)


def to_upstream_error(method: str, target: str, body: bytes) -> dict[str, Any]:
    """A request as it is written in the exchanges."""
    url = urlsplit(target)
    query = dict(parse_qsl(url.query, keep_blank_values=True))
    return {
        "method": method,
        "path": url.path,
        "query": query,
        "body": json.loads(body) if body else None,
    }


class Replayed:
    """Answers exactly the given requests, whatever their order, and remembers which came."""

    def __init__(self, passed: list[dict[str, Any]]) -> None:
        self.passed = passed
        self.sent: list[dict[str, Any]] = []

    async def send(self, method: str, target: str, headers: Headers, body: bytes) -> Response:
        asked = to_upstream_error(method, target, body)
        self.sent.append(asked)
        for one in self.passed:
            if one["request"] == asked:
                return Response(one.get("status", 200), JSON, json.dumps(one["response"]).encode())
        raise AssertionError(f"nobody recorded {asked}")


def gateway(
    upstream: Any, *, upstream_is_2_2: bool = True, modern: Shape = "2.1", facts: Facts | None = None
) -> Exchanges:
    """A gateway; ``modern`` is the shape of modern clients, ``facts`` reads the database of the upstream."""
    shape: Shape = "2.2" if upstream_is_2_2 else "2.1"
    return exchanges(upstream, shape=shape, modern=modern, facts=facts, now=lambda: NOW)
