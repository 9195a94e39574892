"""Requests against the contract of an upstream."""

import pytest

from adapters import OPERATIONS
from contracts.specs.openapi import load
from gateway.traffic.request_check import RequestCheck

SEND = "/api/chat/conversations/11/messages?user_id=1"


@pytest.mark.parametrize(
    ("method", "target", "body", "broken"),
    [
        ("POST", SEND, b'{"content": "a"}', []),
        ("POST", SEND, b'{"content": 1}', ["$.body.content"]),
        ("POST", SEND, b"", ["$.body"]),
        ("GET", "/api/chat/contacts?user_id=1", b"", []),
        ("GET", "/api/chat/nothing", b"", ["$"]),
        ("PATCH", SEND, b"{}", ["$"]),
    ],
)
def test_what_breaks_it(method: str, target: str, body: bytes, broken: list[str]) -> None:
    assert RequestCheck(load("2.1"), OPERATIONS).broken(method, target, body) == broken
