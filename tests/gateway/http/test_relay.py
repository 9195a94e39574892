"""Answers that stream; see also `test_passthrough`."""

import asyncio
import contextlib

import pytest

from gateway.http.relay import PIECE_BYTES
from tests.support.gateway import (
    gateway,
    message,
    raw_upstream,
    until,
)

OK = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"


@pytest.mark.parametrize("framing", ["Content-Length: 900000000000", "Transfer-Encoding: chunked"])
async def test_a_stream_that_nobody_reads_holds_little_and_stops_its_upstream(framing: str) -> None:
    async def endless(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(f"HTTP/1.1 200 OK\r\n{framing}\r\n\r\n".encode())
        with contextlib.suppress(ConnectionError):
            while True:
                writer.write(b"186a0\r\n" + b"x" * 100_000 + b"\r\n")
                await writer.drain()

    async with (
        raw_upstream(endless) as upstream,
        gateway(upstream.url) as running,
        running.client() as (_, writer),
    ):
        writer.transport.pause_reading()  # type: ignore[attr-defined]
        writer.write(message("GET /large HTTP/1.1"))
        connector = running.server._passthrough._session.connector
        assert connector is not None

        def paused() -> bool:
            open_ = [getattr(asked, "transport", None) for asked in connector._acquired]
            return any(transport is not None and not transport.is_reading() for transport in open_)

        await until(paused)
        [asked] = connector._acquired
        [client] = running.listener.connections
        assert client.transport is not None
        held = client.transport.get_write_buffer_size() + asked._payload._size  # type: ignore[union-attr]
        assert held + PIECE_BYTES <= 256 * 1024


@pytest.mark.parametrize("when", ["with the end", "later"])
@pytest.mark.parametrize("size", [2, 300_000])
async def test_bytes_behind_an_answer_are_never_the_next_one(when: str, size: int) -> None:
    body = b"b" * size
    answer = b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n%b" % (size, body)
    forged = b"HTTP/1.1 200 OK\r\nContent-Length: 6\r\n\r\nforged"

    async def twice(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(answer + forged * (when == "with the end"))
        if when == "later":
            await answered.wait()
            writer.write(forged)
            await writer.drain()
            sent.set()

    answered, sent = asyncio.Event(), asyncio.Event()
    async with raw_upstream(twice, OK) as upstream, gateway(upstream.url) as running:
        assert (await running.ask("GET /x HTTP/1.1")).body == body
        answered.set()
        if when == "later":
            await asyncio.wait_for(sent.wait(), 30)
            connector = running.server._passthrough._session.connector
            await until(
                lambda: not any(one.is_connected() for kept in connector._conns.values() for one, _ in kept)
            )  # type: ignore[union-attr]
        assert (await running.ask("GET /x HTTP/1.1")).body == b"ok"
    assert upstream.connections == 2
