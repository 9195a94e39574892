import json

import pytest

from adapters import OPERATIONS
from contracts.model.http import JSON, Response
from gateway.exchange.upstream_errors import UpstreamError, to_legacy_error, to_upstream_error
from tests.support.fakes import FakeUpstream, ask, exchanges

P3 = "profile_id=5&profile_type=student&user_id=1"


@pytest.mark.parametrize(
    ("body", "detail"),
    [
        (b'{"detail":"Only admins can pin messages"}', "Only admins can pin messages"),
        (b'{"detail":[{"loc":["query","limit"],"msg":"too large"}]}', "$.query.limit: too large"),
        (b'{"detail":{"a":1}}', "The chat service refused"),
        (b"<html>", "The chat service refused"),
        (b"", "The chat service refused"),
        (b"[" * 10_000, "The chat service refused"),
    ],
)
def test_a_refusal_is_a_plain_string(body: bytes, detail: str) -> None:
    assert to_upstream_error(Response(403, JSON, body)).message == detail


@pytest.mark.parametrize("status", [500, 502, 503])
def test_a_failure_of_the_upstream_keeps_its_text_to_itself(status: int) -> None:
    refusal = to_upstream_error(
        Response(status, JSON, b'{"detail":"SELECT * FROM users at postgresql://u:p@h/db"}')
    )
    assert (refusal.status, refusal.message, refusal.fault) == (status, "The chat service failed", "upstream")


def test_only_harmless_headers_are_kept() -> None:
    headers = (("Retry-After", "5"), ("Set-Cookie", "a=b"), ("Server", "x"))
    assert to_upstream_error(Response(503, headers, b"")).headers == {"Retry-After": "5"}


@pytest.mark.parametrize(
    ("method", "path", "status", "detail", "expected"),
    [
        (
            "GET",
            "/api/chat/messages/14",
            403,
            "You are not a participant in this conversation",
            (403, "Not a participant of this conversation"),
        ),
        ("PUT", "/api/chat/messages/5", 403, "x", (404, "Message not found or not authorized")),
        (
            "DELETE",
            "/api/chat/messages/5",
            404,
            "Message not found",
            (404, "Message not found or not authorized"),
        ),
        ("POST", "/api/chat/connection-requests/5/respond", 403, "x", (404, "Connection request not found")),
        ("POST", "/api/chat/messages/5/pin", 403, "Only admins can pin", (403, "Only admins can pin")),
    ],
)
async def test_a_legacy_client_hears_its_own_words(
    method: str, path: str, status: int, detail: str, expected: tuple[int, str]
) -> None:
    upstream = FakeUpstream([{"detail": detail, "code": "refused"}], status=status)
    with pytest.raises(UpstreamError) as caught:
        await ask(exchanges(upstream), method, path, P3, {"content": "a"} if method == "PUT" else None)
    assert (caught.value.status, caught.value.message) == expected


def test_other_words_stay() -> None:
    refusal = to_upstream_error(Response(409, JSON, json.dumps({"detail": "x", "code": "conflict"}).encode()))
    told = to_legacy_error(OPERATIONS[0], refusal)
    assert (told.status, told.message, told.code) == (409, "x", "conflict")
