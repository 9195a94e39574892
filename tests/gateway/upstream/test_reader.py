"""What counts as one good answer, byte by byte."""

import pytest

from gateway.upstream.reader import MAX_HEAD, BadAnswer, Reader

OK = b"HTTP/1.1 200 OK\r\n"


def reader(*, to_head: bool = False, limit: int = 1000) -> Reader:
    made = Reader(limit)
    made.expect(to_head=to_head)
    return made


GOOD = [
    (OK + b"Content-Length: 2\r\n\r\nok", 200, b"ok", True),
    (OK + b"Content-Length: 0\r\n\r\n", 200, b"", True),
    (OK + b"Transfer-Encoding: chunked\r\n\r\n2\r\nok\r\n3;x=y\r\n!!!\r\n0\r\n\r\n", 200, b"ok!!!", True),
    (OK + b"Transfer-Encoding: Chunked\r\n\r\n1\r\na\r\n0\r\nX-T: 1\r\n\r\n", 200, b"a", True),
    (OK + b"Connection: close\r\nContent-Length: 2\r\n\r\nok", 200, b"ok", False),
    (b"HTTP/1.0 200 OK\r\nContent-Length: 2\r\n\r\nok", 200, b"ok", False),
    (b"HTTP/1.1 204 No Content\r\n\r\n", 204, b"", True),
    (b"HTTP/1.1 204 No Content\r\nContent-Length: 5\r\n\r\nhello", 204, b"", False),
    (b"HTTP/1.1 304 Not Modified\r\nContent-Length: 5\r\n\r\n", 304, b"", False),
    (b"HTTP/1.1 304 Not Modified\r\nETag: x\r\n\r\n", 304, b"", True),
    (b"HTTP/1.1 100 Continue\r\n\r\n" + OK + b"Content-Length: 2\r\n\r\nok", 200, b"ok", True),
    (b"HTTP/1.1 103 Early Hints\r\nLink: <x>\r\n\r\n" + OK + b"Content-Length: 0\r\n\r\n", 200, b"", True),
    # A complete answer and then more than was asked for: the answer counts, the connection does not.
    (OK + b"Content-Length: 2\r\n\r\nok" + OK + b"Content-Length: 4\r\n\r\nevil", 200, b"ok", False),
    (OK + b"Content-Length: 2\r\n\r\nokrubbish", 200, b"ok", False),
]


@pytest.mark.parametrize(("data", "status", "body", "reusable"), GOOD)
@pytest.mark.parametrize("step", [1, 7, 10_000])
def test_a_good_answer_is_read_in_pieces_of_any_size(
    data: bytes, status: int, body: bytes, reusable: bool, step: int
) -> None:
    made = reader()
    for start in range(0, len(data), step):
        made.feed(data[start : start + step])
        if made.done and step < 10_000:
            break  # what follows is met by a reader that waits for nothing
    assert (made.done, made.status, made.body) == (True, status, body)
    assert made.reusable is reusable or step < 10_000


