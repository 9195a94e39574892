"""What streams: both ways, as it is, with back-pressure, and never fooling anybody about where it ends."""

import asyncio
import contextlib
import gzip
import json

import pytest

from tests.support.gateway import (
    Hangup,
    answers_and_closes,
    gateway,
    hang_up,
    message,
    raw_server,
    raw_upstream,
    read_answer,
)

OK = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"


async def test_an_answer_arrives_as_it_was_sent() -> None:
    packed = gzip.compress(b"hello" * 100)
    head = (
        b"HTTP/1.1 206 Partial Content\r\nContent-Type: text/css\r\nContent-Encoding: gzip\r\n"
        b'Content-Range: bytes 0-99/200\r\nETag: W/"x"\r\nSet-Cookie: a=1\r\nSet-Cookie: b=2\r\n'
        b"Date: Thu, 01 Jan 2026 00:00:00 GMT\r\nServer: theirs\r\nX-Bytes: \xff\xfe\r\nContent-Length: %d\r\n\r\n"
    )
    async with raw_upstream(head % len(packed) + packed) as upstream, gateway(upstream.url) as running:
        told = await running.ask(
            "GET /a/%2e/b%2Fc?x=1&x=%20 HTTP/1.1\nRange: bytes=0-99\nAccept-Encoding: br;q=0.5"
        )
    assert upstream.asked[0].line == "GET /a/%2e/b%2Fc?x=1&x=%20 HTTP/1.1"
    assert upstream.asked[0].values("range") == ["bytes=0-99"]
    assert upstream.asked[0].values("accept-encoding") == ["br;q=0.5"]
    assert (told.status, told.body) == (206, packed)
    assert told.values("set-cookie") == ["a=1", "b=2"]
    for name, value in (("etag", 'W/"x"'), ("server", "theirs"), ("content-encoding", "gzip")):
        assert told.values(name) == [value]
    assert b"\r\nX-Bytes: \xff\xfe\r\n" in told.head
    assert (
        len(told.values("date"))
        == len(told.values("content-length"))
        == len(told.values("x-request-id"))
        == 1
    )


async def test_the_path_of_the_upstreams_url_comes_first() -> None:
    async with raw_upstream() as upstream, gateway(upstream.url + "/base/") as running:
        for path in ("/x?y", "/api/chat/x"):
            await running.ask(f"GET {path} HTTP/1.1")
    assert [asked.line.split()[1] for asked in upstream.asked] == ["/base/x?y", "/base/api/chat/x"]


async def test_nothing_is_added_to_a_request_but_where_it_came_from() -> None:
    async with raw_upstream() as upstream, gateway(upstream.url) as running:
        await running.ask("GET /x HTTP/1.1\nX-A: 1")
    forwarded = {"x-forwarded-for", "x-forwarded-host", "x-forwarded-proto", "x-request-id"}
    assert upstream.asked[0].names - {"connection"} == {"host", "x-a"} | forwarded


