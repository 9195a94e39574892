from urllib.parse import parse_qsl

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.exchange.plan import parse_query


@pytest.mark.parametrize(
    ("query", "pairs"),
    [
        ("", []),
        ("a=1&b=2", [("a", "1"), ("b", "2")]),
        ("a", [("a", "")]),
        ("a=", [("a", "")]),
        ("=1", [("", "1")]),
        ("a=1=2", [("a", "1=2")]),
        ("&&a=1&", [("a", "1")]),
        ("a=1&a=2", [("a", "1"), ("a", "2")]),
        ("a=%D9%A5+x", [("a", "٥ x")]),
        ("q=%26&b", [("q", "&"), ("b", "")]),
    ],
)
def test_how_a_query_reads(query: str, pairs: list[tuple[str, str]]) -> None:
    assert parse_query(query) == pairs


@given(st.text(st.sampled_from("ab=&%+;2٥"), max_size=12))
def test_it_reads_as_the_standard_library_reads(query: str) -> None:
    """The way for queries with nothing to decode is only a shorter one."""
    assert parse_query(query) == parse_qsl(query, keep_blank_values=True)
