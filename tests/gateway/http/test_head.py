"""Heads that aiohttp lets through, or refuses, as raw bytes on a socket."""

import json

import pytest

from tests.support.gateway import gateway, message, raw_upstream, read_answer

HOST = "Host: h\r\n"
MANY = "\r\n".join(f"X-{n}: {'a' * 4000}" for n in range(5))
UPGRADE = "Connection: upgrade\r\nUpgrade: websocket"
PATHS = ("/api/chat/x", "/page")

#: The first line and fields of requests that must not reach the upstream, and what follows the head.
REFUSED = [
    ("HTTP/1.0 with a transfer coding", "POST {} HTTP/1.0\r\nTransfer-Encoding: chunked", b"0\r\n\r\n", 400),
    ("an empty coding first", f"POST {{}} HTTP/1.1\r\n{HOST}Transfer-Encoding: ,chunked", b"0\r\n\r\n", 400),
    ("another coding first", f"POST {{}} HTTP/1.1\r\n{HOST}Transfer-Encoding: gzip, chunked", b"0\r\n\r\n", 400),
    ("identity", f"POST {{}} HTTP/1.1\r\n{HOST}Transfer-Encoding: identity", b"", 400),
    ("coding twice", f"POST {{}} HTTP/1.1\r\n{HOST}Transfer-Encoding: chunked\r\nTransfer-Encoding: x", b"", 400),
    ("length and coding", f"POST {{}} HTTP/1.1\r\n{HOST}Content-Length: 3\r\nTransfer-Encoding: chunked", b"0", 400),
    ("two lengths", f"POST {{}} HTTP/1.1\r\n{HOST}Content-Length: 3\r\nContent-Length: 3", b"abc", 400),
    ("a signed length", f"POST {{}} HTTP/1.1\r\n{HOST}Content-Length: +3", b"abc", 400),
    ("absolute form", f"GET http://h{{}} HTTP/1.1\r\n{HOST}X: 1", b"", 400),
    ("absolute form elsewhere", f"GET http://evil{{}} HTTP/1.1\r\n{HOST}X: 1", b"", 400),
    ("asterisk", f"OPTIONS * HTTP/1.1\r\n{HOST}X: 1", b"", 400),
    ("authority form", f"CONNECT h:80 HTTP/1.1\r\n{HOST}X: 1", b"", 405),
    ("TRACE", f"TRACE {{}} HTTP/1.1\r\n{HOST}X: 1", b"", 405),
    ("a fragment", f"GET {{}}#x HTTP/1.1\r\n{HOST}X: 1", b"", 400),
    ("bytes in the target", f"GET {{}}?a=\xc3\xbc HTTP/1.1\r\n{HOST}X: 1", b"", 400),
    ("a blank in the target", f"GET {{}}?a b HTTP/1.1\r\n{HOST}X: 1", b"", 400),
    ("no host", "GET {} HTTP/1.1\r\nX: 1", b"", 400),
    ("two hosts", f"GET {{}} HTTP/1.1\r\n{HOST}Host: evil", b"", 400),
    ("two identities", f"GET {{}} HTTP/1.1\r\n{HOST}Authorization: Bearer a\r\nauthorization: Bearer b", b"", 400),
    ("a host with a path", "GET {} HTTP/1.1\r\nHost: h/evil", b"", 400),
    ("a host with a user", "GET {} HTTP/1.1\r\nHost: u@h", b"", 400),
    ("a list of hosts", "GET {} HTTP/1.1\r\nHost: h, evil", b"", 400),
    ("no-break space", f"GET {{}} HTTP/1.1\r\n{HOST}X-Role: admin\xa0", b"", 400),
    ("next line", f"GET {{}} HTTP/1.1\r\n{HOST}X-Role: \x85admin", b"", 400),
    ("a control character", f"GET {{}} HTTP/1.1\r\n{HOST}X-Role: a\x01b", b"", 400),
    ("NUL", f"GET {{}} HTTP/1.1\r\n{HOST}X-Role: a\0b", b"", 400),
    ("folding", f"GET {{}} HTTP/1.1\r\n{HOST}X: a\r\n b: c", b"", 400),
    ("bare LF", f"GET {{}} HTTP/1.1\r\n{HOST}X: a\nX-User-Id: 1", b"", 400),
    ("bare CR", f"GET {{}} HTTP/1.1\r\n{HOST}X: a\rX-User-Id: 1", b"", 400),
    ("a blank before the colon", f"GET {{}} HTTP/1.1\r\n{HOST}X : a", b"", 400),
    ("a field of 9 kB", f"GET {{}} HTTP/1.1\r\n{HOST}X: {'a' * 9000}", b"", 431),
    ("fields of 17 kB", f"GET {{}} HTTP/1.1\r\n{HOST}" + MANY, b"", 431),
    ("101 fields", f"GET {{}} HTTP/1.1\r\n{HOST}" + "\r\n".join(f"X-{n}: a" for n in range(100)), b"", 431),
    ("a target of 9 kB", f"GET {{}}?{'a' * 9000} HTTP/1.1\r\n{HOST}X: 1", b"", 431),
    ("an upgrade with a body", f"POST {{}} HTTP/1.1\r\n{HOST}{UPGRADE}\r\nContent-Length: 3", b"abc", 400),
    ("no HTTP", "\x16\x03\x01\x02", b"", 400),
    ("HTTP/2's preface", "PRI * HTTP/2.0", b"SM\r\n\r\n", 400),
    ("an unknown method", f"FROB {{}} HTTP/1.1\r\n{HOST}X: 1", b"", 400),
    ("a chunk that lies", f"POST {{}} HTTP/1.1\r\n{HOST}Transfer-Encoding: chunked", b"zz\r\nabc\r\n0\r\n\r\n", 400),
]  # fmt: skip


