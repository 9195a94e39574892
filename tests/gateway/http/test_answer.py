"""Framing of what we write."""

import asyncio
import json
import socket
from typing import Any

import pytest

from gateway.fields.headers import BadField
from gateway.http.answer import Answer, date, drain, has_no_body, head
from gateway.upstream.budget import Budget
from tests.support.gateway import Running, gateway, message, raw_upstream, read_answer, until


def answer(method: str, status: int, body: bytes, *, keep_alive: bool = True) -> bytes:
    fields = [("Date", "D"), ("X-A", "1")]
    return Answer(method, status, fields, body, keep_alive=keep_alive, idle_s=1).bytes


@pytest.mark.parametrize(
    ("method", "status", "body", "written"),
    [
        ("GET", 200, b"ok", b"HTTP/1.1 200 OK\r\nDate: D\r\nX-A: 1\r\nContent-Length: 2\r\n\r\nok"),
        ("GET", 200, b"", b"HTTP/1.1 200 OK\r\nDate: D\r\nX-A: 1\r\nContent-Length: 0\r\n\r\n"),
        ("HEAD", 200, b"ok", b"HTTP/1.1 200 OK\r\nDate: D\r\nX-A: 1\r\nContent-Length: 2\r\n\r\n"),
        ("GET", 204, b"no", b"HTTP/1.1 204 No Content\r\nDate: D\r\nX-A: 1\r\n\r\n"),
        ("GET", 304, b"no", b"HTTP/1.1 304 Not Modified\r\nDate: D\r\nX-A: 1\r\n\r\n"),
        ("GET", 799, b"ok", b"HTTP/1.1 799 Unknown\r\nDate: D\r\nX-A: 1\r\nContent-Length: 2\r\n\r\nok"),
    ],
)
def test_the_length_is_that_of_the_body(method: str, status: int, body: bytes, written: bytes) -> None:
    assert answer(method, status, body) == written


def test_a_connection_that_ends_says_so() -> None:
    assert b"\r\nConnection: close\r\n" in answer("GET", 200, b"", keep_alive=False)


@pytest.mark.parametrize("name", ["Date", "date", "X-First"])
def test_there_is_one_date(name: str) -> None:
    written = head(200, [(name, "1"), ("X", "2")], close=False).lower()
    assert written.count(b"\r\ndate: ") == 1


def test_a_date_is_an_http_date() -> None:
    assert date().endswith(" GMT")


def test_bytes_of_the_upstream_are_kept() -> None:
    text = b"a\xff\xc3\xbc".decode("utf-8", "surrogateescape")
    assert b"X: a\xff\xc3\xbc\r\n" in head(200, [("X", text)], close=False)


def test_no_field_ends_its_line() -> None:
    with pytest.raises(BadField):
        head(200, [("X", "a\r\nSet-Cookie: b")], close=False)


@pytest.mark.parametrize(
    ("method", "status", "bare"),
    [("GET", 200, False), ("HEAD", 200, True), ("GET", 204, True), ("GET", 304, True), ("GET", 101, True)],
)
def test_which_answers_are_a_head_only(method: str, status: int, bare: bool) -> None:
    assert has_no_body(method, status) is bare


LARGE = 6_000_000  # more than the kernel takes from us for a client that does not read


def large(size: int = LARGE) -> bytes:
    return b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n" % size + b"x" * size


async def stalled(running: Running) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
    """A client that has read the beginning of its answer and no more."""
    sock = socket.socket()
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
    sock.setblocking(False)
    await asyncio.get_running_loop().sock_connect(sock, ("127.0.0.1", running.port))
    reader, writer = await asyncio.open_connection(sock=sock, limit=1000)
    writer.write(message("GET /api/chat/x HTTP/1.1"))
    assert (await reader.readline()).startswith(b"HTTP/1.1 200")
    return reader, writer


async def test_answers_that_wait_for_their_clients_share_a_budget() -> None:
    budget = Budget(LARGE + 1_000_000)
    async with (
        raw_upstream(large(), large(), large()) as upstream,
        gateway(upstream.url, budget=budget) as running,
    ):
        reader, writer = await stalled(running)
        told = await running.ask("GET /api/chat/x HTTP/1.1")
        assert (told.status, json.loads(told.body)["code"]) == (503, "unavailable")
        assert told.values("retry-after") == ["2"]
        async with asyncio.timeout(60):
            while len(await reader.read(1_000_000)) and budget.left < LARGE:
                pass
        writer.close()
        assert len((await running.ask("GET /api/chat/x HTTP/1.1")).body) == LARGE
        assert budget.left == LARGE + 1_000_000


async def test_what_a_client_left_behind_goes_back_to_the_budget() -> None:
    budget = Budget(LARGE + 1_000_000)
    async with raw_upstream(large()) as upstream, gateway(upstream.url, budget=budget) as running:
        _, writer = await stalled(running)
        assert budget.left < 2_000_000
        writer.transport.abort()
        await until(lambda: budget.left == LARGE + 1_000_000)


class Slow:
    """A client's connection whose buffer shrinks as it is told, and never below the mark."""

    writing_paused = True

    def __init__(self, *sizes: int) -> None:
        self.sizes = list(sizes)
        self.transport = self
        self.aborted = False

    def get_write_buffer_size(self) -> int:
        return self.sizes.pop(0)

    async def _drain_helper(self) -> None:
        await asyncio.Event().wait()

    def abort(self) -> None:
        self.aborted = True


async def test_who_takes_something_now_and_then_is_waited_for_and_who_takes_nothing_is_not() -> None:
    client: Any = Slow(100, 90, 90, 80, 80, 80)
    with pytest.raises(ConnectionResetError):
        await drain(client, 0.01)
    assert (client.aborted, client.sizes) == (True, [])


async def test_a_large_answer_is_whole() -> None:
    async with raw_upstream(large(1_000_001)) as upstream, gateway(upstream.url) as running:
        told = await running.ask("GET /api/chat/x HTTP/1.1")
    assert told.body == b"x" * 1_000_001


@pytest.mark.parametrize("method", ["HEAD"])
async def test_a_large_answer_to_head_is_its_head(method: str) -> None:
    async with (
        raw_upstream(b"HTTP/1.1 200 OK\r\nContent-Length: 90000000\r\n\r\n") as upstream,
        gateway(upstream.url, budget=Budget(0)) as running,
        running.client() as (reader, writer),
    ):
        writer.write(message(f"{method} /api/chat/x HTTP/1.1"))
        assert (await read_answer(reader, to_head=True)).status == 200
