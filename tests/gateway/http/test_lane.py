"""The short way answers what aiohttp would have answered, and takes nothing else: both side by side, byte by byte."""

import asyncio
import contextlib
import itertools
import re
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from contracts.model.errors import Forbidden
from contracts.model.http import JSON, Request, Response
from gateway.http.head import without_id
from tests.gateway.http.test_head import REFUSED
from tests.support.gateway import Running, gateway

FIELDS = "Host: h\r\nAuthorization: Bearer a\r\nAccept: */*\r\n"
KNOWN = [
    f"GET /api/chat/x?profile_id=1 HTTP/1.1\r\n{FIELDS}\r\n".encode(),
    f"GET /api/chat/y HTTP/1.1\r\n{FIELDS}Cookie: a=b\r\n\r\n".encode(),
    f"POST /api/chat/x HTTP/1.1\r\n{FIELDS}Content-Length: 5\r\n\r\nhello".encode(),
    f"DELETE /api/chat/x HTTP/1.1\r\n{FIELDS}\r\n".encode(),
    f"HEAD /api/chat/x HTTP/1.1\r\n{FIELDS}\r\n".encode(),
    f"GET /api/chat/forbidden HTTP/1.1\r\n{FIELDS}\r\n".encode(),
    f"GET /api/chat/y HTTP/1.1\r\n{FIELDS}X-Request-Id: a.1\r\nAccept-Language: en\r\n\r\n".encode(),
]
ODD = [f"{start.format('/api/chat/x')}\r\n\r\n".encode("latin-1") + rest for _, start, rest, _ in REFUSED]
# The first is learned when it comes.
UNKNOWN = [
    f"GET /api/chat/z HTTP/1.1\r\n{FIELDS}\r\n".encode(),
    f"GET /api/chat/unknown HTTP/1.1\r\n{FIELDS}\r\n".encode(),
    f"POST /api/chat/x HTTP/1.1\r\n{FIELDS}Transfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n".encode(),
    f"GET /api/chat/x HTTP/1.1\r\n{FIELDS}Content-Length: 5\r\n\r\nhello".encode(),
    f"GET /api/chat/x HTTP/1.1\r\n{FIELDS}Connection: close\r\n\r\n".encode(),
    f"GET /api/chat/x HTTP/1.0\r\n{FIELDS}\r\n".encode(),
    f"GET /api/chat/x HTTP/1.1\r\n{FIELDS}X-Chat-API: 2.1\r\n\r\n".encode(),
    f"POST /api/chat/x HTTP/1.1\r\n{FIELDS}Expect: 100-continue\r\nContent-Length: 5\r\n\r\nhello".encode(),
]  # fmt: skip
GIVEN = b"X-Request-ID: b-2\r\n"
#: What differs from one answer to the next, but for ids that were given.
_OWN_NAMES = re.compile(rb"(?<=X-Request-Id: )[^\r]+|(?<=Date: )[^\r]+|\"request_id\":\"[^\"]+\"")


class Wire(asyncio.Transport):
    """The other end of a connection without a socket: what was written, and whether it was closed."""

    def __init__(self) -> None:
        super().__init__({"peername": ("192.0.2.1", 5)})
        self.written = b""
        self.closed = False

    def write(self, data: Any) -> None:
        assert not self.closed
        self.written += bytes(data)

    def is_closing(self) -> bool:
        return self.closed

    def close(self) -> None:
        self.closed = True

    abort = close

    def pause_reading(self) -> None:
        pass

    def resume_reading(self) -> None:
        pass


async def as_read(request: Request) -> Response:
    """An answer that holds everything that was read of the request."""
    if request.path == "/api/chat/forbidden":
        raise Forbidden
    fields = sorted(
        (name.lower(), value) for name, value in request.headers.items() if name != "X-Request-Id"
    )
    text = repr((request.method, request.path, request.query, fields, request.body, request.remote))
    return Response(200, JSON, text.encode())


async def settle() -> None:
    """Everything that can run without time passing."""
    for _ in range(30):
        await asyncio.sleep(0)


async def talk(running: Running, pieces: list[bytes]) -> tuple[bytes, bool]:
    """As `talk_raw`, without what is never the same twice."""
    written, closed = await talk_raw(running, pieces)
    return _OWN_NAMES.sub(b"-", written), closed


async def talk_raw(running: Running, pieces: list[bytes]) -> tuple[bytes, bool]:
    """What one connection is answered to these bytes, arriving in these pieces; and whether it was closed."""
    wire, connection = Wire(), running.listener()
    connection.connection_made(wire)
    await settle()
    for piece in pieces:
        if not wire.closed:
            connection.data_received(piece)
            await settle()
    ended = wire.written, wire.closed
    connection.connection_lost(None)
    await settle()
    return ended


