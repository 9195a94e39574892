"""Requests of Abel, as whoever watches sees them."""

from typing import Any

from contracts.model.http import Request
from gateway.exchange.routes import Routes
from gateway.exchange.shapes import Shapes
from gateway.exchange.watched import Asked
from tests.support.fakes import OPERATIONS, FakeUpstream, load_people


def asked(
    path: str = "/api/chat/contacts",
    method: str = "GET",
    upstream: str = "old",
    body: bytes = b"",
    **query: str,
) -> Asked:
    """One request that an upstream has answered."""
    match = Routes(OPERATIONS).match(method, path, query, None)
    assert match is not None
    headers: Any = {"Authorization": "Bearer 1", "User-Agent": "Firefox/1"}
    text = "&".join(f"{name}={value}" for name, value in query.items())
    request = Request(method, path, text, headers, body, "r1")
    backend = Shapes().backend(FakeUpstream(), "2.1", upstream)
    return Asked(match, query, load_people()[1], request, backend)
