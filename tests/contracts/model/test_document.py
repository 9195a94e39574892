import json
from collections.abc import Callable

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from contracts.model.document import (
    Document,
    Node,
    _no_duplicates,
    encode,
    nodes,
    objects,
    opened,
    parse,
    place,
    read,
    settle,
    take,
)
from contracts.model.errors import InvalidRequest, InvalidValue

JSON_VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text() | st.floats(allow_nan=False, allow_infinity=False),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=12,
)


@pytest.mark.parametrize(
    ("body", "wrong"),
    [
        (b'{"a":1,"a":2}', r'the key "a" stands more than once'),
        (b'{"x":{"a":1,"b":2,"a":3}}', r'the key "a" stands more than once'),
        (b"{", "not JSON"),
        (b"[1,]", "not JSON"),
        (b'{"a":NaN}', "NaN is not JSON"),
        (b'{"a":-Infinity}', "-Infinity is not JSON"),
        (b"\xff{}", r"not UTF-8 \(byte 0\)"),
        (b'{"a":"\xed\xa0\x80"}', "not UTF-8"),
        (b"\xef\xbb\xbf{}", "not JSON"),
        ("{}".encode("utf-16"), "not UTF-8"),
        (b"[" * 4_000, "(nested too deeply|not JSON)"),  # Python 3.13 can walk as deep
        (b"[" * 100_000, "nested too deeply"),
        (b"[" * 100_000 + b"]" * 100_000, "nested too deeply"),
        (b"{} {}", "not JSON"),
        (b"x" * 1_000_000, "not JSON"),
    ],
    ids=lambda value: str(value[:20]),
)
def test_bad_bodies_are_refused_and_say_why(body: bytes, wrong: str) -> None:
    with pytest.raises(InvalidRequest, match=rf"^\$\.body: .*{wrong}"):
        parse(body)


class CountedKey(str):
    """A key that counts how often it is compared."""

    compared = 0
    __slots__ = ()
    __hash__ = str.__hash__

    def __eq__(self, other: object) -> bool:
        CountedKey.compared += 1
        return str.__eq__(self, other)


@pytest.mark.parametrize("size", [100, 1_000, 10_000])
def test_finding_a_repeated_key_compares_each_key_a_few_times(size: int) -> None:
    pairs = [(CountedKey(f"key {number}"), None) for number in [*range(size), size - 1]]
    CountedKey.compared = 0
    with pytest.raises(InvalidRequest, match=f'the key "key {size - 1}" stands more than once'):
        _no_duplicates(pairs)
    assert CountedKey.compared <= 4 * size


@pytest.mark.parametrize("body", [b"", b"  \n", b"null"])
def test_an_empty_body_is_nothing(body: bytes) -> None:
    assert parse(body) is None


def test_a_number_of_a_million_digits_costs_nothing() -> None:
    assert encode(parse(b'{"n":' + b"9" * 1_000_000 + b"}")) == b'{"n":' + b"9" * 1_000_000 + b"}"


@pytest.mark.parametrize(
    "text", ["12345678901234567890123", "1.10", "1e400", "-0", '"\\u00e9"', "[]", "{}", "[ 1 , 2 ]"]
)
def test_what_no_rule_touches_keeps_its_text(text: str) -> None:
    assert encode(parse(b'{"a":' + text.encode() + b"}")) == b'{"a":' + text.encode() + b"}"


@given(st.dictionaries(st.text(), JSON_VALUES))
def test_an_object_survives_being_opened(value: dict[str, object]) -> None:
    assert json.loads(encode(parse(json.dumps(value).encode()))) == value


def test_places_are_read_from_text() -> None:
    assert place("body.messages[].reply_to").steps == ("body", "messages", "[]", "reply_to")
    assert place("body[]").steps == ("body", "[]")


@pytest.mark.parametrize("text", ["messages", "body.", "body..a", "header.x", "body[0]", ""])
def test_a_place_that_is_none_is_a_mistake_of_ours(text: str) -> None:
    with pytest.raises((ValueError, IndexError)):
        place(text)


def _document(body: object) -> Document:
    return Document({}, {}, parse(json.dumps(body).encode()))


def test_nodes_have_exact_addresses() -> None:
    document = _document({"a": [{"b": {"c": 1}}, {"b": None}, {}, {"b": {"c": 2}}]})
    found = {address: read(node, "c") for address, node in nodes(document, place("body.a[].b"))}
    assert found == {"$.body.a[0].b": 1, "$.body.a[3].b": 2}


@pytest.mark.parametrize(
    ("body", "address", "what"),
    [
        ({"a": 5}, r"\$\.body\.a", "a list"),
        ({"a": [5]}, r"\$\.body\.a\[0\]", "an object"),
        ({"a": {"b": 1}}, r"\$\.body\.a", "a list"),
        ([], r"\$\.body", "an object"),
    ],
)
def test_a_wrong_shape_names_its_place(body: object, address: str, what: str) -> None:
    with pytest.raises(InvalidValue, match=f"^{address}: must be {what}"):
        list(nodes(_document(body), place("body.a[]")))


def test_opening_what_is_not_json_is_refused() -> None:
    with pytest.raises(InvalidValue, match="not JSON"):
        opened(msgspec.Raw(b"{nonsense"), "$.body")


@pytest.mark.parametrize(
    ("body", "count"),
    [
        ({"a": [{"b": 1}, {"b": 2}]}, 2),
        ({"a": [{"b": 1}, None, {"b": 2}]}, 2),
        ({"a": []}, 0),
        ({"a": None}, 0),
        ({}, 0),
    ],
)
def test_objects_are_the_nodes_without_addresses(body: object, count: int) -> None:
    where = place("body.a[]")
    found = objects(document := _document(body), where)
    assert len(found) == count
    assert all(one is other for one, (_, other) in zip(found, nodes(document, where), strict=True))


@pytest.mark.parametrize("body", [{"a": 5}, {"a": [{}, 5]}, {"a": {"b": 1}}, [], {"a": [[]]}])
def test_objects_name_a_wrong_shape_as_nodes_do(body: object) -> None:
    where = place("body.a[]")
    with pytest.raises(InvalidValue) as wrong:
        objects(_document(body), where)
    with pytest.raises(InvalidValue) as told:
        list(nodes(_document(body), where))
    assert str(wrong.value) == str(told.value)


def test_a_value_is_read_kept_or_taken() -> None:
    node = _document({"a": 5}).body
    assert read(node, "a") == 5
    assert isinstance(node["a"], msgspec.Raw)
    assert settle(node, "a") == 5
    assert node == {"a": 5}
    assert take(node, "a") == 5
    assert take(node, "a") is settle(node, "a") is None
    assert node == {}


@pytest.mark.parametrize("text", ["1e999", "9" * 5000, '"\\ud800"'])
def test_a_value_that_cannot_be_read_is_the_senders_fault(text: str) -> None:
    with pytest.raises(InvalidValue) as caught:
        read({"conversation_id": msgspec.Raw(text.encode())}, "conversation_id")
    assert caught.value.message == "$.body..conversation_id: cannot be read"


@pytest.mark.parametrize("reading", [read, settle, take])
def test_a_number_beyond_every_range_is_the_senders_mistake(reading: Callable[[Node, str], object]) -> None:
    with pytest.raises(InvalidValue, match=r"^\$\.body\.\.a: cannot be read"):
        reading(parse(b'{"a":1e999}'), "a")
