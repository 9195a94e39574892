"""Are the answers of all peers the same? Parsed, and but for faults that are declared beside the ratio."""

import json
from collections.abc import Iterator
from typing import Any, Final

#: What cjson and JavaScript do to JSON; whoever else differs is not measured.
EMPTY_LIST: Final = "[] becomes {}"
ROUNDED: Final = "integers beyond 2^53 are rounded"
_DECLARED: Final = {"nginx_lua": {EMPTY_LIST, ROUNDED}, "node_undici": {ROUNDED}}
_EXACT: Final = 2**53


class Different(Exception):
    """An answer that differs; the text says where."""


def faults_of(peer: str, expected: bytes, given: bytes) -> set[str]:
    """The declared faults of a peer's answer, beside that which is right. Raises `Different`."""
    if expected == given:
        return set()
    try:
        found = set(differences(json.loads(expected), json.loads(given), "$"))
    except ValueError:
        raise Different("not JSON") from None
    undeclared = {text for text in found if text not in _DECLARED.get(peer, ())}
    if undeclared:
        raise Different("; ".join(sorted(undeclared)[:3]))
    return found


def differences(expected: Any, given: Any, at: str) -> Iterator[str]:
    """Each difference as a text: one of the faults that may be declared, or where it is."""
    if expected == [] and given == {}:
        yield EMPTY_LIST
    elif isinstance(expected, dict) and isinstance(given, dict):
        for key in expected.keys() | given.keys():
            if key in expected and key in given:
                yield from differences(expected[key], given[key], f"{at}.{key}")
            else:
                yield f"{at}.{key} is {'missing' if key in expected else 'too many'}"
    elif isinstance(expected, list) and isinstance(given, list) and len(expected) == len(given):
        for number, pair in enumerate(zip(expected, given, strict=True)):
            yield from differences(*pair, f"{at}[{number}]")
    elif type(expected) is int and type(given) in (int, float) and _rounded(expected, given):
        yield ROUNDED
    elif expected != given or type(expected) is not type(given):
        yield f"{at} is {given!r:.60}, not {expected!r:.60}"


def _rounded(expected: int, given: float) -> bool:
    """Whether the double that is printed with 14 digits or more could be this integer."""
    return abs(expected) > _EXACT and expected != given and abs(expected - given) <= abs(expected) * 1e-13
