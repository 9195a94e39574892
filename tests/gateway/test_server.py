"""One request from a client's socket to an upstream's and back."""

import json

from tests.gateway.harness import gateway, message, raw_upstream, read_answer

JSON_ANSWER = b'HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 7\r\n\r\n{"a":1}'


async def test_an_exchange_goes_through_the_lean_upstream() -> None:
    async with raw_upstream(JSON_ANSWER) as upstream, gateway(upstream.url) as running:
        told = await running.ask("GET /api/chat/things?profile_id=5 HTTP/1.1\nAuthorization: Bearer x")
    assert (told.status, told.body) == (200, b'{"a":1}')
    assert told.values("content-type") == ["application/json"]
    assert len(told.values("x-request-id")) == 1
    assert upstream.asked[0].line == "GET /api/chat/things?profile_id=5 HTTP/1.1"
    assert upstream.asked[0].values("authorization") == ["Bearer x"]
    assert upstream.asked[0].values("x-request-id") == told.values("x-request-id")


async def test_a_connection_serves_many_requests_and_so_does_the_upstreams() -> None:
    async with (
        raw_upstream() as upstream,
        gateway(upstream.url) as running,
        running.client() as (reader, writer),
    ):
        for number in range(5):
            writer.write(message(f"GET /api/chat/{number} HTTP/1.1"))
            assert (await read_answer(reader)).status == 200
    assert [asked.line.split()[1] for asked in upstream.asked] == [f"/api/chat/{n}" for n in range(5)]
    assert upstream.connections == 1


async def test_pipelined_requests_are_answered_in_order() -> None:
    answers = [b"HTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\n%d" % n for n in range(3)]
    async with (
        raw_upstream(*answers) as upstream,
        gateway(upstream.url) as running,
        running.client() as (reader, writer),
    ):
        writer.write(b"".join(message(f"GET /api/chat/{n} HTTP/1.1") for n in range(3)))
        assert [(await read_answer(reader)).body for _ in range(3)] == [b"0", b"1", b"2"]


async def test_what_is_no_chat_operation_passes_through() -> None:
    async with raw_upstream(JSON_ANSWER) as upstream, gateway(upstream.url) as running:
        told = await running.ask("POST /api/login?x=%2F HTTP/1.1\nContent-Type: text/x", b"user=1")
    assert (told.status, told.body) == (200, b'{"a":1}')
    assert upstream.asked[0].line == "POST /api/login?x=%2F HTTP/1.1"
    assert upstream.asked[0].body == b"user=1"
    assert upstream.asked[0].values("content-type") == ["text/x"]


async def test_an_error_is_json_with_the_requests_id() -> None:
    async with raw_upstream() as upstream, gateway(upstream.url) as running:
        told = await running.ask("GET /api/chat/unknown HTTP/1.1\nX-Request-Id: mine-1")
    assert told.status == 404
    assert json.loads(told.body) == {"detail": "Not Found", "code": "not_found", "request_id": "mine-1"}
    assert told.values("x-request-id") == ["mine-1"]
    assert upstream.asked == []
