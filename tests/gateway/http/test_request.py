"""Properties of framing: whatever a client sends, the upstream sees whole requests that we wrote, and only those.

Counts are small here; `dev.py prove` runs the same with the full ones.
"""

import asyncio
import os
import re
from collections.abc import Coroutine
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.support.gateway import gateway, message, raw_upstream, read_answer

PAIRS = 10_000 if os.environ.get("PROVE") == "1" else 300

METHODS = ["GET", "POST", "PUT", "DELETE", "HEAD", "OPTIONS", "PATCH", "get", "GETT", "P OST"]
TARGETS = [
    "/api/chat/x",
    "/page",
    "/",
    "/a?b=c",
    "http://h/page",
    "*",
    "//x",
    "/%00",
    "/a b",
    "/\x7f",
    "/x#y",
    "",
]
VERSIONS = ["HTTP/1.1", "HTTP/1.0", "HTTP/1.2", "HTTP/2.0", "HTTP/0.9", "http/1.1", "HTTP/1.1 ", ""]
NAMES = [
    "Content-Length", "content-length", "Transfer-Encoding", "Transfer_Encoding", "Content-Length ",
    " Content-Length", "Transfer-Encoding\t", "Host", "Connection", "Expect", "Upgrade", "X-User-Id", "TE", "X", "",
    "X\0", "Content-Encoding",
]  # fmt: skip
VALUES = [
    "0", "1", "5", "5, 5", "+5", "0x5", " 5", "5 ", "-1", "99999999999999999999", "chunked", "Chunked",
    "chunked, chunked", "identity", "gzip, chunked", ",chunked", "\x0bchunked", "chunked\x0b", "close", "keep-alive",
    "100-continue", "h", "a\rb", "a\nb", "a\0b", "", "\xa0", "\x85",
]  # fmt: skip
ENDS = ["\r\n", "\r\n", "\r\n", "\r\n", "\n", "\r", "\r\r\n", "\r\n ", "\n\r"]
BODIES = ["", "hello", "5\r\nhello\r\n0\r\n\r\n", "0\r\n\r\n", "5;x\r\nhello\r\n0\r\n\r\n", "5\nhello\n0\n\n", "-1\r\n",
          "GET /hidden HTTP/1.1\r\nHost: h\r\n\r\n", "5\r\nhello", "ffffffffffffffffff\r\n"]  # fmt: skip

fields = st.tuples(st.sampled_from(NAMES), st.sampled_from([":", ": ", " :", ""]), st.sampled_from(VALUES))
requests = st.tuples(
    st.sampled_from(METHODS),
    st.sampled_from(TARGETS),
    st.sampled_from(VERSIONS),
    st.lists(st.tuples(fields, st.sampled_from(ENDS)), max_size=5),
    st.sampled_from(ENDS),
    st.sampled_from(BODIES),
)

#: What may stand on the wire towards the upstream.
_NAME = rb"[!#$%&'*+.^_`|~0-9A-Za-z-]+"
_VALUE = rb"([!-~\x80-\xff]([\t -~\x80-\xff]*[!-~\x80-\xff])?)?"
CANONICAL = re.compile(rb"[A-Z]+ /[!-\"$-~]* HTTP/1\.1(\r\n" + _NAME + rb": ?" + _VALUE + rb")*\r\n")


def written(drawn: Any) -> bytes:
    method, target, version, rows, end, body = drawn
    text = f"{method} {target} {version}\r\nHost: h\r\n"
    text += "".join(f"{name}{colon}{value}{stop}" for (name, colon, value), stop in rows)
    return (text + end + body).encode("latin-1")


def run(coroutine: Coroutine[Any, Any, None]) -> None:
    """Hypothesis calls plain functions; each example has a loop of its own."""
    with asyncio.Runner() as runner:
        runner.run(coroutine)


@given(st.lists(requests, min_size=1, max_size=3))
def test_what_reaches_the_upstream_is_whole_and_canonical_and_counted(drawn: Any) -> None:
    run(_sends(b"".join(map(written, drawn))))


async def _sends(data: bytes) -> None:
    async with (
        raw_upstream() as upstream,
        gateway(upstream.url, body_s=0.1, header_s=0.1, idle_s=0.1) as running,
    ):
        async with running.client() as (reader, writer):
            writer.write(data)
            told = await asyncio.wait_for(reader.read(), 30)
        counted = sum(running.metrics.requests.values())
    for asked in upstream.asked:
        assert CANONICAL.fullmatch(asked.head), asked.head
        assert len(asked.values("content-length")) + len(asked.values("transfer-encoding")) <= 1
        assert not {"x-user-id", "te", "upgrade", "expect"} & asked.names
    final = [int(code) for code in re.findall(rb"HTTP/1\.1 (\d{3}) ", told) if code != b"100"]
    assert all(code < 500 for code in final), told
    assert len(upstream.asked) <= counted
    assert final.count(200) <= len(upstream.asked)


async def test_no_client_gets_anothers_answer() -> None:
    """Pipelined pairs on several connections, over few connections to the upstream (checklist 5)."""

    async def echo(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        path = upstream.asked[-1].line.split()[1].encode()
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n%b" % (len(path), path))

    async def pairs(number: int) -> None:
        async with running.client() as (reader, writer):
            for turn in range(PAIRS // 10):
                paths = [f"/{kind}/{number}/{turn}" for kind in ("api/chat", "page")]
                writer.write(b"".join(message(f"GET {path} HTTP/1.1") for path in paths))
                assert [(await read_answer(reader)).body.decode() for _ in paths] == paths

    async with raw_upstream() as upstream, gateway(upstream.url) as running:
        upstream.default = echo
        await asyncio.gather(*(pairs(number) for number in range(10)))


@pytest.mark.parametrize("length", [0, 1, 15, 16, 255, 4095, 65_535, 65_536, 65_537, 300_000])
@pytest.mark.parametrize("path", ["/api/chat/x", "/page"])
async def test_a_length_is_that_of_the_body_at_every_edge(length: int, path: str) -> None:
    body = b"x" * length
    answer = b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n%b" % (length, body)
    async with raw_upstream(answer) as upstream, gateway(upstream.url, json_bytes=1_000_000) as running:
        told = await running.ask(f"POST {path} HTTP/1.1", body)
    assert told.body == body
    assert upstream.asked[0].body == body
