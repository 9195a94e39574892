"""Framing of what we write."""

import pytest

from gateway.fields.headers import BadField
from gateway.http.answer import Answer, date, has_no_body, head


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
