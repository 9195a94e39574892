"""Where requests begin and end: known beyond doubt, or given up."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.http.framing import Alignment, Whole, split

GET = b"GET /a HTTP/1.1\r\nHost: h\r\n\r\n"
POST = b"POST /a?b=c HTTP/1.1\r\nHost: h\r\nContent-Length: 5\r\n\r\nhello"


@pytest.mark.parametrize(
    ("data", "expected"),
    [
        (GET, Whole(b"GET /a HTTP/1.1", b"Host: h\r\n", b"")),
        (POST, Whole(b"POST /a?b=c HTTP/1.1", b"Host: h\r\nContent-Length: 5\r\n", b"hello")),
        (GET + GET, Whole(b"GET /a HTTP/1.1", b"Host: h\r\n", GET)),
        (b"GET / HTTP/1.1\r\n\r\n", Whole(b"GET / HTTP/1.1", b"", b"")),
        (GET[:-1], None),
        (b"", None),
    ],
)
def test_split_takes_bytes_at_their_word(data, expected):
    assert split(data) == expected


@given(
    st.lists(st.sampled_from([GET, POST]), min_size=1, max_size=5), st.lists(st.integers(1, 60), min_size=1)
)
def test_it_is_at_a_start_exactly_where_a_request_ends(requests, sizes):
    data, ends = b"".join(requests), {0}
    for number in range(len(requests)):
        ends.add(len(b"".join(requests[: number + 1])))
    alignment, at = Alignment(), 0
    while at < len(data):
        size = sizes[at % len(sizes)]
        alignment.feed(data[at : at + size])
        at = min(at + size, len(data))
        assert alignment.at_start == (at in ends)


@pytest.mark.parametrize(
    "head",
    [
        "GET / HTTP/1.0\r\nHost: h",
        "GET http://h/ HTTP/1.1\r\nHost: h",
        "get / HTTP/1.1\r\nHost: h",
        "\r\nGET / HTTP/1.1\r\nHost: h",
        "GET / HTTP/1.1\nHost: h",
        "GET / HTTP/1.1\r\nX: a\nb",
        "GET / HTTP/1.1\r\nX: a\rb",
        "POST / HTTP/1.1\r\nTransfer-Encoding: chunked",
        "POST / HTTP/1.1\r\nContent-Length: 5\r\ntransfer-encoding: chunked",
        "POST / HTTP/1.1\r\nContent-Length: 5\r\nContent-Length: 5",
        "POST / HTTP/1.1\r\nContent-Length: +5",
        "POST / HTTP/1.1\r\nContent-Length: 5, 5",
        "POST / HTTP/1.1\r\nContent-Length : 5",
        "POST / HTTP/1.1\r\nContent-Length: 9999999999999999",
        "GET / HTTP/1.1\r\nUpgrade: websocket",
    ],
)
def test_what_can_be_read_in_two_ways_ends_it_for_good(head):
    alignment = Alignment()
    alignment.feed(head.encode() + b"\r\n\r\n")
    assert not alignment.at_start
    alignment.feed(GET)
    assert not alignment.at_start


def test_an_endless_head_is_not_kept():
    alignment = Alignment()
    for _ in range(100):
        alignment.feed(b"X" * 1000)
    assert not alignment.at_start
    assert len(alignment._head) < 70_000
