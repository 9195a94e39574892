"""CORS, said once: by the upstream, or by us."""

import json

import pytest

from tests.support.gateway import Asked, gateway, raw_upstream

ORIGIN = "https://chat.example"
UPSTREAMS = (
    b"HTTP/1.1 200 OK\r\nAccess-Control-Allow-Origin: https://theirs\r\nAccess-Control-Expose-Headers: *\r\n"
    b"Vary: Accept\r\nContent-Length: 2\r\n\r\nok"
)
PREFLIGHT = f"OPTIONS %s HTTP/1.1\nOrigin: {ORIGIN}\nAccess-Control-Request-Method: PUT"
PATHS = ["/api/chat/x", "/page"]


@pytest.mark.parametrize("path", PATHS)
async def test_unconfigured_the_upstreams_fields_pass(path: str) -> None:
    async with raw_upstream(UPSTREAMS) as upstream, gateway(upstream.url) as running:
        told = await running.ask(f"GET {path} HTTP/1.1\nOrigin: {ORIGIN}")
    assert told.values("access-control-allow-origin") == ["https://theirs"]
    assert told.values("access-control-expose-headers") == ["*"]
    assert upstream.asked[0].values("origin") == [ORIGIN]


@pytest.mark.parametrize("path", [*PATHS, "/api/chat/unknown"])
async def test_unconfigured_the_upstream_answers_preflights_without_a_token(path: str) -> None:
    async with raw_upstream(UPSTREAMS) as upstream, gateway(upstream.url) as running:
        told = await running.ask(PREFLIGHT % path)
    assert told.values("access-control-allow-origin") == ["https://theirs"]
    assert upstream.asked[0].line == f"OPTIONS {path} HTTP/1.1"


@pytest.mark.parametrize("path", PATHS)
async def test_configured_they_are_ours_and_there_once(path: str) -> None:
    async with raw_upstream(UPSTREAMS) as upstream, gateway(upstream.url, origins=(ORIGIN,)) as running:
        told = await running.ask(f"GET {path} HTTP/1.1\nOrigin: {ORIGIN}")
    assert told.values("access-control-allow-origin") == [ORIGIN]
    assert told.values("access-control-allow-credentials") == ["true"]
    assert "X-Request-Id" in told.values("access-control-expose-headers")[0]
    assert sorted(told.values("vary")) == ["Accept", "Origin"]


@pytest.mark.parametrize("path", PATHS)
@pytest.mark.parametrize("origin", ["Origin: https://other", "Origin: null", "X-None: 1"])
async def test_an_unlisted_origin_gets_an_answer_that_its_page_cannot_read(path: str, origin: str) -> None:
    async with raw_upstream(UPSTREAMS) as upstream, gateway(upstream.url, origins=(ORIGIN,)) as running:
        told = await running.ask(f"GET {path} HTTP/1.1\n{origin}")
    assert (told.status, told.values("access-control-allow-origin")) == (200, [])
    assert "Origin" in told.values("vary")


async def test_an_error_of_ours_can_be_read_by_the_page() -> None:
    async with raw_upstream() as upstream, gateway(upstream.url, origins=(ORIGIN,)) as running:
        told = await running.ask(f"GET /api/chat/unknown HTTP/1.1\nOrigin: {ORIGIN}")
    assert told.status == 404
    assert told.values("access-control-allow-origin") == [ORIGIN]
    assert told.values("access-control-allow-credentials") == ["true"]


async def test_a_preflight_is_answered_without_a_token() -> None:
    async with raw_upstream() as upstream, gateway(upstream.url, origins=(ORIGIN,)) as running:
        told = await running.ask(PREFLIGHT % "/api/chat/x")
    assert told.status == 204
    assert told.values("access-control-allow-origin") == [ORIGIN]
    assert told.values("access-control-max-age") == ["600"]
    assert "PUT" in told.values("access-control-allow-methods")[0]
    asked = told.values("access-control-allow-headers")[0].lower()
    assert asked == "authorization, content-type, x-chat-api"
    assert "Origin" in told.values("vary")[0]
    assert upstream.asked == []


async def test_a_preflight_of_an_unlisted_origin_is_refused() -> None:
    async with raw_upstream() as upstream, gateway(upstream.url, origins=("https://other",)) as running:
        told = await running.ask(PREFLIGHT % "/api/chat/x")
    assert (told.status, json.loads(told.body)["detail"]) == (400, "Disallowed CORS origin")
    assert told.values("access-control-allow-origin") == []


BROKEN = {
    "431 by the parser": (f"GET /x HTTP/1.1\r\nHost: h\r\nOrigin: %s\r\nX: {'a' * 9000}\r\n\r\n", 431),
    "431 by the count": ("GET /x HTTP/1.1\r\nHost: h\r\nOrigin: %s\r\n" + "X: 1\r\n" * 120 + "\r\n", 431),
    "431 by us": ("GET /x HTTP/1.1\r\nHost: h\r\norigin: %s\r\n" + f"X: {'a' * 6000}\r\n" * 3 + "\r\n", 431),
    "an endless head": ("GET /x HTTP/1.1\r\nHost: h\r\nOrigin: %s\r\n" + f"X: {'a' * 6000}\r\n" * 3, 431),
    "a bad request line": ("GET /x y z HTTP/1.1\r\nHost: h\r\nOrigin: %s\r\n\r\n", 400),
    "no request line": ("FROB\r\nOrigin: %s\r\n\r\n", 400),
    "a bad field": ("GET /x HTTP/1.1\r\nHost: h\r\nOrigin: %s\r\nX : 1\r\n\r\n", 400),
}


@pytest.mark.parametrize("kind", BROKEN)
@pytest.mark.parametrize(("origin", "told_to"), [(ORIGIN, [ORIGIN]), ("https://other", [])])
async def test_a_page_reads_why_its_request_could_not_be_read(
    kind: str, origin: str, told_to: list[str]
) -> None:
    text, status = BROKEN[kind]
    async with raw_upstream() as upstream, gateway(upstream.url, origins=(ORIGIN,)) as running:
        told = await running.talk((text % origin).encode())
    head = Asked(told.partition(b"\r\n\r\n")[0] + b"\r\n", b"")
    assert head.line.startswith(f"HTTP/1.1 {status} ")
    assert head.values("access-control-allow-origin") == told_to
    assert head.values("vary") == ["Origin"]
