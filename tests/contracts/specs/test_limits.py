"""Every value that a request may carry is bounded by its contract, and the bound is what is checked."""

import json
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from contracts.model.document import Document, parse
from contracts.model.errors import InvalidValue
from contracts.specs import openapi
from contracts.specs.limits import Limit, _Check, limits_of

SHAPES = ("legacy", "2.1", "2.2")
FORMATS = ("date-time", "date", "binary")


def unbounded(document: openapi.Part, schema: openapi.Part, place: str) -> Iterator[str]:
    """The places of texts, lists and open objects that may be as large as somebody likes."""
    node = openapi.followed(document, schema)
    if "enum" in node or "const" in node:
        return
    for word in ("anyOf", "oneOf", "allOf"):
        for other in node.get(word, ()):
            yield from unbounded(document, other, place)
    types = node["type"] if isinstance(node.get("type"), list) else [node.get("type")]
    if "string" in types and "maxLength" not in node and node.get("format") not in FORMATS:
        yield place
    if "array" in types:
        if "maxItems" not in node:
            yield place
        yield from unbounded(document, node.get("items", {}), f"{place}[]")
    if "object" in types:
        if "properties" not in node and "maxProperties" not in node:
            yield place
        for name, inner in node.get("properties", {}).items():
            yield from unbounded(document, inner, f"{place}.{name}")


@pytest.mark.parametrize("shape", SHAPES)
def test_every_value_of_a_request_has_a_bound(shape: str) -> None:
    document = openapi.load(shape)
    found = []
    for contract in openapi.operations(document):
        schemas = {f"$.{p.place}.{p.name}": p.schema for p in contract.parameters if p.place != "header"}
        schemas["$.body"] = contract.body or {}
        for place, schema in schemas.items():
            found += [f"{contract.name} {where}" for where in unbounded(document, schema, place)]
    assert found == []


def check(shape: str, operation: str, body: Any = None, query: dict[str, str] | None = None) -> None:
    raw, asked = json.dumps(body).encode(), query or {}
    size = sum(map(len, asked.values()))
    document = Document({}, asked, parse(raw))
    limits_of(shape, operation).check(document, body_bytes=len(raw), query_bytes=size)


PEOPLE = [{"profile_id": number, "profile_type": "tutor"} for number in range(1, 1002)]
OVER = [
    ("legacy", "messages.send", {"content": "x" * 65_537}, "$.body.content"),
    ("legacy", "messages.edit", {"content": "x" * 65_537}, "$.body.content"),
    ("legacy", "messages.send", {"media_metadata": {"x": "y" * 16_384}}, "$.body.media_metadata"),
    ("legacy", "messages.send", {"media_metadata": {str(n): 1 for n in range(101)}}, "$.body.media_metadata"),
    ("legacy", "conversations.create", {"type": "group", "participants": PEOPLE}, "$.body.participants"),
    ("legacy", "groups.create", {"name": "x", "participants": PEOPLE}, "$.body.participants"),
    ("legacy", "participants.add", {"participants": PEOPLE}, "$.body.participants"),
    ("legacy", "blocks.create", {"reason": "x" * 1001}, "$.body.reason"),
    ("legacy", "polls.create", {"options": ["a", "x" * 256]}, "$.body.options[1]"),
    ("legacy", "polls.create", {"question": "é" * 1001}, "$.body.question"),
    ("legacy", "settings.put", {"settings": {"font_size": "x" * 21}}, "$.body.settings.font_size"),
    ("2.1", "messages.send", {"content": "x" * 65_537}, "$.body.content"),
    (
        "2.1",
        "conversations.create",
        {"participant_user_ids": [*range(1, 1002)]},
        "$.body.participant_user_ids",
    ),
    ("2.1", "conversations.create", {"description": "x" * 2001}, "$.body.description"),
    ("2.1", "connections.check_batch", {"target_profile_ids": [*range(1001)]}, "$.body.target_profile_ids"),
    ("2.2", "messages.send", {"content": "x" * 65_537}, "$.body.content"),
    ("2.2", "participants.add", {"participant_user_ids": [*range(1, 1002)]}, "$.body.participant_user_ids"),
    ("2.2", "two_step.disable", "x" * 1025, "$.body"),
]


@pytest.mark.parametrize(("shape", "operation", "body", "place"), OVER, ids=lambda value: str(value)[:40])
def test_what_is_over_is_refused_and_says_where(shape: str, operation: str, body: Any, place: str) -> None:
    with pytest.raises(InvalidValue) as caught:
        check(shape, operation, body)
    assert caught.value.place == place
    assert caught.value.status == 422


@pytest.mark.parametrize(
    ("shape", "operation", "body"),
    [
        ("legacy", "messages.send", {"content": "\U0001f600" * 65_536}),
        ("legacy", "participants.add", {"participants": PEOPLE[:1000]}),
        ("2.1", "conversations.create", {"participant_user_ids": [*range(1, 1001)]}),
        ("2.1", "polls.create", {"question": "x" * 1000, "options": ["x" * 255] * 10}),
        ("2.1", "messages.send", {"content": None, "media_metadata": None, "else": "x" * 100_000}),
        ("2.1", "blocks.list", None),
        ("2.1", "no.such.operation", {"x": "y" * 10_000}),
    ],
    ids=str,
)
def test_what_the_contract_allows_passes(shape: str, operation: str, body: Any) -> None:
    check(shape, operation, body)


def test_a_query_is_checked_too() -> None:
    check("legacy", "conversations.update", query={"description": "x" * 2000})
    with pytest.raises(InvalidValue, match=r"^\$\.query\.description: must have at most 2000 characters$"):
        check("legacy", "conversations.update", query={"description": "x" * 2001})


VALUES = st.recursive(
    st.none() | st.integers(-9, 99) | st.text(max_size=12),
    lambda inner: st.lists(inner, max_size=6) | st.dictionaries(st.sampled_from("abc"), inner, max_size=3),
    max_leaves=20,
)
BOUNDS = st.integers(0, 8)
LIMITS = st.recursive(
    st.builds(Limit, BOUNDS, BOUNDS, BOUNDS, st.integers(0, 60)),
    lambda inner: st.builds(
        Limit, BOUNDS, BOUNDS, BOUNDS, st.integers(0, 60), st.fixed_dictionaries({"a": inner}), inner
    ),
    max_leaves=4,
)


def is_over(limit: Limit, value: Any) -> bool:
    """The same said the slow way."""
    if len(json.dumps(value, separators=(",", ":"), ensure_ascii=False).encode()) > limit.size:
        return True
    if isinstance(value, str):
        return len(value) > limit.length
    if isinstance(value, list):
        inner = limit.each is not None and any(is_over(limit.each, item) for item in value)
        return len(value) > limit.items or inner
    if isinstance(value, dict):
        inner = any(is_over(limit.keys[name], value[name]) for name in value if name in limit.keys)
        return len(value) > limit.properties or inner
    return False


@given(LIMITS, VALUES)
def test_skipping_what_is_short_changes_no_answer(limit: Limit, value: Any) -> None:
    raw = parse(json.dumps({"v": value}, separators=(",", ":"), ensure_ascii=False).encode())["v"]
    try:
        _Check(limit)(raw, "$")
        found = False
    except InvalidValue:
        found = True
    assert found == is_over(limit, value)
