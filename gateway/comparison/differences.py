"""What differs between the old and the new backend's response, with its place and kind.

Rows of a list are matched by a key, so that a row more is one difference and not one for each row behind it; a list
whose rows have no key is matched by position. The comparison is symmetric: swapping the two sides swaps ``missing``
and ``extra`` and changes nothing else.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from decimal import Decimal
from typing import Any, Final, Literal, NamedTuple

Kind = Literal["missing", "extra", "type", "value", "order"]

#: Keys by which rows are matched where an operation declares none, the first that all rows of both sides have.
DEFAULT_KEYS: Final = ("id", "connection_id", "user_id", "person", "profile_id")
#: Keys of an object that are names; others are data (``tutor_5``, ``17``) and stand as ``{}`` in a path.
_NAME: Final = re.compile(r"[A-Za-z_][A-Za-z_]*", re.ASCII)


class Difference(NamedTuple):
    """``path`` is ``$.messages[].sender_name``. A side that is absent is `ABSENT`."""

    path: str
    kind: Kind
    old: Any
    new: Any


class _Absent:
    def __repr__(self) -> str:
        return "ABSENT"


ABSENT: Final = _Absent()


def differences(
    old: Any, new: Any, keys: Mapping[str, str] | None = None, sets: frozenset[str] = frozenset()
) -> list[Difference]:
    """Every difference of two parsed documents (`gateway.comparison.document.read`).

    ``keys`` gives the key of a list's rows by the list's path; ``sets`` the paths of lists whose order means nothing.
    """
    return list(_Comparison(keys or {}, sets).at("$", old, new))


class _Comparison:
    def __init__(self, keys: Mapping[str, str], sets: frozenset[str]) -> None:
        self._keys = keys
        self._sets = sets

    def at(self, path: str, old: Any, new: Any) -> Iterator[Difference]:
        if kind_of(old) != kind_of(new):
            yield Difference(path, "type", old, new)
        elif isinstance(old, dict):
            yield from self._objects(path, old, new)
        elif isinstance(old, list):
            yield from self._lists(f"{path}[]", old, new)
        elif old != new:
            yield Difference(path, "value", old, new)

    def _objects(self, path: str, old: Mapping[str, Any], new: Mapping[str, Any]) -> Iterator[Difference]:
        for name in sorted(old.keys() | new.keys()):
            where = f"{path}.{name if _NAME.fullmatch(name) else '{}'}"
            if name not in new:
                yield Difference(where, "missing", old[name], ABSENT)
            elif name not in old:
                yield Difference(where, "extra", ABSENT, new[name])
            else:
                yield from self.at(where, old[name], new[name])

    def _lists(self, path: str, old: list[Any], new: list[Any]) -> Iterator[Difference]:
        key = self._key(path, old, new)
        if key is not None:
            yield from self._rows(path, key, old, new)
            return
        if path in self._sets:
            old, new = sorted(old, key=repr), sorted(new, key=repr)
        elif old != new and sorted(old, key=repr) == sorted(new, key=repr):
            yield Difference(path, "order", old, new)
            return
        for one, other in zip(old, new, strict=False):
            yield from self.at(path, one, other)
        yield from _rest(path, old[len(new) :], new[len(old) :])

    def _rows(self, path: str, key: str, old: list[Any], new: list[Any]) -> Iterator[Difference]:
        before, after = ({_hashable(row[key]): row for row in rows} for rows in (old, new))
        for name, row in before.items():
            if name in after:
                yield from self.at(path, row, after[name])
        yield from _rest(
            path,
            [row for name, row in before.items() if name not in after],
            [row for name, row in after.items() if name not in before],
        )
        common = [[name for name in side if name in before and name in after] for side in (before, after)]
        if path not in self._sets and common[0] != common[1]:
            yield Difference(path, "order", *([key for _, key in side] for side in common))

    def _key(self, path: str, old: Sequence[Any], new: Sequence[Any]) -> str | None:
        declared = self._keys.get(path)
        for key in (declared,) if declared else DEFAULT_KEYS:
            if all(_is_keyed(rows, key) for rows in (old, new)):
                return key
        return None


def _rest(path: str, old: Sequence[Any], new: Sequence[Any]) -> Iterator[Difference]:
    for row in old:
        yield Difference(path, "missing", row, ABSENT)
    for row in new:
        yield Difference(path, "extra", ABSENT, row)


def _is_keyed(rows: Sequence[Any], key: str) -> bool:
    """Whether every row is an object with a scalar key of its own."""
    if not all(isinstance(row, dict) and isinstance(row.get(key), int | str) for row in rows):
        return False
    return len({_hashable(row[key]) for row in rows}) == len(rows)


def _hashable(value: Any) -> tuple[str, Any]:
    """True and 1 are different keys, 1 and "1", too."""
    return kind_of(value), value


def kind_of(value: Any) -> str:
    """The JSON type of a value; an integer and a number with a fraction are two types."""
    if isinstance(value, bool):
        return "boolean"
    if isinstance(value, Decimal | float):
        return "number"
    names = {type(None): "null", int: "integer", str: "text", list: "list", dict: "object"}
    return names.get(type(value), "absent")
