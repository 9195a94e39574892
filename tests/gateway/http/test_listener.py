"""Clients that are slow or endless with the head of a request."""

import asyncio
import contextlib
import json
import logging
import socket
from typing import Any

import pytest
from aiohttp import http_parser

from gateway.http.listener import assert_c_parser
from tests.support.gateway import gateway, message, raw_upstream, read_answer


def detail(told: bytes) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(told.partition(b"\r\n\r\n")[2])
    return found


@pytest.mark.parametrize(
    "start", [b"G", b"GET /api/chat/x HTTP/1.1\r\n", b"GET /x HTTP/1.1\r\nHost: h\r\nX:"]
)
async def test_a_head_that_does_not_end_is_timed_out(start: bytes) -> None:
    async with raw_upstream() as upstream, gateway(upstream.url, header_s=0.2) as running:
        told = await running.talk(start)
    assert told.startswith(b"HTTP/1.1 408 ")
    assert detail(told)["code"] == "request_timeout"


async def test_dripping_bytes_do_not_help() -> None:
    async with (
        raw_upstream() as upstream,
        gateway(upstream.url, header_s=0.3) as running,
        running.client() as (reader, writer),
    ):
        writer.write(b"GET /x HTTP/1.1\r\n")
        for _ in range(100):
            writer.write(b"X: y\r\n")
            await asyncio.sleep(0.02)
            if reader.at_eof() or reader._buffer:  # type: ignore[attr-defined]
                break
        # A drip that meets the closed connection resets it, and may take the answer with it.
        with contextlib.suppress(ConnectionResetError):
            assert (await read_answer(reader)).status == 408
        assert reader.at_eof() or reader.exception() is not None


async def test_a_head_that_begins_in_the_segment_of_another_ends_when_idle() -> None:
    async with raw_upstream() as upstream, gateway(upstream.url, idle_s=0.3) as running:
        told = await running.talk(message("GET /api/chat/x HTTP/1.1") + b"GET /x HT")
    assert told.count(b"HTTP/1.1 ") == 1
    assert told.endswith(b"ok")


async def test_a_second_head_in_pieces_is_timed_out() -> None:
    async with (
        raw_upstream() as upstream,
        gateway(upstream.url, header_s=0.2) as running,
        running.client() as (reader, writer),
    ):
        writer.write(message("GET /api/chat/x HTTP/1.1"))
        assert (await read_answer(reader)).status == 200
        writer.write(b"GET /x HT")
        assert (await read_answer(reader)).status == 408
        assert await reader.read() == b""


async def test_a_slow_answer_is_not_a_slow_head() -> None:
    async def slow(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await asyncio.sleep(0.4)
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok")

    async with raw_upstream(slow, slow) as upstream, gateway(upstream.url, header_s=0.1) as running:
        for path in ("/page", "/api/chat/x"):
            async with running.client() as (reader, writer):
                whole = message(f"POST {path} HTTP/1.1", b"body in two iter_chunks")
                writer.write(whole[:-5])
                await writer.drain()
                await asyncio.sleep(0.05)
                writer.write(whole[-5:])
                assert (await read_answer(reader)).status == 200


async def test_an_endless_head_is_cut_at_its_limit() -> None:
    async with (
        raw_upstream() as upstream,
        gateway(upstream.url) as running,
        running.client() as (reader, writer),
    ):
        writer.write(b"GET /x HTTP/1.1\r\n")
        for number in range(20):
            writer.write(b"X-%d: %b\r\n" % (number, b"a" * 1000))
            await writer.drain()
        assert (await read_answer(reader)).status == 431
    assert upstream.asked == []


async def test_an_idle_connection_ends() -> None:
    async with raw_upstream() as upstream, gateway(upstream.url, idle_s=0.3) as running:
        assert await running.talk(b"") == b""
        told = await running.talk(message("GET /api/chat/x HTTP/1.1"))
        assert told.endswith(b"ok")


async def test_malformed_requests_leave_one_line_in_the_log(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    async with raw_upstream() as upstream, gateway(upstream.url) as running:
        await running.talk(b"GET /?password=hunter2 HTTP/1.1\r\nBad Header\r\n\r\n")
    assert [record.exc_info for record in caplog.records if record.exc_info] == []
    assert "hunter2" not in caplog.text


async def test_behind_a_bad_request_nothing_is_read() -> None:
    bad = b"\0\0\0\0\r\n\r\n"
    async with raw_upstream() as upstream, gateway(upstream.url) as running:
        told = await running.talk(bad + message("GET /api/chat/x HTTP/1.1"))
    assert told.count(b"HTTP/1.1 ") == 1
    assert told.startswith(b"HTTP/1.1 400 ")
    assert upstream.asked == []


def test_the_pure_python_parser_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    assert_c_parser()
    monkeypatch.setattr(http_parser, "HttpRequestParser", http_parser.HttpRequestParserPy)
    with pytest.raises(RuntimeError, match="C extensions"):
        assert_c_parser()


@pytest.mark.skipif(not hasattr(socket, "TCP_USER_TIMEOUT"), reason="Linux only")
async def test_the_kernel_ends_clients_that_acknowledge_nothing() -> None:
    async with raw_upstream() as upstream, gateway(upstream.url, idle_s=7) as running, running.client():
        while not running.listener.connections:  # noqa: ASYNC110
            await asyncio.sleep(0)
        (connection,) = running.listener.connections
        assert connection.transport is not None
        sock = connection.transport.get_extra_info("socket")
        assert sock.getsockopt(socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT) == 7000


async def test_it_is_empty_when_the_last_client_has_gone() -> None:
    async with raw_upstream() as upstream, gateway(upstream.url) as running:
        await running.listener.until_empty(60)  # nobody has come yet
        async with running.client() as (one, a), running.client() as (other, b):
            for reader, writer in ((one, a), (other, b)):
                writer.write(message("GET /page HTTP/1.1"))
                await read_answer(reader)
            empty = asyncio.create_task(running.listener.until_empty(60))
            a.close()
            await a.wait_closed()
            b.write(message("GET /page HTTP/1.1"))
            await read_answer(other)  # the server has had time to notice that one has gone
            assert not empty.done()
            b.close()
            await asyncio.wait_for(empty, 30)


async def test_for_a_client_that_stays_it_does_not_wait_for_ever() -> None:
    async with (
        raw_upstream() as upstream,
        gateway(upstream.url) as running,
        running.client() as (reader, writer),
    ):
        writer.write(message("GET /page HTTP/1.1"))
        await read_answer(reader)
        await asyncio.wait_for(running.listener.until_empty(0.01), 30)
        writer.write(message("GET /page HTTP/1.1"))
        assert (await read_answer(reader)).status == 200
