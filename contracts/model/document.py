"""A request or an answer as a document: ``path``, ``query`` and ``body``, opened only where a rule looks.

A body's unopened parts stay `msgspec.Raw`, that is, the sender's own bytes: what no rule touches keeps its
text (big integers, ``1.10``, escapes) because it is never decoded and printed again.
"""

import json
import re
from collections.abc import Iterator
from typing import Any, Final, NamedTuple, TypeAlias

import msgspec

from contracts.model.bounds import check_size
from contracts.model.errors import InvalidRequest, InvalidValue

#: A JSON object of which the values may still be unopened.
Node: TypeAlias = dict[str, Any]

_object: Final = msgspec.json.Decoder(dict[str, msgspec.Raw])
_list: Final = msgspec.json.Decoder(list[msgspec.Raw])
_rows: Final = msgspec.json.Decoder(list[dict[str, msgspec.Raw]])
_any: Final = msgspec.json.Decoder()
encode: Final = msgspec.json.Encoder().encode

NULL: Final = msgspec.Raw(b"null")


class Document(NamedTuple):
    """``path`` and ``query`` map names to text; ``body`` is an opened object, an opened list, or None."""

    path: dict[str, str]
    query: dict[str, str]
    body: Any


def _no_duplicates(pairs: list[tuple[str, Any]]) -> Node:
    found = dict(pairs)
    if len(found) != len(pairs):
        last = {name: position for position, (name, _) in enumerate(pairs)}
        twice = next(name for position, (name, _) in enumerate(pairs) if last[name] != position)
        raise InvalidRequest(f"the key {json.dumps(twice)[:80]} stands more than once", place="$.body")
    return found


def _no_constant(name: str) -> None:
    raise InvalidRequest(f"{name} is not JSON", place="$.body")


# The numbers' text is not looked at: int() of a million digits would take minutes.
_check: Final = json.JSONDecoder(
    object_pairs_hook=_no_duplicates, parse_constant=_no_constant, parse_int=len, parse_float=len
).decode


def parse(body: bytes) -> Any:
    """A client's body, checked, with its values unopened: None for an empty one.

    Raises `InvalidRequest` for what is not JSON in UTF-8, for NaN and the infinities, for nesting that is too
    deep, and for duplicate keys, of which two parsers would disagree; before that, what `check_size` raises.
    """
    check_size(body)
    if not body.strip():
        return None
    try:
        _check(body.decode("utf-8"))
    except UnicodeDecodeError as error:
        raise InvalidRequest(f"not UTF-8 (byte {error.start})", place="$.body") from None
    except json.JSONDecodeError as error:
        raise InvalidRequest(f"not JSON ({error.msg}, character {error.pos})", place="$.body") from None
    except RecursionError:
        raise InvalidRequest("nested too deeply", place="$.body") from None
    return opened(msgspec.Raw(body), "$.body")


def opened(value: Any, place: str) -> Any:
    """One level of a value: an object or a list of unopened values, or the scalar itself."""
    if not isinstance(value, msgspec.Raw):
        return value
    text = bytes(value)
    first = text[:1] if text[:1] > b" " else text.lstrip()[:1]
    try:
        if first == b"{":
            return _object.decode(value)
        if first == b"[":
            return _list.decode(value)
        return _any.decode(value)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        raise InvalidValue("not JSON", place=place) from None


def read(node: Node, key: str) -> Any:
    """The plain value under a key, without opening it in the node; None when absent or null.

    Raises `InvalidValue` for what is JSON and no value of ours: a number beyond every range, half a surrogate pair.
    """
    value = node.get(key)
    return _plain(value, key) if type(value) is msgspec.Raw else value


def take(node: Node, key: str) -> Any:
    """As `read`, and nothing is left under the key."""
    value = node.pop(key, None)
    return _plain(value, key) if type(value) is msgspec.Raw else value


def settle(node: Node, key: str) -> Any:
    """As `read`, and the plain value stays in the node: for what will be read again."""
    value = node.get(key)
    if type(value) is msgspec.Raw:
        value = node[key] = _plain(value, key)
    return value


