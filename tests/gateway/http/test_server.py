"""One request from a client's socket to an upstream's and back."""

import asyncio
import json
import logging
from datetime import UTC, datetime

import pytest

from contracts.model.errors import Forbidden, GatewayError, Unauthenticated, Unavailable
from contracts.model.http import Request, Response
from gateway.exchange.deprecation import Deprecation
from tests.support.gateway import Asked, gateway, message, raw_server, raw_upstream, read_answer

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


async def test_where_the_upstream_is_concerns_no_client() -> None:
    async def redirect(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        place = f"{upstream.url}/api/chat/things/"
        writer.write(f"HTTP/1.1 307 X\r\nLocation: {place}\r\nContent-Length: 0\r\n\r\n".encode())

    async with raw_upstream(redirect) as upstream, gateway(upstream.url) as running:
        told = await running.ask("GET /api/chat/things HTTP/1.1")
    assert told.values("location") == ["/api/chat/things/"]


async def test_options_go_where_the_plan_says() -> None:
    async with raw_upstream() as upstream, gateway(upstream.url) as running:
        for target in ("/api/chat/things?password=hunter2", "/page?x=1"):
            assert (await running.ask(f"OPTIONS {target} HTTP/1.1")).status == 200
    assert [asked.line for asked in upstream.asked] == [
        "OPTIONS /api/chat/things HTTP/1.1",
        "OPTIONS /page?x=1 HTTP/1.1",
    ]


async def test_an_error_is_json_with_the_requests_id() -> None:
    async with raw_upstream() as upstream, gateway(upstream.url) as running:
        told = await running.ask("GET /api/chat/unknown HTTP/1.1\nX-Request-Id: mine-1")
    assert told.status == 404
    assert json.loads(told.body) == {"detail": "Not Found", "code": "not_found", "request_id": "mine-1"}
    assert told.values("x-request-id") == ["mine-1"]
    assert upstream.asked == []


BOTH = pytest.mark.parametrize("path", ["/api/chat/things", "/page"])


async def test_an_internal_error_shows_nothing_and_is_logged_with_the_requests_id(
    caplog: pytest.LogCaptureFixture,
) -> None:
    async def fail(request: Request) -> Response:
        raise ValueError("postgresql://user:password@host")

    async with raw_upstream() as upstream, gateway(upstream.url) as running:
        running.exchanges.respond = fail
        told = await running.ask("GET /api/chat/things HTTP/1.1\nX-Request-Id: mine-2")
    assert json.loads(told.body) == {
        "detail": "Internal server error",
        "code": "internal",
        "request_id": "mine-2",
    }
    record = next(record for record in caplog.records if record.exc_info)
    assert record.__dict__["request_id"] == "mine-2"


async def test_a_field_that_would_end_its_line_becomes_a_502() -> None:
    async def respond(request: Request) -> Response:
        return Response(200, [("X-Name", "a\r\nSet-Cookie: b=1")], b"")

    async with raw_upstream() as upstream, gateway(upstream.url) as running:
        running.exchanges.respond = respond
        told = await running.ask("GET /api/chat/things HTTP/1.1")
    assert told.status == 502
    assert told.values("set-cookie") == []


@pytest.mark.parametrize(
    ("error", "status", "field"),
    [
        (Unavailable(), 503, ("retry-after", "2")),
        (Unauthenticated(), 401, ("www-authenticate", "Bearer")),
        (Forbidden(), 403, ("content-type", "application/json")),
    ],
)
async def test_an_errors_own_fields_reach_the_client_and_the_connection_lives(
    error: GatewayError, status: int, field: tuple[str, str]
) -> None:
    async def fail(request: Request) -> Response:
        raise error

    async with (
        raw_upstream() as upstream,
        gateway(upstream.url) as running,
        running.client() as (reader, writer),
    ):
        running.exchanges.respond = fail
        for _ in range(2):
            writer.write(message("GET /api/chat/things HTTP/1.1"))
            told = await read_answer(reader)
            assert (told.status, told.values(field[0])) == (status, [field[1]])


async def test_what_described_the_upstreams_bytes_does_not_describe_ours() -> None:
    answer = (
        b'HTTP/1.1 200 OK\r\nETag: "x"\r\nLast-Modified: y\r\nAccept-Ranges: bytes\r\nDigest: z\r\n'
        b"X-Request-Id: theirs\r\nX-Kept: 1\r\nContent-Length: 2\r\n\r\n{}"
    )
    async with raw_upstream(answer) as upstream, gateway(upstream.url) as running:
        told = await running.ask("GET /api/chat/things HTTP/1.1\nX-Request-Id: ours")
    assert told.values("x-request-id") == ["ours"]
    assert told.values("x-kept") == ["1"]
    names = Asked(told.head, b"").names
    assert not {"etag", "last-modified", "accept-ranges", "digest"} & names


@BOTH
async def test_the_upstreams_request_id_gives_way_to_ours(path: str) -> None:
    answer = b"HTTP/1.1 200 OK\r\nX-Request-Id: theirs\r\nContent-Length: 0\r\n\r\n"
    async with raw_upstream(answer) as upstream, gateway(upstream.url) as running:
        told = await running.ask(f"GET {path} HTTP/1.1\nX-Request-Id: ours")
    assert told.values("x-request-id") == ["ours"]


LATER = Deprecation(datetime(2020, 1, 1, tzinfo=UTC), datetime(2100, 1, 1, tzinfo=UTC), "https://x")
OVER = Deprecation(None, datetime(2020, 1, 1, tzinfo=UTC), None)


@pytest.mark.parametrize(
    ("target", "announced"),
    [
        ("/api/chat/things?profile_id=5", True),
        ("/api/chat/upload?profile_id=5", True),
        ("/api/chat/things", False),
        ("/page?profile_id=5", False),
        # Refused before it is known what is asked.
        ("/api/chat/unknown?profile_id=5", True),
        ("/api/chat/unknown/5/tutor", True),
        ("/api/chat/unknown", False),
        ("/ws/5/Student", True),
    ],
)
async def test_legacy_answers_announce_their_end_errors_too(target: str, announced: bool) -> None:
    async def fail(request: Request) -> Response:
        raise Forbidden

    names = ("deprecation", "sunset", "link")
    async with raw_upstream() as upstream, gateway(upstream.url, deprecation=LATER) as running:
        for answer in (None, fail):
            running.exchanges.respond = answer
            for fields in ("", "\nAuthorization: Bearer x"):
                told = await running.ask(f"GET {target} HTTP/1.1{fields}")
                assert [len(told.values(name)) for name in names] == [int(announced)] * 3


async def test_after_the_sunset_legacy_is_gone_and_the_rest_lives() -> None:
    async with raw_upstream() as upstream, gateway(upstream.url, deprecation=OVER) as running:
        told = await running.ask("GET /api/chat/things?profile_id=5 HTTP/1.1")
        assert (told.status, json.loads(told.body)["code"]) == (410, "gone")
        assert len(told.values("sunset")) == 1
        for target in ("/api/chat/things", "/page"):
            assert (await running.ask(f"GET {target} HTTP/1.1")).status == 200
    assert len(upstream.asked) == 2


async def test_every_request_is_counted_once() -> None:
    async with raw_upstream() as upstream, gateway(upstream.url) as running:
        for target in ("/api/chat/things", "/api/chat/things?profile_id=5", "/page", "/api/chat/unknown"):
            await running.ask(f"GET {target} HTTP/1.1")
        assert running.metrics.requests == {
            ("2.1", "things.get", 200): 1,
            ("legacy", "things.get", 200): 1,
            ("", "", 200): 1,
            ("", "", 404): 1,
        }
        assert running.metrics.in_flight == 0
        assert sum(sum(histogram.counts) for histogram in running.metrics.added.values()) == 4


async def test_the_log_names_paths_but_never_queries(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG, "gateway.http.server")
    async with raw_upstream() as upstream, gateway(upstream.url) as running:
        await running.ask("GET /api/chat/things?token=hunter2 HTTP/1.1")
    record = next(record for record in caplog.records if record.message == "request")
    shown = record.__dict__
    assert (shown["path"], shown["status"], shown["operation"]) == ("/api/chat/things", 200, "things.get")
    assert "hunter2" not in str(shown)


@BOTH
async def test_an_answer_before_the_request_is_complete_is_passed_on(path: str) -> None:
    """An upstream that refuses an upload early: the client learns it, and the connection is not used again."""

    async def refuse(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(b"HTTP/1.1 413 Too Large\r\nContent-Length: 3\r\nConnection: close\r\n\r\nbig")
        await writer.drain()
        await asyncio.sleep(0.2)

    body = b"x" * 3_000_000
    async with raw_server(refuse) as url, gateway(url, json_bytes=10_000_000) as running:
        told = await running.ask(f"POST {path} HTTP/1.1", body)
    assert (told.status, told.body) == (413, b"big")


async def test_an_upstream_that_fails_is_seen_in_the_log(caplog: pytest.LogCaptureFixture) -> None:
    async with (
        raw_upstream(b"nonsense\r\n\r\n", b"nonsense\r\n\r\n") as upstream,
        gateway(upstream.url) as running,
    ):
        for _ in range(2):
            await running.ask("GET /api/chat/things HTTP/1.1\nX-Request-Id: mine-3")
    (record,) = [record for record in caplog.records if record.message == "upstream_failed"]
    assert (record.__dict__["request_id"], record.__dict__["cause"]) == ("mine-3", "BadAnswer")
