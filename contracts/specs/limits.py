"""How long and how many: what the contracts say about the values of a request, ready to be checked.

``maxLength``, ``maxItems``, ``maxProperties`` and ``x-maxBytes`` (of the value's JSON) of the request bodies, and
``maxLength`` of what stands in a query. The rest of a contract is for the upstream to check; these are checked before
anything is asked of it, since a value without a bound costs everybody who reads it later.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cache
from typing import Any, Final

import msgspec

from contracts.model.document import Document, opened
from contracts.model.errors import InvalidValue
from contracts.model.shape import SHAPES
from contracts.specs.openapi import Contract, Part, followed, load, operations

_NEVER: Final = 2**63


@dataclass(frozen=True, slots=True)
class Limit:
    """Of one value: characters of a text, items of a list, keys of an object, bytes of JSON; then of what is in it.

    JSON of at most ``floor`` bytes cannot be over any of them.
    """

    length: int = _NEVER
    items: int = _NEVER
    properties: int = _NEVER
    size: int = _NEVER
    keys: Mapping[str, "Limit"] = field(default_factory=dict)
    each: "Limit | None" = None

    @property
    def floor(self) -> int:
        """The quotes of a text count; an item is two characters at least, a key with its value five."""
        inner = [limit.floor for limit in (*self.keys.values(), *([self.each] if self.each else []))]
        return min(self.length + 2, 2 * self.items + 2, 5 * self.properties, self.size, *inner, _NEVER)


class _Check:
    """A limit with its floor counted once."""

    __slots__ = ("_each", "_keys", "_limit", "floor")

    def __init__(self, limit: Limit) -> None:
        self._limit = limit
        self._keys = {name: _Check(inner) for name, inner in limit.keys.items()}
        self._each = _Check(limit.each) if limit.each else None
        self.floor = limit.floor

    def __call__(self, value: Any, place: str) -> None:
        """Raise `InvalidValue` with the place of what is over."""
        if type(value) is msgspec.Raw:
            size = len(value)
            if size <= self.floor:
                return
            _refuse_over(size, self._limit.size, "bytes", place)
            value = opened(value, place)
        if isinstance(value, str):
            _refuse_over(len(value), self._limit.length, "characters", place)
        elif isinstance(value, dict):
            self._check_object(value, place)
        elif isinstance(value, list):
            self._check_list(value, place)

    def _check_object(self, value: dict[str, Any], place: str) -> None:
        _refuse_over(len(value), self._limit.properties, "keys", place)
        for name, check in self._keys.items():
            if name in value:
                check(value[name], f"{place}.{name}")

    def _check_list(self, value: list[Any], place: str) -> None:
        _refuse_over(len(value), self._limit.items, "items", place)
        if self._each is not None:
            for index, item in enumerate(value):
                self._each(item, f"{place}[{index}]")


def _refuse_over(found: int, most: int, unit: str, place: str) -> None:
    if found > most:
        raise InvalidValue(f"must have at most {most} {unit}", place=place)


class OperationLimits:
    """The limits of one operation in one shape."""

    __slots__ = ("_body", "_query", "_query_floor")

    def __init__(self, body: Limit, query: Mapping[str, int]) -> None:
        self._body = _Check(body)
        self._query = dict(query)
        self._query_floor = min(query.values(), default=_NEVER)

    def check(self, asked: Document, *, body_bytes: int, query_bytes: int) -> None:
        """Raise `InvalidValue` for a value that is over; the two sizes are those of the request as it came."""
        if body_bytes > self._body.floor:
            self._body(asked.body, "$.body")
        if query_bytes > self._query_floor:
            for name, most in self._query.items():
                _refuse_over(len(asked.query.get(name, "")), most, "characters", f"$.query.{name}")


_NONE: Final = OperationLimits(Limit(), {})


def limits_of(shape: str, operation: str) -> OperationLimits:
    """What the contract of the shape says; nothing for an operation that stands in none."""
    return _of_shape(shape).get(operation, _NONE)


def read_all() -> None:
    """Read every contract now: that takes a tenth of a second, for which no request should wait."""
    for shape in SHAPES:
        _of_shape(shape)


@cache
def _of_shape(shape: str) -> Mapping[str, OperationLimits]:
    document = load(shape)
    return {contract.name: _of_operation(document, contract) for contract in operations(document)}


def _of_operation(document: Part, contract: Contract) -> OperationLimits:
    query = {
        parameter.name: limit.length
        for parameter in contract.parameters
        if parameter.place == "query"
        and (limit := limit_in(document, parameter.schema)) is not None
        and limit.length < _NEVER
    }
    return OperationLimits(limit_in(document, contract.body or {}) or Limit(), query)


def limit_in(document: Part, schema: Part) -> Limit | None:
    """What a schema limits, None for nothing. Of alternatives the widest counts, each in its own kind of value."""
    found = _merged([_own(document, node) for node in _alternatives(document, schema)])
    return None if found == Limit() else found


def _alternatives(document: Part, schema: Part) -> Iterator[Part]:
    node = followed(document, schema)
    yield node
    for word in ("allOf", "anyOf", "oneOf"):
        for other in node.get(word, ()):
            yield from _alternatives(document, other)


def _own(document: Part, node: Part) -> Limit:
    inner = {name: limit_in(document, part) for name, part in node.get("properties", {}).items()}
    return Limit(
        length=node.get("maxLength", _NEVER),
        items=node.get("maxItems", _NEVER),
        properties=node.get("maxProperties", _NEVER),
        size=node.get("x-maxBytes", _NEVER),
        keys={name: limit for name, limit in inner.items() if limit is not None},
        each=limit_in(document, node["items"]) if "items" in node else None,
    )


def _merged(limits: list[Limit]) -> Limit:
    """One limit for several schemas of one value."""
    return Limit(
        length=_widest([limit.length for limit in limits]),
        items=_widest([limit.items for limit in limits]),
        properties=_widest([limit.properties for limit in limits]),
        size=_widest([limit.size for limit in limits]),
        keys={name: inner for limit in limits for name, inner in limit.keys.items()},
        each=next((limit.each for limit in limits if limit.each), None),
    )


def _widest(statement: list[int]) -> int:
    return max((most for most in statement if most < _NEVER), default=_NEVER)