def settle_all(found: list[Node], key: str) -> list[Any]:
    """As `settle` for many nodes: their values, in one step where all of them are unopened."""
    values: list[Any] = [node.get(key) for node in found]
    kinds = set(map(type, values))
    if msgspec.Raw not in kinds:
        return values
    if len(kinds) > 1:
        return [settle(node, key) for node in found]
    try:
        plain: list[Any] = _any.decode(b"[%b]" % b",".join(values))
    except msgspec.DecodeError:
        return [settle(node, key) for node in found]  # says which of them cannot be read
    for node, value in zip(found, plain, strict=True):
        node[key] = value
    return plain


def _plain(value: msgspec.Raw, key: str) -> Any:
    if value == NULL:  # most of what is looked at
        return None
    try:
        return _any.decode(value)
    except msgspec.DecodeError:
        raise InvalidValue("cannot be read", place=f"$.body..{key}") from None


_STEP: Final = re.compile(r"(\.?[a-z_]+|\[\])")


class Place(NamedTuple):
    """Where in a document: ``body.messages[].reply_to``. ``steps`` are names, and ``[]`` for every item."""

    text: str
    steps: tuple[str, ...]


def place(text: str) -> Place:
    """Read the text of a place; it starts with path, query or body."""
    steps = tuple(step.lstrip(".") for step in _STEP.findall(text))
    if "".join(_STEP.findall(text)) != text or steps[0] not in Document._fields:
        raise ValueError(f"not a place: {text}")
    return Place(text, steps)


def nodes(document: Document, where: Place) -> Iterator[tuple[str, Node]]:
    """Every object at the place, with its exact address (``$.body.participants[2]``).

    Opens what it passes; absent and null are skipped. Raises `InvalidValue` where an object or a list is
    expected and something else stands.
    """
    root: Any = getattr(document, where.steps[0])
    yield from _walk(root, where.steps, 1, f"$.{where.steps[0]}")


def objects(document: Document, where: Place) -> list[Node]:
    """The same objects without their addresses: many times as fast, for the many of an answer."""
    found: list[Any] = [getattr(document, where.steps[0])]
    try:
        for depth, step in enumerate(where.steps[1:], 2):
            in_rows = where.steps[depth : depth + 1] == ("[]",)
            found = _items(found) if step == "[]" else _values(found, step, in_rows)
    except (AttributeError, TypeError):
        return [node for _, node in nodes(document, where)]  # says where the shape is wrong
    kinds = set(map(type, found))
    if kinds <= _OBJECT:
        return found
    if kinds <= _OBJECT_OR_NONE:
        return [node for node in found if node is not None]
    return [node for _, node in nodes(document, where)]


_OBJECT: Final = {dict}
_OBJECT_OR_NONE: Final = {dict, type(None)}


def _items(lists: list[Any]) -> list[Any]:
    found: list[Any] = []
    for items in lists:
        if type(items) is list:
            if msgspec.Raw in map(type, items):
                items[:] = [opened(item, "$") for item in items]
            found += items
        elif items is not None:
            raise TypeError
    return found


def _values(parents: list[Any], key: str, in_rows: bool) -> list[Any]:
    found = []
    for parent in parents:
        value = parent.get(key) if parent is not None else None
        if type(value) is msgspec.Raw:
            value = parent[key] = open_rows(value) if in_rows else opened(value, "$")
        found.append(value)
    return found


def open_rows(value: msgspec.Raw) -> Any:
    """A list of objects in one step, which is what most lists are."""
    try:
        return _rows.decode(value)
    except msgspec.DecodeError:
        return opened(value, "$")


def _walk(value: Any, steps: tuple[str, ...], depth: int, address: str) -> Iterator[tuple[str, Node]]:
    if value is None:
        return
    if depth == len(steps):
        if not isinstance(value, dict):
            raise InvalidValue("must be an object", place=address)
        yield address, value
    elif steps[depth] == "[]":
        if not isinstance(value, list):
            raise InvalidValue("must be a list", place=address)
        for index, item in enumerate(value):
            child = f"{address}[{index}]"
            if isinstance(item, msgspec.Raw):
                item = value[index] = opened(item, child)  # noqa: PLW2901
            yield from _walk(item, steps, depth + 1, child)
    else:
        if not isinstance(value, dict):
            raise InvalidValue("must be an object", place=address)
        key = steps[depth]
        child = f"{address}.{key}"
        item = value.get(key)
        if isinstance(item, msgspec.Raw):
            item = value[key] = opened(item, child)
        yield from _walk(item, steps, depth + 1, child)
