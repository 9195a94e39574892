"""Bodies: how large, how slow, how framed."""

import asyncio
import json

import pytest

from contracts.model.bounds import DOCUMENT_BYTES
from contracts.model.http import Response
from tests.support.gateway import gateway, message, raw_upstream, read_answer

PATHS = ("/api/chat/x", "/page")


async def test_a_declared_length_over_the_limit_is_refused_before_it_is_read() -> None:
    async with raw_upstream() as upstream, gateway(upstream.url, json_bytes=10, body_bytes=10) as running:
        for path in PATHS:
            async with running.client() as (reader, writer):
                writer.write(f"POST {path} HTTP/1.1\r\nHost: h\r\nContent-Length: 11\r\n\r\n".encode())
                told = await read_answer(reader)
                assert (told.status, json.loads(told.body)["code"]) == (413, "too_large")
                assert told.values("connection") == ["close"]
    assert upstream.asked == []


async def test_a_body_without_a_length_is_refused_as_soon_as_it_is_over_the_limit() -> None:
    async with (
        raw_upstream() as upstream,
        gateway(upstream.url, json_bytes=10) as running,
        running.client() as (reader, writer),
    ):
        writer.write(b"POST /api/chat/x HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n")
        writer.write(b"8\r\n12345678\r\n8\r\n12345678\r\n")  # and no end
        assert (await read_answer(reader)).status == 413
    assert upstream.asked == []


async def test_an_upload_without_a_length_is_cut_at_its_limit() -> None:
    async with (
        raw_upstream() as upstream,
        gateway(upstream.url, body_bytes=10) as running,
        running.client() as (reader, writer),
    ):
        writer.write(b"POST /page HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n")
        writer.write(b"8\r\n12345678\r\n8\r\n12345678\r\n")
        assert (await read_answer(reader)).status == 413
    assert upstream.asked == []  # never complete there


@pytest.mark.parametrize("path", PATHS)
@pytest.mark.parametrize("start", ["Content-Length: 10", "Transfer-Encoding: chunked"])
async def test_a_body_that_stalls_is_timed_out(path: str, start: str) -> None:
    async with (
        raw_upstream() as upstream,
        gateway(upstream.url, body_s=0.2) as running,
        running.client() as (reader, writer),
    ):
        writer.write(f"POST {path} HTTP/1.1\r\nHost: h\r\n{start}\r\n\r\n3\r\n12".encode())
        told = await read_answer(reader)
    assert (told.status, json.loads(told.body)["code"]) == (408, "request_timeout")
    assert upstream.asked == []


@pytest.mark.parametrize("path", PATHS)
async def test_a_body_in_pieces_arrives_whole(path: str) -> None:
    async with (
        raw_upstream() as upstream,
        gateway(upstream.url) as running,
        running.client() as (reader, writer),
    ):
        writer.write(f"POST {path} HTTP/1.1\r\nHost: h\r\nContent-Length: 6\r\n\r\n".encode())
        for piece in (b"12", b"34", b"56"):
            await writer.drain()
            await asyncio.sleep(0.01)  # so that it leaves as a segment of its own
            writer.write(piece)
        assert (await read_answer(reader)).status == 200
    assert upstream.asked[0].body == b"123456"


@pytest.mark.parametrize("path", PATHS)
async def test_the_body_is_sent_for_only_when_it_is_wanted(path: str) -> None:
    async with (
        raw_upstream() as upstream,
        gateway(upstream.url, json_bytes=10, body_bytes=10) as running,
        running.client() as (reader, writer),
    ):
        head = f"POST {path} HTTP/1.1\r\nHost: h\r\nExpect: 100-Continue\r\nContent-Length: %d\r\n\r\n"
        writer.write((head % 2).encode())
        assert (await read_answer(reader)).status == 100
        writer.write(b"ab")
        assert (await read_answer(reader)).status == 200
        writer.write((head % 11).encode())
        assert (await read_answer(reader)).status == 413
    assert [asked.body for asked in upstream.asked] == [b"ab"]
    assert upstream.asked[0].values("expect") == []


async def test_another_expectation_is_refused() -> None:
    async with raw_upstream() as upstream, gateway(upstream.url) as running:
        told = await running.ask("POST /api/chat/x HTTP/1.1\nExpect: tea", b"ab")
    assert told.status == 400


@pytest.mark.parametrize("method", ["GET", "HEAD"])
async def test_a_question_with_a_body_is_refused_for_chat_operations(method: str) -> None:
    async with raw_upstream() as upstream, gateway(upstream.url) as running:
        told = await running.ask(f"{method} /api/chat/x HTTP/1.1", b"ab", method_head=method == "HEAD")
    assert told.status == 400
    assert upstream.asked == []


@pytest.mark.parametrize(("coding", "status"), [("gzip", 400), ("br", 400), ("x", 400), ("identity", 200)])
async def test_a_compressed_body_is_refused_for_chat_operations(coding: str, status: int) -> None:
    async with raw_upstream() as upstream, gateway(upstream.url) as running:
        told = await running.ask(f"POST /api/chat/x HTTP/1.1\nContent-Encoding: {coding}", b"ab")
    assert told.status == status


async def test_after_an_error_with_an_unread_body_nothing_else_is_read() -> None:
    """What follows might be body or request: nobody knows, so the connection ends."""
    hidden = message("GET /api/chat/hidden HTTP/1.1")
    async with raw_upstream() as upstream, gateway(upstream.url) as running:
        told = await running.talk(message("POST /api/chat/unknown HTTP/1.1", hidden) + hidden)
    assert told.count(b"HTTP/1.1 ") == 1
    assert b" 404 " in told.split(b"\r\n")[0]
    assert upstream.asked == []


async def test_a_body_that_arrived_with_its_head_is_one_read() -> None:
    async def respond(request: object) -> Response:
        return Response(200, (), b"")

    async with raw_upstream() as upstream, gateway(upstream.url) as running:
        running.exchanges.respond = respond
        await running.ask("POST /api/chat/x HTTP/1.1", b'{"a": 1}')
        assert running.exchanges.asked[0].body == b'{"a": 1}'


async def test_of_a_body_that_will_be_refused_only_the_beginning_is_held() -> None:
    async with raw_upstream() as upstream, gateway(upstream.url, json_bytes=20_000_000) as running:
        await running.ask("POST /api/chat/x HTTP/1.1", b"x" * 10_000_000)
        [asked] = upstream.asked  # the gateway of these tests reads no documents
    assert DOCUMENT_BYTES < len(asked.body) < 2 * DOCUMENT_BYTES
