"""The check in front of aiohttp's parser, byte by byte; through the gateway in `test_passthrough`."""

import pytest

from gateway.http.strict_client import AnswerCheck, is_framed_once, is_text
from gateway.upstream.reader import BadAnswer
from tests.gateway.upstream.test_reader import BAD, GOOD

#: What the strict parser alone decides; framing and size are judged elsewhere.
ELSEWHERE = ("length", "coding", "too long", "endless head", "endless fields", "an interim answer with")


@pytest.mark.parametrize("step", [1, 7, 10_000])
@pytest.mark.parametrize("data", [row[0] for row in GOOD])
def test_a_good_answer_passes(data: bytes, step: int) -> None:
    check = AnswerCheck()
    for start in range(0, len(data), step):
        if not check.complete and b"204" not in data and b"304" not in data:
            try:
                check.feed(data[start : start + step])
            except BadAnswer:
                assert check.complete  # what follows the answer is no part of it


@pytest.mark.parametrize("data", [row[1] for row in BAD if not any(word in row[0] for word in ELSEWHERE)])
def test_a_bad_answer_does_not(data: bytes) -> None:
    check = AnswerCheck()
    with pytest.raises(BadAnswer):
        check.feed(data)
    assert not check.complete


@pytest.mark.parametrize(
    ("raw", "once"),
    [
        ([], True),
        ([(b"Content-Length", b"5")], True),
        ([(b"Content-Length", b"+5")], False),
        ([(b"Content-Length", b"5"), (b"content-length", b"5")], False),
        ([(b"Transfer-Encoding", b"Chunked")], True),
        ([(b"Transfer-Encoding", b"gzip")], False),
        ([(b"Transfer-Encoding", b"chunked"), (b"Content-Length", b"5")], False),
    ],
)
def test_one_way_to_find_the_end(raw: list[tuple[bytes, bytes]], once: bool) -> None:
    assert is_framed_once(raw) is once


def test_surrogates_stand_for_bytes_that_are_no_text() -> None:
    assert is_text(["a", "é"])
    assert not is_text(["a", b"\xe9".decode("utf-8", "surrogateescape")])