BAD = [
    (
        "length and coding",
        OK + b"Content-Length: 2\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nok\r\n0\r\n\r\n",
    ),
    ("coding and length", OK + b"Transfer-Encoding: chunked\r\nContent-Length: 2\r\n\r\n0\r\n\r\n"),
    ("two lengths", OK + b"Content-Length: 2\r\nContent-Length: 3\r\n\r\nokk"),
    ("two equal lengths", OK + b"Content-Length: 2\r\nContent-Length: 2\r\n\r\nok"),
    ("list of lengths", OK + b"Content-Length: 2, 2\r\n\r\nok"),
    ("signed length", OK + b"Content-Length: +2\r\n\r\nok"),
    ("other coding", OK + b"Transfer-Encoding: gzip\r\n\r\n"),
    ("two codings", OK + b"Transfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n"),
    ("coding in 1.0", b"HTTP/1.0 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n"),
    ("bare CR in a value", OK + b"X: a\rb\r\nContent-Length: 0\r\n\r\n"),
    ("NUL in a value", OK + b"X: a\0b\r\nContent-Length: 0\r\n\r\n"),
    ("obsolete folding", OK + b"X: a\r\n b\r\nContent-Length: 0\r\n\r\n"),
    ("bare LF", b"HTTP/1.1 200 OK\nContent-Length: 0\n\n"),
    ("space before the colon", OK + b"Content-Length : 2\r\n\r\nok"),
    ("bad chunk size", OK + b"Transfer-Encoding: chunked\r\n\r\nzz\r\nok\r\n0\r\n\r\n"),
    ("signed chunk size", OK + b"Transfer-Encoding: chunked\r\n\r\n+2\r\nok\r\n0\r\n\r\n"),
    ("switching protocols", b"HTTP/1.1 101 Switching\r\nUpgrade: x\r\nConnection: upgrade\r\n\r\n"),
    ("an interim answer with a body", b"HTTP/1.1 100 Continue\r\nContent-Length: 2\r\n\r\nok"),
    ("no HTTP", b"SSH-2.0-OpenSSH\r\n"),
    ("HTTP/3", b"HTTP/3.0 200 OK\r\n\r\n"),
    ("status of two digits", b"HTTP/1.1 20 OK\r\n\r\n"),
    ("a status below 100", b"HTTP/1.1 099 X\r\n\r\n" + OK + b"Content-Length: 0\r\n\r\n"),
    ("a status above 599", b"HTTP/1.1 600 X\r\nContent-Length: 0\r\n\r\n"),
    ("endless interim answers", b"HTTP/1.1 100 Continue\r\n\r\n" * 50),
    ("too long by length", OK + b"Content-Length: 1001\r\n\r\n"),
    (
        "too long by chunks",
        OK + b"Transfer-Encoding: chunked\r\n\r\n3e9\r\n" + b"a" * 1001 + b"\r\n0\r\n\r\n",
    ),
    ("endless head", OK + b"X: " + b"a" * (MAX_HEAD + 1)),
    ("endless fields", OK + b"X: a\r\n" * MAX_HEAD),
]


@pytest.mark.parametrize("data", [row[1] for row in BAD], ids=[row[0] for row in BAD])
@pytest.mark.parametrize("step", [1024, 100_000_000])
def test_a_bad_answer_is_refused(data: bytes, step: int) -> None:
    made = reader()

    def feed() -> None:
        for start in range(0, len(data), step):
            made.feed(data[start : start + step])
        made.feed_eof()

    with pytest.raises(BadAnswer):
        feed()
    assert not made.done


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"HTTP/1.1 2",
        OK + b"Content-Le",
        OK + b"Content-Length: 5\r\n\r\nfour",
        OK + b"Transfer-Encoding: chunked\r\n\r\n5\r\nfour",
        OK + b"Transfer-Encoding: chunked\r\n\r\n4\r\nfour\r\n",
        b"HTTP/1.1 100 Continue\r\n\r\n",
    ],
)
def test_a_truncated_answer_is_refused(data: bytes) -> None:
    made = reader()
    if data:
        made.feed(data)
    with pytest.raises(BadAnswer, match="closed before"):
        made.feed_eof()
    assert not made.reusable


def test_without_a_length_the_end_of_the_connection_is_the_end_of_the_answer() -> None:
    made = reader()
    made.feed(OK + b"X: y\r\n\r\nall of it")
    assert not made.done
    made.feed_eof()
    assert (made.done, made.body, made.reusable) == (True, b"all of it", False)


def test_the_answer_to_head_has_no_body_whatever_its_length() -> None:
    made = reader(to_head=True)
    made.feed(OK + b"Content-Length: 1234\r\n\r\n")
    assert (made.done, made.body) == (True, b"")
    assert not made.reusable


def test_bytes_that_nobody_asked_for_are_refused() -> None:
    with pytest.raises(BadAnswer, match="nobody asked"):
        Reader(10).feed(b"HTTP/1.1 408 Timeout\r\n\r\n")


def test_one_reader_reads_answer_after_answer() -> None:
    made = Reader(100)
    for number in range(3):
        made.expect(to_head=False)
        made.feed(OK + b"Content-Length: 1\r\n\r\n%d" % number)
        assert (made.done, made.body, made.reusable) == (True, b"%d" % number, True)
