from decimal import Decimal

import pytest

from gateway.comparison.document import LARGEST_BYTES, NotComparable, read


def test_numbers_are_exact() -> None:
    value = read(b"[9007199254740993, 123456789012345678901234567890, 1.10, 42.0]")
    assert value == [9007199254740993, 123456789012345678901234567890, Decimal("1.10"), Decimal("42.0")]
    assert isinstance(value[3], Decimal)


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        (b'{"a": 1, "a": 1}', "duplicate_keys"),
        (b"[NaN]", "not_json"),
        (b"[Infinity]", "not_json"),
        (b'"\xff"', "encoding"),
        (b"", "not_json"),
        (b"[" * 100_000, "not_json"),
        (b"1" * 101, "too_large"),
        (b'"' + b"x" * LARGEST_BYTES + b'"', "too_large"),
    ],
)
def test_what_cannot_be_compared_says_why(body: bytes, reason: str) -> None:
    with pytest.raises(NotComparable, match=f"^{reason}$"):
        read(body)
