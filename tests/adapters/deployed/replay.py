"""A gateway in front of an upstream that replays what the deployed backend answered, or in front of one of 2.1."""

import json
from datetime import datetime
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from adapters import OPERATIONS
from adapters.deployed import DEPLOYED
from contracts.http import JSON, Headers, Response
from gateway.deployed import Deployed, Facts
from gateway.exchange import Exchanges
from gateway.routes import Routes, Shape
from tests.fakes import FakeDirectory, FakeTokens

EXCHANGES22 = Path(__file__).parents[3] / "contracts" / "exchanges22"
#: A moment of the recorded story: Beza's last sign of life was a second ago.
NOW = datetime(2026, 11, 22, 22, 46, 9)


def said(method: str, target: str, body: bytes) -> dict[str, Any]:
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
        asked = said(method, target, body)
        self.sent.append(asked)
        for one in self.passed:
            if one["sent"] == asked:
                return Response(one.get("status", 200), JSON, json.dumps(one["answered"]).encode())
        raise AssertionError(f"nobody recorded {asked}")


def gateway(
    upstream: Any, *, behind: bool = True, modern: Shape = "2.1", facts: Facts | None = None
) -> Exchanges:
    """``behind``: the upstream speaks 2.2; ``modern``: what modern clients speak; ``facts``: of its database."""
    deployed = Deployed(DEPLOYED, behind=behind, now=lambda: NOW, facts=facts)
    routes = Routes(OPERATIONS, modern, deployed.endpoints)
    return Exchanges(routes, FakeTokens(), FakeDirectory(), upstream, deployed=deployed)