@pytest.mark.parametrize("path", PATHS)
@pytest.mark.parametrize(
    ("start", "rest", "status"), [row[1:] for row in REFUSED], ids=[row[0] for row in REFUSED]
)
async def test_what_two_servers_could_read_differently_is_refused(
    path: str, start: str, rest: bytes, status: int
) -> None:
    head = start.replace("{}", path).encode("latin-1") + b"\r\nConnection: close\r\n\r\n"
    if "Connection: upgrade" in start:
        head = start.replace("{}", path).encode() + b"\r\n\r\n"
    async with raw_upstream() as upstream, gateway(upstream.url) as running:
        told = await running.talk(head + rest)
    first = told.split(b"\r\n")[0]
    assert first.startswith(b"HTTP/1.1 %d " % status)
    assert upstream.asked == []
    body = json.loads(told.partition(b"\r\n\r\n")[2])
    assert set(body) == {"detail", "code", "request_id"}
    assert b"Traceback" not in told


@pytest.mark.parametrize(
    "start",
    [
        "GET {} HTTP/1.1\r\nHost: h\r\nUpgrade: websocket\r\nConnection: upgrade",
        "GET {} HTTP/1.1\r\nHost: h\r\nUpgrade: h2c\r\nConnection: upgrade, HTTP2-Settings\r\nHTTP2-Settings: x",
    ],
)
@pytest.mark.parametrize("path", PATHS)
async def test_an_upgrade_is_answered_as_the_plain_request_that_it_also_is(start: str, path: str) -> None:
    """And then the connection ends: nobody knows which protocol follows."""
    second = b"GET /second HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n"
    async with raw_upstream() as upstream, gateway(upstream.url) as running:
        told = await running.talk(start.replace("{}", path).encode() + b"\r\n\r\n" + second)
    assert told.count(b"HTTP/1.1 200 OK") == 1
    assert b"\r\nConnection: close\r\n" in told
    assert len(upstream.asked) == 1
    assert not {"upgrade", "http2-settings"} & upstream.asked[0].names


@pytest.mark.parametrize("path", PATHS)
async def test_chunks_are_sent_on_in_canonical_form(path: str) -> None:
    head = f"POST {path} HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: Chunked\r\nConnection: close\r\n\r\n"
    async with raw_upstream() as upstream, gateway(upstream.url) as running:
        told = await running.talk(head.encode() + b"003;x=y\r\n{}\n\r\n0\r\nX-User-Id: 1\r\n\r\n")
    assert b" 200 " in told.split(b"\r\n")[0]
    assert upstream.asked[0].body == b"{}\n"
    assert "x-user-id" not in upstream.asked[0].names