@contextlib.asynccontextmanager
async def both() -> Any:
    """A gateway whose lane knows `KNOWN`, and one of which the lane takes nothing."""
    async with gateway("http://127.0.0.1:1") as short, gateway("http://127.0.0.1:1") as long:
        for running in (short, long):
            running.exchanges.respond = as_read
            for request in KNOWN:
                await talk(running, [request])
        long.listener.take = lambda *_: None
        yield short, long


def takes(running: Running, data: bytes, address: str = "192.0.2.1") -> bool:
    run = running.server.lane.take(data, address, lambda _: None, lambda _: None)
    if run is not None:
        run.cancel()
    return run is not None


def cut(data: bytes, at: list[int]) -> list[bytes]:
    places = sorted({0, len(data), *(place % (len(data) + 1) for place in at)})
    return [data[first:last] for first, last in itertools.pairwise(places)]


def mutated(request: bytes, place: int, taken: int, put: bytes) -> bytes:
    place %= len(request)
    return request[:place] + put + request[place + taken :]


pieces_of_requests = st.one_of(
    st.sampled_from(KNOWN),
    st.sampled_from(KNOWN + UNKNOWN + ODD),
    st.builds(
        mutated,
        st.sampled_from(KNOWN),
        st.integers(0, 10_000),
        st.integers(0, 3),
        st.sampled_from(
            [
                b"",
                b"\r\n",
                b"\n",
                b"\r",
                b" ",
                b"\t",
                b"\0",
                b":",
                b"X: y\r\n",
                b"\xff",
                b"X-Request-ID: b-2\r\n",
                KNOWN[0],
            ]
        ),
    ),
)


@given(st.lists(pieces_of_requests, min_size=1, max_size=4), st.lists(st.integers(0, 100_000), max_size=4))
def test_no_request_is_read_in_two_ways(requests: list[bytes], cuts: list[int]) -> None:
    async def compare() -> None:
        async with both() as (short, long):
            pieces = cut(b"".join(requests), cuts)
            assert await talk(short, pieces) == await talk(long, pieces)
            whole = [request for request in requests if request]  # each in a piece of its own
            assert await talk(short, whole) == await talk(long, whole)

    with asyncio.Runner() as runner:
        runner.run(compare())


@pytest.mark.parametrize("request_", KNOWN, ids=lambda data: data[:30].decode())
async def test_what_is_known_is_taken_whatever_connection_it_comes_by(request_: bytes) -> None:
    async with both() as (short, _):
        assert takes(short, request_)
        assert not takes(short, request_, "192.0.2.2")  # the upstream is told another address
        assert not takes(short, request_ + b"x")
        assert not takes(short, request_[:-1])


@pytest.mark.parametrize("request_", UNKNOWN + ODD, ids=lambda data: data[:40].decode("latin-1"))
async def test_what_is_odd_is_never_taken_however_often_it_comes(request_: bytes) -> None:
    async with both() as (short, _):
        for _ in range(2):
            await talk(short, [request_])
        assert takes(short, request_) == (request_ in UNKNOWN[:1])


@pytest.mark.parametrize(
    ("fields", "cut", "name"),
    [
        (b"X-Request-Id: a.1\r\nA: b\r\n", b"A: b\r\n", "a.1"),
        (b"A: b\r\nx-request-ID: 5\r\n", b"A: b\r\n", "5"),
        (b"A: b\r\n", b"A: b\r\n", None),
        (b"X-Request-Id: a b\r\n", None, None),
        (b"X-Request-Id:  a\r\n", None, None),
        (b"X-Request-Id: \r\n", None, None),
        (b"A-X-Request-Id: a\r\n", None, None),
        (b"X-Request-Id: a\r\nX-Request-Id: a\r\n", None, None),
        (b"X-Request-Id: a\r\n" + b"A: b\r\n" * 95, None, None),
    ],
)
def test_an_id_is_no_part_of_what_is_known(fields: bytes, cut: bytes | None, name: str | None) -> None:
    assert without_id(fields) == (fields if cut is None else cut, name)


async def test_behind_a_proxy_that_gives_every_request_an_id_the_short_way_is_taken() -> None:
    async with both() as (short, _):
        for name in (b"b.2", b"c-3"):
            request = KNOWN[-1].replace(b"a.1", name)
            assert takes(short, request)
            wire, _ = await talk_raw(short, [request])
            assert b"X-Request-Id: %b\r\n" % name in wire
        assert len(short.server.lane.heads) < len(KNOWN)
