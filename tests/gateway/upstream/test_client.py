"""The pool towards the upstream, against scripted ones on real sockets."""

import asyncio
import ssl
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from pathlib import Path
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import NameOID

from contracts.model.errors import (
    AnswerTooLarge,
    InvalidRequest,
    OutcomeNotInTime,
    OutcomeUnknown,
    Unavailable,
    UpstreamFailed,
    UpstreamTimedOut,
    Written,
)
from gateway.upstream.address import parse_url
from gateway.upstream.breaker import FAILURES
from gateway.upstream.budget import Budget
from gateway.upstream.client import Upstream
from tests.gateway.upstream.test_decoding import PACKED
from tests.support.gateway import answers_and_closes, hang_up, raw_upstream

OK = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"


class Made:
    def __init__(self) -> None:
        self.all: list[Upstream] = []

    def __call__(self, url: str, **options: Any) -> Upstream:
        upstream = Upstream(parse_url(url), **{"timeout_s": 5.0, **options})
        self.all.append(upstream)
        return upstream


@pytest.fixture
async def to() -> AsyncIterator[Made]:
    made = Made()
    yield made
    for upstream in made.all:
        await upstream.close()


async def test_a_request_is_written_whole_and_its_answer_read_whole(to: Made) -> None:
    async with raw_upstream(
        b"HTTP/1.1 201 Created\r\nX-A: 1\r\nSet-Cookie: a=1\r\nSet-Cookie: b=2\r\nConnection: x-gone\r\n"
        b"X-Gone: 1\r\nKeep-Alive: 5\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nok\r\n0\r\n\r\n"
    ) as raw:
        response = await to(raw.url + "/base").send("POST", "/x?y=1", [("X-B", "ü")], b"body")
    assert response.status == 201
    assert list(response.headers) == [("X-A", "1"), ("Set-Cookie", "a=1"), ("Set-Cookie", "b=2")]
    assert response.body == b"ok"
    assert raw.asked[0].head.decode().split("\r\n") == [
        "POST /base/x?y=1 HTTP/1.1",
        f"Host: 127.0.0.1:{raw.port}",
        "Accept-Encoding: identity",
        "X-B: ü",
        "Content-Length: 4",
        "",
    ]
    assert raw.asked[0].body == b"body"


@pytest.mark.parametrize(
    ("method", "length"), [("GET", []), ("HEAD", []), ("DELETE", ["0"]), ("POST", ["0"])]
)
async def test_an_empty_body_is_framed_where_one_is_usual(to: Made, method: str, length: list[str]) -> None:
    async with raw_upstream(b"HTTP/1.1 204 No Content\r\n\r\n") as raw:
        await to(raw.url).send(method, "/", [], b"")
    assert raw.asked[0].values("content-length") == length


@pytest.mark.parametrize("value", ["a\r\nX-User-Id: 1", "a\nb", "a\rb", "a\0b"])
async def test_a_value_that_would_end_its_line_is_never_written(to: Made, value: str) -> None:
    async with raw_upstream() as raw:
        with pytest.raises(InvalidRequest):
            await to(raw.url).send("GET", "/", [("X-A", value)], b"")
    assert raw.asked == []


async def test_connections_are_kept_and_the_last_used_one_comes_first(to: Made) -> None:
    async with raw_upstream() as raw:
        upstream = to(raw.url)
        await asyncio.gather(*(upstream.send("GET", "/", [], b"") for _ in range(3)))
        assert raw.connections == 3
        for _ in range(5):
            await upstream.send("GET", "/", [], b"")
    assert raw.connections == 3
    assert upstream.stats.reused == 5


async def test_no_more_connections_than_allowed_and_the_others_wait(to: Made) -> None:
    async with raw_upstream() as raw:
        upstream = to(raw.url, connections=2)
        answers = await asyncio.gather(*(upstream.send("GET", f"/{n}", [], b"") for n in range(20)))
    assert [answer.body for answer in answers] == [b"ok"] * 20
    assert raw.connections == 2


async def test_who_waits_for_a_connection_is_timed_out_too(to: Made) -> None:
    async with raw_upstream(_never, _never) as raw:
        upstream = to(raw.url, connections=1, timeout_s=0.2)
        results = await asyncio.gather(
            *(upstream.send("GET", "/", [], b"") for _ in range(2)), return_exceptions=True
        )
        assert [type(result) for result in results] == [UpstreamTimedOut, UpstreamTimedOut]
        raw.scripts.clear()
        assert (await to(raw.url).send("GET", "/", [], b"")).status == 200