@pytest.mark.parametrize("path", PATHS)
async def test_http_1_0_is_answered_and_closed(path: str) -> None:
    async with raw_upstream() as upstream, gateway(upstream.url) as running:
        told = await running.talk(f"GET {path} HTTP/1.0\r\nConnection: keep-alive\r\n\r\n".encode())
    assert told.startswith(b"HTTP/1.1 200 OK\r\n")
    assert b"Connection: close" in told
    assert told.endswith(b"\r\n\r\nok")


@pytest.mark.parametrize("path", PATHS)
async def test_forged_identities_and_hops_do_not_arrive(path: str) -> None:
    lines = [
        f"GET {path} HTTP/1.1",
        "X-User-Id: 1",
        "x_user_id: 1",
        "X.User.Id: 1",
        "X-Chat-Profile: tutor:1",
        "X-Forwarded-For: 6.6.6.6",
        "Forwarded: for=6.6.6.6",
        "Connection: Authorization, X-Forwarded-For, X-Hop",
        "X-Hop: 1",
        "Authorization: Bearer t",
        "Proxy-Authorization: Basic x",
        "TE: trailers",
    ]
    async with raw_upstream() as upstream, gateway(upstream.url) as running:
        await running.ask("\n".join(lines))
    asked = upstream.asked[0]
    assert asked.values("authorization") == ["Bearer t"]
    assert asked.values("x-forwarded-for") == ["127.0.0.1"]
    assert asked.values("x-forwarded-host") == ["gateway.test"]
    assert asked.values("x-forwarded-proto") == ["http"]
    allowed = {
        "host",
        "authorization",
        "x-forwarded-for",
        "x-forwarded-host",
        "x-forwarded-proto",
        "x-request-id",
    }
    assert asked.names <= allowed | {"connection", "accept-encoding"}


async def test_the_configured_hops_are_believed() -> None:
    async with raw_upstream() as upstream, gateway(upstream.url, trusted_hops=1) as running:
        await running.ask(
            "GET /api/chat/x HTTP/1.1\nX-Forwarded-For: 6.6.6.6, 1.1.1.1\nX-Forwarded-Proto: https"
        )
        assert running.exchanges.asked[0].remote == "1.1.1.1"
    assert upstream.asked[0].values("x-forwarded-for") == ["1.1.1.1, 127.0.0.1"]
    assert upstream.asked[0].values("x-forwarded-proto") == ["https"]


async def test_each_request_of_a_connection_has_its_own_fields_and_id() -> None:
    ids = []
    async with (
        raw_upstream() as upstream,
        gateway(upstream.url) as running,
        running.client() as (reader, writer),
    ):
        for fields in ("X-A: 1", "X-A: 1", "X-B: 2", "X-Request-Id: mine\nX-A: 1", "X-A: 1"):
            writer.write(message(f"GET /api/chat/x HTTP/1.1\n{fields}"))
            ids += (await read_answer(reader)).values("x-request-id")
    assert [(a.values("x-a"), a.values("x-b")) for a in upstream.asked] == [
        (["1"], []), (["1"], []), ([], ["2"]), (["1"], []), (["1"], []),
    ]  # fmt: skip
    assert [asked.values("x-request-id") for asked in upstream.asked] == [[name] for name in ids]
    assert len(set(ids)) == 5
    assert ids[3] == "mine"


async def test_the_same_fields_are_judged_anew_under_another_version() -> None:
    """What is remembered of a connection's last fields says nothing of another version of HTTP."""
    rest = b"Host: h\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n"
    async with raw_upstream() as upstream, gateway(upstream.url) as running:
        told = await running.talk(b"POST /page HTTP/1.1\r\n" + rest + b"POST /page HTTP/1.0\r\n" + rest)
    assert len(upstream.asked) == 1
    assert told.startswith(b"HTTP/1.1 200 ")
    assert told.count(b"HTTP/1.1 400 ") == 1
