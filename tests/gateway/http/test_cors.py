"""CORS, said once: by the upstream, or by us."""

import json

import pytest

from tests.support.gateway import gateway, raw_upstream

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
