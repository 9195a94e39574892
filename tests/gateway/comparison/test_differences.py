"""Differences by rows, the laws of the comparison, and planted differences in real examples."""

import json
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from contracts.specs import openapi
from contracts.specs.openapi_examples import recorded
from gateway.comparison.differences import ABSENT, Difference, differences
from gateway.comparison.document import read

ROWS = [{"id": 1, "name": "a"}, {"id": 2, "name": "b"}]


@pytest.mark.parametrize(
    ("old", "new", "found"),
    [
        ({"a": 1}, {"a": 1}, []),
        ({"a": 1}, {}, [("$.a", "missing")]),
        ({}, {"a": None}, [("$.a", "extra")]),
        ({"a": None}, {"a": ""}, [("$.a", "type")]),
        ({"a": 42}, {"a": Decimal("42.0")}, [("$.a", "type")]),
        ({"a": 1}, {"a": "1"}, [("$.a", "type")]),
        ({"a": 1}, {"a": True}, [("$.a", "type")]),
        ({"a": []}, {"a": {}}, [("$.a", "type")]),
        ({"a": 9007199254740993}, {"a": 9007199254740992}, [("$.a", "value")]),
        ({"a": Decimal("1.1")}, {"a": Decimal("1.2")}, [("$.a", "value")]),
        ({"tutor_5": 1}, {"tutor_5": 2}, [("$.{}", "value")]),
        ([1, 2], [2, 1], [("$[]", "order")]),
        ([1, 2], [1, 3], [("$[]", "value")]),
        ([1, 2], [1], [("$[]", "missing")]),
        ([1], [1, 2], [("$[]", "extra")]),
        (ROWS, ROWS[::-1], [("$[]", "order")]),
        (ROWS, ROWS[1:], [("$[]", "missing")]),
        (ROWS[1:], ROWS, [("$[]", "extra")]),
        (ROWS, [ROWS[0], {"id": 2, "name": "c"}], [("$[].name", "value")]),
        ([{"id": 1}, {"id": 1}], [{"id": 1}, {"id": 1}], []),
        ({"m": [{"id": 1, "x": [1]}]}, {"m": [{"id": 1, "x": [2]}]}, [("$.m[].x[]", "value")]),
    ],
)
def test_what_differs_is_named_with_place_and_kind(old: Any, new: Any, found: list[tuple[str, str]]) -> None:
    assert [(one.path, one.kind) for one in differences(old, new)] == found


def test_a_row_more_is_one_difference() -> None:
    old = [{"id": number, "text": str(number)} for number in range(50)]
    new = [{"id": 99, "text": "new"}, *old]
    assert differences(old, new) == [Difference("$[]", "extra", ABSENT, new[0])]


def test_a_declared_key_and_a_declared_set() -> None:
    old, new = [{"name": "a", "n": 1}, {"name": "b", "n": 2}], [{"name": "b", "n": 2}, {"name": "a", "n": 1}]
    assert [one.kind for one in differences(old, new, {"$[]": "name"})] == ["order"]
    assert differences(old, new, {"$[]": "name"}, frozenset({"$[]"})) == []
    assert differences([1, 2], [2, 1], sets=frozenset({"$[]"})) == []


SCALARS = (
    st.none() | st.booleans() | st.integers() | st.decimals(allow_nan=False, allow_infinity=False) | st.text()
)
JSON = st.recursive(
    SCALARS,
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(st.sampled_from(["id", "a", "b_c", "5", "user_id"]), inner, max_size=4)
    ),
    max_leaves=20,
)


@given(JSON)
def test_a_document_equals_itself(document: Any) -> None:
    assert differences(document, document) == []


MIRROR = {"missing": "extra", "extra": "missing"}


@given(JSON, JSON)
def test_the_sides_can_be_swapped(old: Any, new: Any) -> None:
    there = sorted((one.path, one.kind) for one in differences(old, new))
    back = sorted((one.path, MIRROR.get(one.kind, one.kind)) for one in differences(new, old))
    assert there == back


def _examples(shape: str) -> list[Any]:
    names = [contract.name for contract in openapi.operations(openapi.load(shape))]
    bodies = [row["body"] for name in names for row in recorded(shape, name)]
    return [read(json.dumps(body).encode()) for body in bodies if isinstance(body, dict | list) and body]


@pytest.mark.parametrize("shape", ["legacy", "2.2"])
def test_recorded_responses_equal_themselves_and_a_dropped_field_is_found(shape: str) -> None:
    for body in _examples(shape):
        assert differences(body, json.loads(json.dumps(body, default=float), parse_float=Decimal)) == []
        if isinstance(body, dict):
            name = next(iter(body))
            found = differences(body, {key: value for key, value in body.items() if key != name})
            assert [one.kind for one in found] == ["missing"]