@pytest.mark.parametrize(
    ("method", "answer", "status"),
    [
        ("HEAD", b"HTTP/1.1 200 OK\r\nContent-Length: 5000\r\n\r\n", 200),
        ("HEAD", b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n", 200),
        ("GET", b"HTTP/1.1 204 No Content\r\n\r\n", 204),
        ("GET", b"HTTP/1.1 304 Not Modified\r\nContent-Length: 5000\r\nETag: x\r\n\r\n", 304),
        ("GET", b"HTTP/1.1 304 Not Modified\r\nETag: x\r\n\r\n", 304),
    ],
)
async def test_an_answer_without_a_body_ends_with_its_head(method: str, answer: bytes, status: int) -> None:
    async with (
        raw_upstream(answer) as upstream,
        gateway(upstream.url) as running,
        running.client() as (reader, writer),
    ):
        writer.write(message(f"{method} /x HTTP/1.1"))
        told = await read_answer(reader, to_head=method == "HEAD")
        assert (told.status, told.values("transfer-encoding")) == (status, [])
        assert told.values("content-length") == (["5000"] if b"5000" in answer else [])
        writer.write(message("GET /x HTTP/1.1"))  # and the connection is in order
        assert (await read_answer(reader)).body == b"ok"


async def test_without_a_length_an_answer_is_chunked() -> None:
    answer = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3;x\r\nabc\r\n2\r\nde\r\n0\r\nX-Trailer: 1\r\n\r\n"
    async with raw_upstream(answer) as upstream, gateway(upstream.url) as running:
        told = await running.ask("GET /x HTTP/1.1")
    assert (told.values("transfer-encoding"), told.body) == (["chunked"], b"abcde")


async def test_for_an_old_client_it_ends_with_the_connection() -> None:
    answer = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\n"
    async with raw_upstream(answer) as upstream, gateway(upstream.url) as running:
        told = await running.talk(b"GET /x HTTP/1.0\r\n\r\n")
    assert told.partition(b"\r\n\r\n")[2] == b"abc"
    assert b"chunked" not in told


async def test_an_answer_that_ends_with_the_upstreams_connection_is_whole() -> None:
    script = answers_and_closes(b"HTTP/1.1 200 OK\r\n\r\nall of it")
    async with raw_upstream(script) as upstream, gateway(upstream.url) as running:
        told = await running.ask("GET /x HTTP/1.1")
    assert told.body == b"all of it"


async def test_events_leave_at_once() -> None:
    seen = asyncio.Event()

    async def events(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(
            b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nTransfer-Encoding: chunked\r\n\r\n"
        )
        writer.write(b"9\r\ndata: 1\n\n\r\n")
        await asyncio.wait_for(seen.wait(), 30)  # the second only after the first has arrived
        writer.write(b"9\r\ndata: 2\n\n\r\n0\r\n\r\n")

    async with (
        raw_upstream(events) as upstream,
        gateway(upstream.url, timeout_s=0.5) as running,
        running.client() as (reader, writer),
    ):
        writer.write(message("GET /events HTTP/1.1"))
        await reader.readuntil(b"data: 1\n\n\r\n")
        await asyncio.sleep(0.6)  # a quiet stream of events is no stalled one
        seen.set()
        await reader.readuntil(b"data: 2\n\n\r\n0\r\n\r\n")


@pytest.mark.parametrize(
    "answer",
    [
        b"HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nfour",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n4\r\nfour\r\n",
    ],
)
async def test_an_answer_that_breaks_off_does_not_look_complete(answer: bytes) -> None:
    async with raw_upstream(answers_and_closes(answer)) as upstream, gateway(upstream.url) as running:
        with pytest.raises((asyncio.IncompleteReadError, ConnectionError, ValueError)):
            await running.ask("GET /x HTTP/1.1")


@pytest.mark.parametrize(
    "answer",
    [
        b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nContent-Length: 3\r\n\r\nokk",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nX-A: a\rX-B: b\r\nContent-Length: 0\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nX-A: a\0b\r\nContent-Length: 0\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n4\r\nfour\r\nzz\r\n",
        b"nonsense\r\n\r\n",
        b"HTTP/1.1 99 X\r\n\r\n",
        b"HTTP/1.1 099 X\r\nContent-Length: 2\r\n\r\nok",
        b"HTTP/1.1 600 X\r\nContent-Length: 2\r\n\r\nok",
        b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\nConnection: upgrade\r\n\r\n",
        b"HTTP/1.1 101 Switching Protocols\r\n\r\n",
        b"HTTP/1.1 100 Continue\r\n\r\n" * 3000 + OK,
        b"HTTP/1.1 103 Early Hints\r\nLink: </x>\r\n\r\n" * 9 + OK,
        b"HTTP/1.1 200 OK\nContent-Length: 2\n\nok",
        b"HTTP/1.1 200 OK\r\nX-A: a\nContent-Length: 2\r\n\r\nok",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\nok\n0\n\n",
    ],
)
async def test_a_broken_answer_is_a_502(answer: bytes) -> None:
    async with raw_upstream(answer) as upstream, gateway(upstream.url) as running:
        told = await running.ask("GET /x HTTP/1.1")
        assert (told.status, json.loads(told.body)["code"]) == (502, "upstream_failed")
        assert (await running.ask("GET /x HTTP/1.1")).body == b"ok"
    assert upstream.connections == 2


async def test_a_few_interim_answers_are_none_of_the_clients_business() -> None:
    answer = b"HTTP/1.1 100 Continue\r\n\r\n" * 8 + OK
    async with raw_upstream(answer) as upstream, gateway(upstream.url) as running:
        assert (await running.ask("GET /x HTTP/1.1")).body == b"ok"


async def test_what_breaks_the_rules_in_the_middle_of_a_body_does_not_look_complete() -> None:
    async def late(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n4\r\nfour\r\n")
        await told.wait()
        writer.write(b"4\nfour\n0\n\n")
        await reader.read()

    told = asyncio.Event()
    async with (
        raw_upstream(late) as upstream,
        gateway(upstream.url) as running,
        running.client() as (reader, writer),
    ):
        writer.write(message("GET /x HTTP/1.1"))
        await reader.readuntil(b"four\r\n")
        told.set()
        rest = b""
        with contextlib.suppress(ConnectionError):
            rest = await asyncio.wait_for(reader.read(), 30)
    assert not rest.endswith(b"0\r\n\r\n")


@pytest.mark.parametrize("method", ["GET", "POST"])
async def test_a_byte_that_is_not_utf_8_leaves_as_it_came(method: str) -> None:
    body = b"data" if method == "POST" else b""
    async with raw_upstream() as upstream, gateway(upstream.url) as running:
        told = await running.ask(f"{method} /x?a=1 HTTP/1.1\nCookie: name=caf\xe9; b=\xc3\xa9\nX-A: 1", body)
    assert told.status == 200
    (asked,) = upstream.asked
    assert (asked.line, asked.body) == (f"{method} /x?a=1 HTTP/1.1", body)
    assert b"\r\nCookie: name=caf\xe9; b=\xc3\xa9\r\n" in asked.head
    assert asked.names & {"content-length", "transfer-encoding"} == ({"content-length"} if body else set())


async def test_an_upstream_that_is_away_is_a_502() -> None:
    async with raw_upstream() as upstream:
        pass
    async with gateway(upstream.url) as running:
        assert (await running.ask("GET /x HTTP/1.1")).status == 502
        assert running.upstream.stats.errors == {"connect": 1}


async def test_an_upstream_that_does_not_answer_is_a_504() -> None:
    async def never(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read()

    async with raw_upstream(never) as upstream, gateway(upstream.url, timeout_s=0.2) as running:
        told = await running.ask("GET /x HTTP/1.1")
    assert (told.status, json.loads(told.body)["code"]) == (504, "upstream_timeout")


@pytest.mark.parametrize("path", ["/page", "/api/chat/x"])
async def test_a_client_that_leaves_ends_the_upstreams_request(path: str) -> None:
    async def never(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read()
        raise Hangup

    async with raw_upstream(never) as upstream, gateway(upstream.url) as running:
        async with running.client() as (_, writer):
            writer.write(message(f"GET {path} HTTP/1.1"))
            await upstream.was_asked.wait()
        await asyncio.wait_for(upstream.closed.wait(), 30)
    assert running.metrics.in_flight == 0
    assert {status for _, _, status in running.metrics.requests} == {499}


async def test_a_post_on_a_kept_connection_that_was_closed_is_not_sent_twice() -> None:
    async with raw_upstream(OK, hang_up) as upstream, gateway(upstream.url) as running:
        await running.ask("GET /x HTTP/1.1")
        assert (await running.ask("POST /x HTTP/1.1", b"a")).status == 502
    assert [asked.line.split()[0] for asked in upstream.asked] == ["GET", "POST"]


@pytest.mark.parametrize(
    ("location", "told"),
    [
        ("{url}/x/?a=1", "/x/?a=1"),
        ("/x", "/x"),
        ("https://else/", "https://else/"),
        ("{url}.evil/", "{url}.evil/"),
    ],
)
async def test_a_redirect_to_the_upstreams_own_address_leads_to_ours(location: str, told: str) -> None:
    async def redirect(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        place = location.format(url=upstream.url)
        writer.write(f"HTTP/1.1 307 X\r\nLocation: {place}\r\nContent-Length: 0\r\n\r\n".encode())

    async with raw_upstream(redirect) as upstream, gateway(upstream.url) as running:
        answer = await running.ask("GET /x HTTP/1.1")
    assert (answer.status, answer.values("location")) == (307, [told.format(url=upstream.url)])


@pytest.mark.parametrize("framing", ["Content-Length: %d", "Transfer-Encoding: chunked"])
async def test_a_compressed_upload_stays_as_it_is_and_keeps_its_framing(framing: str) -> None:
    packed = gzip.compress(b"hello" * 1000)
    name = framing.partition(":")[0]
    chunks = b"%x\r\n%b\r\n0\r\n\r\n" % (len(packed), packed)
    head = f"POST /x HTTP/1.1\r\nHost: h\r\nContent-Encoding: gzip\r\n{framing}\r\nConnection: close\r\n\r\n"
    head = head.replace("%d", str(len(packed)))
    async with raw_upstream() as upstream, gateway(upstream.url) as running:
        told = await running.talk(head.encode() + (packed if "Length" in name else chunks))
    assert told.startswith(b"HTTP/1.1 200 ")
    assert upstream.asked[0].body == packed
    assert upstream.asked[0].values("content-encoding") == ["gzip"]
    framings = {"content-length", "transfer-encoding"} & upstream.asked[0].names
    assert framings == {name.lower()}


async def test_an_upload_is_admitted_then_streams_with_what_the_exchange_adds() -> None:
    async with raw_upstream() as upstream, gateway(upstream.url) as running:
        assert (await running.ask("POST /api/chat/upload HTTP/1.1", b"data")).status == 500
        fields = (
            "Authorization: Bearer t\nX-Chat-Profile: tutor:1\nContent-Type: multipart/form-data; boundary=x"
        )
        told = await running.ask(f"POST /api/chat/upload HTTP/1.1\n{fields}", b"data")
        assert told.status == 200
    assert [asked.line for asked in upstream.asked] == ["POST /media?user_id=1 HTTP/1.1"]
    assert upstream.asked[0].values("x-chat-profile") == ["tutor:5"]
    assert upstream.asked[0].values("content-type") == ["multipart/form-data; boundary=x"]
    assert upstream.asked[0].body == b"data"


CHUNK = b"x" * 65536
CHUNKS = 320  # 20 MiB


def peak_mb() -> float:
    """The most memory that this process has had; 0 where the system does not tell (Windows)."""
    try:
        import resource
    except ImportError:
        return 0.0
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


async def test_a_large_upload_waits_for_a_slow_upstream() -> None:
    gate = asyncio.Event()
    received = 0

    async def slow(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        nonlocal received
        await reader.readuntil(b"\r\n\r\n")
        await gate.wait()
        while received < CHUNKS * len(CHUNK):
            received += len(await reader.read(1 << 20))
        writer.write(OK)

    async with (
        raw_server(slow) as url,
        gateway(url, body_bytes=1 << 30) as running,
        running.client() as (reader, writer),
    ):
        writer.transport.set_write_buffer_limits(high=0)
        writer.write(
            f"POST /up HTTP/1.1\r\nHost: h\r\nContent-Length: {CHUNKS * len(CHUNK)}\r\n\r\n".encode()
        )
        sent = 0
        before = peak_mb()
        try:
            async with asyncio.timeout(1):
                for _ in range(CHUNKS):
                    writer.write(CHUNK)
                    await writer.drain()
                    sent += len(CHUNK)
        except TimeoutError:
            pass
        assert sent < CHUNKS * len(CHUNK)  # somebody said stop: nobody collects it
        assert peak_mb() - before < 8
        gate.set()
        await writer.drain()
        for _ in range(CHUNKS - sent // len(CHUNK) - 1):
            writer.write(CHUNK)
            await writer.drain()
        assert (await read_answer(reader)).status == 200
    assert received == CHUNKS * len(CHUNK)


async def test_a_large_download_waits_for_a_slow_client() -> None:
    written = 0

    async def fast(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        nonlocal written
        await reader.readuntil(b"\r\n\r\n")
        writer.write(f"HTTP/1.1 200 OK\r\nContent-Length: {CHUNKS * len(CHUNK)}\r\n\r\n".encode())
        for _ in range(CHUNKS):
            writer.write(CHUNK)
            await writer.drain()
            written += len(CHUNK)

    async with raw_server(fast) as url, gateway(url) as running, running.client() as (reader, writer):
        before = peak_mb()
        writer.write(message("GET /down HTTP/1.1"))
        await asyncio.sleep(0.5)
        assert written < CHUNKS * len(CHUNK)
        assert peak_mb() - before < 8
        told = await read_answer(reader)
        assert len(told.body) == CHUNKS * len(CHUNK)


async def test_a_client_that_never_reads_is_cut() -> None:
    async def endless(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 100000000000\r\n\r\n")
        try:
            while True:
                writer.write(CHUNK)
                await writer.drain()
        except ConnectionError:
            ended.set()

    ended = asyncio.Event()
    async with (
        raw_server(endless) as url,
        gateway(url, idle_s=0.3) as running,
        running.client() as (_, writer),
    ):
        writer.write(message("GET /down HTTP/1.1"))
        await asyncio.wait_for(ended.wait(), 30)
