"""What a body on its way holds, when it may go on, and what its failure means."""

import asyncio
import contextlib
import json
from typing import Any

import pytest

from gateway.http.body import PIECE_BYTES
from tests.support.gateway import (
    Running,
    gateway,
    hang_up,
    message,
    raw_server,
    raw_upstream,
    read_answer,
    until,
)

OK = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"
HELD_BYTES = 256 * 1024


async def _push(writer: asyncio.StreamWriter, pieces: int) -> None:
    with contextlib.suppress(ConnectionError):
        for _ in range(pieces):
            writer.write(b"x" * 65_536)
            await writer.drain()


def _held(running: Running) -> list[int]:
    """Bytes that the gateway's process holds of the only upload: not yet taken, and not yet taken by the upstream."""
    connector = running.server._passthrough._session.connector
    assert connector is not None
    [asked], [client] = connector._acquired, running.listener.connections
    assert asked.transport is not None
    return [client._payload._size, asked.transport.get_write_buffer_size()]  # type: ignore[attr-defined]


def _is_stuck(running: Running) -> bool:
    """Whether nothing goes on: the client is not read any more, and the upstream takes nothing."""
    connector = running.server._passthrough._session.connector
    clients = [client for client in running.listener.connections if client._reading_paused]
    return bool(clients) and any(getattr(asked, "writing_paused", False) for asked in connector._acquired)  # type: ignore[union-attr]


async def test_an_upload_that_nobody_takes_holds_little_and_goes_on() -> None:
    may_read, pieces = asyncio.Event(), 320

    async def slow(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        await may_read.wait()
        await reader.readexactly(pieces * 65_536)
        writer.write(OK)

    async with (
        asyncio.timeout(60),
        raw_server(slow) as url,
        gateway(url, body_bytes=1 << 30, timeout_s=60, body_s=60) as running,
        running.client() as (reader, writer),
    ):
        writer.write(message(f"POST /up HTTP/1.1\nContent-Length: {pieces * 65_536}"))
        pushing = asyncio.create_task(_push(writer, pieces))
        await until(lambda: _is_stuck(running))
        assert sum(_held(running)) + PIECE_BYTES <= HELD_BYTES
        may_read.set()
        await pushing
        assert (await read_answer(reader)).status == 200


async def test_a_body_that_is_parsed_comes_in_pieces_too() -> None:
    async with asyncio.timeout(60), raw_upstream() as upstream, gateway(upstream.url) as running:
        told = await running.ask("POST /api/chat/x HTTP/1.1", b'"' + b"x" * 90_000 + b'"')
    assert told.status == 200
    assert len(upstream.asked[0].body) == 90_002


async def test_an_upload_goes_on_under_an_answer_that_has_begun() -> None:
    async def early(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nearly")
        await reader.readexactly(200_000)
        writer.write(b"later")

    async with (
        asyncio.timeout(60),
        raw_server(early) as url,
        gateway(url) as running,
        running.client() as (reader, writer),
    ):
        writer.write(message("POST /up HTTP/1.1\nContent-Length: 200000") + b"x" * 100_000)
        await reader.readuntil(b"early")
        writer.write(b"x" * 100_000)
        assert await reader.readexactly(5) == b"later"


async def _takes_and_hangs_up(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    await reader.readuntil(b"\r\n\r\n")
    await reader.readexactly(4)
    writer.close()


async def _takes_and_says_nothing(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    await reader.read()


async def _says_nonsense(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    await reader.readuntil(b"\r\n\r\n")
    writer.write(b"no HTTP\r\n\r\n")


UNKNOWN, FAILED = (502, "outcome_unknown"), (502, "upstream_failed")


@pytest.mark.parametrize(
    ("line", "body", "script", "told"),
    [
        ("POST /up HTTP/1.1", b"data", _takes_and_hangs_up, UNKNOWN),
        ("PUT /up HTTP/1.1", b"data", _takes_and_hangs_up, UNKNOWN),
        ("POST /up HTTP/1.1", b"data", _says_nonsense, UNKNOWN),
        ("POST /up HTTP/1.1", b"data", _takes_and_says_nothing, (504, "outcome_unknown")),
        ("DELETE /x HTTP/1.1", b"", _says_nonsense, UNKNOWN),
        ("DELETE /x HTTP/1.1", b"", _takes_and_says_nothing, (504, "outcome_unknown")),
        ("POST /api/chat/upload HTTP/1.1\nAuthorization: x", b"data", _takes_and_hangs_up, UNKNOWN),
        ("GET /x HTTP/1.1", b"", _says_nonsense, FAILED),
        ("GET /x HTTP/1.1", b"data", _takes_and_hangs_up, FAILED),
        ("GET /x HTTP/1.1", b"", _takes_and_says_nothing, (504, "upstream_timeout")),
    ],
)
async def test_a_change_that_failed_on_its_way_may_have_been_made(
    line: str, body: bytes, script: Any, told: tuple[int, str]
) -> None:
    async with asyncio.timeout(60), raw_server(script) as url, gateway(url, timeout_s=0.5) as running:
        answer = await running.ask(line, body)
    problem = json.loads(answer.body)
    assert (answer.status, problem["code"]) == told
    assert ("look before you repeat it" in problem["detail"]) == (told[1] == "outcome_unknown")


async def test_what_never_left_may_be_repeated() -> None:
    async with raw_upstream() as upstream:
        pass
    async with gateway(upstream.url) as running:
        answer = await running.ask("POST /up HTTP/1.1", b"data")
    assert (answer.status, json.loads(answer.body)["code"]) == FAILED


async def test_a_client_that_breaks_off_its_body_hears_of_its_own_fault() -> None:
    async with (
        asyncio.timeout(60),
        raw_upstream(hang_up) as upstream,
        gateway(upstream.url, body_bytes=100_000) as running,
    ):
        chunk = b"%x\r\n%b\r\n" % (200_000, b"x" * 200_000)
        answer = await running.talk(message("POST /up HTTP/1.1\nTransfer-Encoding: chunked") + chunk)
    assert answer.startswith(b"HTTP/1.1 413 ")
