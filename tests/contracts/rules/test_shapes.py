import json
from typing import Any

import pytest

from contracts.model.document import Document, encode, parse
from contracts.model.errors import InvalidValue
from contracts.rules.lens import ShapeRule
from contracts.rules.shapes import constant, copy, rename, to_body, to_path, wrap


def _document(body: Any = None, path: dict[str, str] | None = None, **query: str) -> Document:
    raw = b"" if body is None else json.dumps(body).encode()
    return Document(dict(path or {}), query, parse(raw))


def _plain(document: Document) -> tuple[Any, ...]:
    return document.path, document.query, None if document.body is None else json.loads(encode(document.body))


BOTH_WAYS = [
    pytest.param(
        rename("body.list[]", new="old"), {"list": [{"old": 1}, {}]}, {"list": [{"new": 1}, {}]}, id="rename"
    ),
    pytest.param(wrap("things"), {"things": [1]}, [1], id="wrap"),
    pytest.param(copy("body", twice="once"), {"once": 1, "twice": 1}, {"once": 1}, id="copy"),
    pytest.param(constant("body", {"kind": "x"}), {"a": 1, "kind": "x"}, {"a": 1}, id="constant"),
]


@pytest.mark.parametrize(("rule", "legacy", "modern"), BOTH_WAYS)
def test_bodies_go_up_and_down(rule: ShapeRule, legacy: Any, modern: Any) -> None:
    assert _plain(rule.to_modern(_document(legacy)))[2] == modern
    assert _plain(rule.to_legacy(_document(modern)))[2] == legacy


def test_a_parameter_moves_into_the_body_and_back() -> None:
    rule = to_body("is_typing", kind="bool", default=True)
    for legacy, modern in ((({"is_typing": "false"}), {"is_typing": False}), ({}, {"is_typing": True})):
        moved = rule.to_modern(_document(None, **legacy))
        assert _plain(moved) == ({}, {}, modern)
        assert _plain(rule.to_legacy(moved)) == ({}, legacy, None)


@pytest.mark.parametrize(("kind", "text"), [("bool", "maybe"), ("bool", ""), ("id", "x"), ("id", "0")])
def test_a_parameter_that_is_not_of_its_kind_is_named(kind: Any, text: str) -> None:
    with pytest.raises(InvalidValue, match=r"^\$\.query\.value: must be"):
        to_body("value", kind=kind).to_modern(_document(None, value=text))


def test_a_key_moves_into_the_path_and_back() -> None:
    rule = to_path("conversation_id")
    up = rule.to_modern(_document({"conversation_id": "0011", "content": "a"}))
    assert _plain(up) == ({"conversation_id": "11"}, {}, {"content": "a"})
    assert _plain(rule.to_legacy(up)) == ({}, {}, {"conversation_id": 11, "content": "a"})


@pytest.mark.parametrize(
    "body", [None, {}, {"conversation_id": "connection-5"}, {"conversation_id": None}, []]
)
def test_a_missing_or_wrong_id_for_the_path_is_named(body: Any) -> None:
    with pytest.raises(InvalidValue, match=r"^\$\.body\.conversation_id"):
        to_path("conversation_id").to_modern(_document(body))


def test_a_constant_does_not_overwrite() -> None:
    assert _plain(constant("body", {"id": None}).to_legacy(_document({"id": 5})))[2] == {"id": 5}
