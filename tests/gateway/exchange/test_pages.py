"""Pages that are remembered: bounded, for a while, and found again row by row."""

import msgspec
import pytest

from gateway.exchange.pages import KEPT_S, InRows, Page, Pages, known_rows


class Clock:
    now = 0.0

    def __call__(self) -> float:
        return self.now


def rows(names: str) -> list[msgspec.Raw]:
    return [msgspec.Raw(f'"{name}"'.encode()) for name in names]


@pytest.mark.parametrize(
    ("before", "after", "known"),
    [
        ("abcd", "abcd", "ABCD"),
        ("abcd", "bcde", "BCD-"),  # one new at the end, the oldest gone
        ("abcd", "xabcd", "-ABCD"),  # one new in front
        ("abcd", "abxcd", "AB-CD"),
        ("abcd", "abxd", "AB-D"),  # edited
        ("abcdefgh", "afgh", "A---"),  # more gone than is looked ahead: translated again, never wrong
        ("abcd", "dcba", "D---"),
        ("abcd", "wxyz", "----"),
        ("", "ab", "--"),
        ("ab", "", ""),
        ("aab", "aab", "AAB"),
    ],
)
def test_rows_are_found_again(before: str, after: str, known: str) -> None:
    page = InRows(rows(before), [name.upper().encode() for name in before], (b"", b""))
    found = [translation and bytes(translation) for translation in known_rows(rows(after), page)]
    assert found == [None if name == "-" else name.encode() for name in known]


def test_a_minute_is_the_longest() -> None:
    clock = Clock()
    pages = Pages[Page](clock=clock)
    pages.keep("q", Page.of(b"answer", b"translation", {}, clock()))
    assert pages.get("q").translation == b"translation"
    clock.now = KEPT_S
    assert pages.get("q") is None


def test_what_is_asked_for_stays_and_the_rest_makes_room() -> None:
    pages = Pages[Page](kept_bytes=6000, clock=Clock())
    pages.keep("a", Page.of(b"x" * 40, b"", {}, 0.0))
    for number in range(20):
        pages.keep(number, Page.of(b"x" * 40, b"", {}, 0.0))
        assert pages.get("a") is not None
    assert [number for number in range(20) if pages.get(number)] == [18, 19]
    assert len(pages._new) + len(pages._old) < 10


def test_what_is_too_large_is_not_kept() -> None:
    pages = Pages[Page](kept_bytes=100, clock=Clock())
    pages.keep("a", Page.of(b"x" * 40, b"", {}, 0.0))
    assert pages.get("a") is None
