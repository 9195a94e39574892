"""Where an answer leaves its contract: one `Deviation` a place, in words."""

import json
import re
from collections.abc import Iterable, Iterator
from typing import Any, Final, NamedTuple

import jsonschema_rs

from contracts.specs.openapi import Part
from gateway.check.answer import short

_PLAIN: Final = re.compile(r"[A-Za-z_][A-Za-z0-9_-]*")
_INDEX: Final = re.compile(r"\[\d+\]")


class Deviation(NamedTuple):
    """``path`` is a place such as ``$.messages[0].id``; what was expected there and what was found, as text."""

    path: str
    expected: str
    got: str

    def __str__(self) -> str:
        return f"`{self.path}`: expected {self.expected}, got {self.got}"


def deviations(schema: Part, body: Any) -> list[Deviation]:
    """How a body deviates from a schema that stands alone; of the items of a list the first says it for all."""
    validator = jsonschema_rs.Draft202012Validator(schema, validate_formats=True)
    found: dict[tuple[str, str], Deviation] = {}
    for error in validator.iter_errors(body):
        for deviation in _deviations(error):
            found.setdefault((_INDEX.sub("[]", deviation.path), deviation.expected), deviation)
    return list(found.values())


def address(steps: Iterable[str | int]) -> str:
    """``["messages", 0, "id"]`` as ``$.messages[0].id``."""
    return "$" + "".join(_step(step) for step in steps)


def _step(step: str | int) -> str:
    if isinstance(step, int):
        return f"[{step}]"
    return f".{step}" if _PLAIN.fullmatch(step) else f"[{json.dumps(step, ensure_ascii=False)}]"


def _deviations(error: jsonschema_rs.ValidationError) -> Iterator[Deviation]:
    kind: Any = error.kind
    if kind.name in ("anyOf", "oneOf") and (branch := _nearest(error)):
        for inner in branch:
            yield from _deviations(inner)
    elif kind.name == "required":
        yield Deviation(address([*error.instance_path, kind.property]), "present", "absent")
    else:
        yield Deviation(address(error.instance_path), _expected(error), short(error.instance))


def _nearest(error: jsonschema_rs.ValidationError) -> list[jsonschema_rs.ValidationError]:
    """Of several possible forms the one that fits the value's own kind; none when the value is of no such kind."""
    here = list(error.instance_path)
    kind: Any = error.kind
    fitting = [
        branch for branch in getattr(kind, "context", []) if not any(_is_other_kind(e, here) for e in branch)
    ]
    return min(fitting, key=len, default=[])


def _is_other_kind(error: jsonschema_rs.ValidationError, here: list[str | int]) -> bool:
    return list(error.instance_path) == here and error.kind.name in ("type", "const", "enum")


def _expected(error: jsonschema_rs.ValidationError) -> str:
    kind: Any = error.kind
    match kind.name:
        case "type":
            return " or ".join(sorted(kind.types, key=lambda name: name == "null"))
        case "enum":
            return "one of " + ", ".join(short(option) for option in kind.options)
        case "const":
            return short(kind.expected_value)
        case "pattern":
            return f"text like {kind.pattern}"
        case "anyOf" | "oneOf":
            return _kinds(kind.context)
        case _:
            return str(error.message)[:200]


def _kinds(branches: Iterable[list[jsonschema_rs.ValidationError]]) -> str:
    return " or ".join(dict.fromkeys(_expected(branch[0]) for branch in branches if branch))