async def test_a_client_that_leaves_the_queue_loses_no_room(to: Made) -> None:
    async with raw_upstream(_never) as raw:
        upstream = to(raw.url, connections=1)
        first = asyncio.create_task(upstream.send("GET", "/", [], b""))
        await raw.was_asked.wait()
        second = asyncio.create_task(upstream.send("GET", "/", [], b""))
        await asyncio.sleep(0)
        for task in (second, first):
            task.cancel()
        await asyncio.gather(first, second, return_exceptions=True)
        assert (await upstream.send("GET", "/", [], b"")).body == b"ok"


async def _never(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    await reader.read()


BAD = [
    OK + b"extra",
    b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
    b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nContent-Length: 3\r\n\r\nokk",
    b"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: 2\r\n\r\nok",
    b"nonsense\r\n\r\n",
]


@pytest.mark.parametrize("answer", BAD[1:])
async def test_a_broken_answer_fails_and_its_connection_is_not_used_again(to: Made, answer: bytes) -> None:
    async with raw_upstream(answer) as raw:
        upstream = to(raw.url)
        with pytest.raises(UpstreamFailed):
            await upstream.send("GET", "/", [], b"")
        assert (await upstream.send("GET", "/", [], b"")).body == b"ok"
    assert raw.connections == 2
    assert len(raw.asked) == 2


async def test_more_than_an_answer_ends_the_connection(to: Made) -> None:
    async with raw_upstream(BAD[0]) as raw:
        upstream = to(raw.url)
        assert (await upstream.send("GET", "/", [], b"")).body == b"ok"
        assert (await upstream.send("GET", "/", [], b"")).body == b"ok"
    assert raw.connections == 2


async def test_bytes_on_an_idle_connection_end_it(to: Made) -> None:
    late = asyncio.Event()

    async def twice(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(OK)
        await late.wait()
        writer.write(OK.replace(b"ok", b"no"))
        await reader.read()

    async with raw_upstream(twice) as raw:
        upstream = to(raw.url)
        assert (await upstream.send("GET", "/", [], b"")).body == b"ok"
        late.set()
        await asyncio.wait_for(raw.closed.wait(), 30)
        assert (await upstream.send("GET", "/", [], b"")).body == b"ok"
    assert raw.connections == 2


@pytest.mark.parametrize("method", ["GET", "PUT"])
async def test_a_kept_connection_that_was_closed_is_replaced_once(to: Made, method: str) -> None:
    async with raw_upstream(OK, hang_up) as raw:
        upstream = to(raw.url)
        await upstream.send("GET", "/", [], b"")
        assert (await upstream.send(method, "/", [], b"x")).body == b"ok"
    assert [asked.line.split()[0] for asked in raw.asked] == ["GET", method, method]
    assert upstream.stats.retries == 1


@pytest.mark.parametrize("method", ["POST", "PATCH", "DELETE"])
async def test_what_may_not_happen_twice_is_never_sent_twice(to: Made, method: str) -> None:
    async with raw_upstream(OK, hang_up) as raw:
        upstream = to(raw.url)
        await upstream.send("GET", "/", [], b"")
        with pytest.raises(UpstreamFailed):
            await upstream.send(method, "/", [], b"x")
    assert len(raw.asked) == 2


@pytest.mark.parametrize("script", [hang_up, answers_and_closes(b"HTTP/1.1 2"), answers_and_closes(OK[:-1])])
async def test_a_new_connection_that_breaks_is_not_tried_again(to: Made, script: Any) -> None:
    async with raw_upstream(script) as raw:
        with pytest.raises(UpstreamFailed):
            await to(raw.url).send("GET", "/", [], b"")
    assert len(raw.asked) == 1


async def test_closed_in_mid_answer_is_not_tried_again(to: Made) -> None:
    async with raw_upstream(OK, answers_and_closes(OK[:-1])) as raw:
        upstream = to(raw.url)
        await upstream.send("GET", "/", [], b"")
        with pytest.raises(UpstreamFailed):
            await upstream.send("GET", "/", [], b"")
    assert len(raw.asked) == 2


async def test_an_upstream_that_does_not_answer_in_time(to: Made) -> None:
    async with raw_upstream(_never) as raw:
        upstream = to(raw.url, timeout_s=0.2)
        with pytest.raises(UpstreamTimedOut):
            await upstream.send("GET", "/", [], b"")
        assert (await upstream.send("GET", "/", [], b"")).body == b"ok"
    assert raw.connections == 2


async def test_a_client_that_leaves_takes_its_connection_with_it(to: Made) -> None:
    async with raw_upstream(_never) as raw:
        upstream = to(raw.url)
        task = asyncio.create_task(upstream.send("GET", "/", [], b""))
        await raw.was_asked.wait()
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
        await asyncio.wait_for(raw.closed.wait(), 30)
        assert (await upstream.send("GET", "/", [], b"")).body == b"ok"


async def test_an_answer_over_the_limit_fails(to: Made) -> None:
    async with raw_upstream() as raw:
        with pytest.raises(UpstreamFailed):
            await to(raw.url, answer_bytes=1).send("GET", "/", [], b"")


TOO_LARGE = b"HTTP/1.1 201 Created\r\nContent-Length: 90000\r\n\r\n"
REFUSED = b"HTTP/1.1 500 Oh\r\nContent-Length: 90000\r\n\r\n"


@pytest.mark.parametrize(
    ("method", "answer", "error"),
    [
        ("POST", TOO_LARGE, Written),
        ("DELETE", TOO_LARGE, Written),
        ("GET", TOO_LARGE, AnswerTooLarge),
        ("POST", REFUSED, OutcomeUnknown),
        ("POST", b"no HTTP\r\n\r\n", OutcomeUnknown),
        ("GET", b"no HTTP\r\n\r\n", UpstreamFailed),
        ("POST", hang_up, OutcomeUnknown),
        ("GET", hang_up, UpstreamFailed),
    ],
)
async def test_a_failure_says_what_may_have_been_changed(
    to: Made, method: str, answer: Any, error: type[UpstreamFailed]
) -> None:
    async with raw_upstream(answer, answer) as raw:
        with pytest.raises(UpstreamFailed) as caught:
            await to(raw.url, answer_bytes=1000).send(method, "/", [], b"")
    assert type(caught.value) is error


FULL = b"HTTP/1.1 200 OK\r\nContent-Length: 300000\r\n\r\n" + b"x" * 300_000
FULL_CHUNKED = (
    b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n493e0\r\n" + b"x" * 300_000 + b"\r\n0\r\n\r\n"
)


@pytest.mark.parametrize("answer", [FULL, FULL_CHUNKED], ids=["length", "chunked"])
@pytest.mark.parametrize(("method", "error"), [("GET", Unavailable), ("POST", Written)])
async def test_an_answer_without_room_is_put_off(
    to: Made, method: str, answer: bytes, error: type[Exception]
) -> None:
    async with raw_upstream(answer) as raw:
        budget = Budget(10_000)
        upstream = to(raw.url, budget=budget)
        with pytest.raises(error):
            await upstream.send(method, "/", [], b"")
        assert budget.left == 10_000
        assert (await upstream.send("GET", "/", [], b"")).body == b"ok"


async def test_a_kept_connection_keeps_no_answer(to: Made) -> None:
    async with raw_upstream(FULL) as raw:
        upstream = to(raw.url)
        assert len((await upstream.send("GET", "/", [], b"")).body) == 300_000
        [kept] = upstream.pool._idle
        assert (kept.reader.body, kept.reader._chunks) == (b"", [])


@pytest.mark.parametrize(("method", "error"), [("POST", OutcomeNotInTime), ("GET", UpstreamTimedOut)])
async def test_so_does_an_answer_that_does_not_come(
    to: Made, method: str, error: type[UpstreamTimedOut]
) -> None:
    async with raw_upstream(_never) as raw:
        with pytest.raises(UpstreamTimedOut) as caught:
            await to(raw.url, timeout_s=0.1).send(method, "/", [], b"")
    assert type(caught.value) is error


async def test_nothing_was_changed_where_nobody_was_reached(to: Made) -> None:
    async with raw_upstream() as raw:
        pass
    with pytest.raises(UpstreamFailed) as caught:
        await to(raw.url).send("POST", "/", [], b"")
    assert type(caught.value) is UpstreamFailed


async def test_after_refused_connections_the_upstream_is_left_alone(to: Made) -> None:
    async with raw_upstream() as raw:
        pass
    upstream = to(raw.url)
    for _ in range(FAILURES):
        with pytest.raises(UpstreamFailed):
            await upstream.send("GET", "/", [], b"")
    assert upstream.stats.errors == {"connect": FAILURES}
    with pytest.raises(UpstreamFailed) as caught:
        await upstream.send("GET", "/", [], b"")
    assert caught.value.headers == {"Retry-After": "2"}
    assert upstream.stats.errors == {"connect": FAILURES, "refused": 1}
    assert not await upstream.reachable()


async def test_reachable_makes_a_connection_and_keeps_it(to: Made) -> None:
    async with raw_upstream() as raw:
        upstream = to(raw.url)
        assert await upstream.reachable()
        await upstream.send("GET", "/", [], b"")
        assert raw.connections == 1


async def test_every_answer_belongs_to_its_question(to: Made) -> None:
    """Many at once over few connections: none gets another's answer (checklist 5)."""

    async def echo(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        path = raw.asked[-1].line.split()[1].encode()
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n%b" % (len(path), path))

    async with raw_upstream() as raw:
        raw.default = echo
        upstream = to(raw.url, connections=7)
        answers = await asyncio.gather(*(upstream.send("GET", f"/{n}", [], b"") for n in range(500)))
    assert [answer.body.decode() for answer in answers] == [f"/{n}" for n in range(500)]


def certificate(folder: Path) -> tuple[Path, Path]:
    """A certificate for 127.0.0.1 that nobody has signed but itself, and its key."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "here")])
    now = datetime.now(UTC)
    made = (
        x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number())
        .not_valid_before(now - timedelta(hours=1))
        .not_valid_after(now + timedelta(hours=1))
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(ip_address("127.0.0.1"))]), critical=False)
        .sign(key, hashes.SHA256())
    )
    (folder / "c.pem").write_bytes(made.public_bytes(Encoding.PEM))
    (folder / "k.pem").write_bytes(key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
    return folder / "c.pem", folder / "k.pem"


async def test_an_https_upstream_must_be_who_it_says(to: Made, tmp_path: Path) -> None:
    shown, key = certificate(tmp_path)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(shown, key)
    async with raw_upstream(tls=context) as raw:
        url = raw.url.replace("http:", "https:")
        with pytest.raises(UpstreamFailed):
            await to(url).send("GET", "/", [], b"")
        assert raw.asked == []
        trusting = to(url, tls=ssl.create_default_context(cafile=str(shown)))
        assert (await trusting.send("GET", "/", [], b"")).body == b"ok"


@pytest.mark.parametrize("coding", sorted(PACKED))
async def test_an_upstream_that_always_packs_is_understood(to: Made, coding: str) -> None:
    packed = PACKED[coding](b'{"a":1}' * 1000)
    head = f"HTTP/1.1 200 OK\r\nContent-Encoding: {coding}\r\nX-A: 1\r\nContent-Length: {len(packed)}\r\n\r\n"
    async with raw_upstream(head.encode() + packed, head.encode() + packed[:-3] + b"xxx") as raw:
        upstream = to(raw.url)
        told = await upstream.send("GET", "/", [], b"")
        assert (told.body, list(told.headers)) == (b'{"a":1}' * 1000, [("X-A", "1")])
    assert raw.asked[0].values("accept-encoding") == ["identity"]


async def test_what_is_packed_has_the_limit_of_what_is_not(to: Made) -> None:
    packed = PACKED["gzip"](b"a" * 1_000_001)
    answer = b"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: %d\r\n\r\n" % len(packed) + packed
    async with raw_upstream(answer) as raw:
        with pytest.raises(UpstreamFailed):
            await to(raw.url, answer_bytes=1_000_000).send("GET", "/", [], b"")


async def test_a_coding_that_was_not_asked_for_leaves_no_room_lost(to: Made) -> None:
    async with raw_upstream(*[BAD[3]] * 3) as raw:
        upstream = to(raw.url, connections=1)
        for _ in range(3):
            with pytest.raises(UpstreamFailed):
                await upstream.send("GET", "/", [], b"")
        assert (await upstream.send("GET", "/", [], b"")).body == b"ok"
