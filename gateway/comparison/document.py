"""JSON for a comparison: exact numbers, and a refusal of what two parsers would read differently."""

import json
from decimal import Decimal
from typing import Any, Final

#: Larger bodies are not compared: reading one would hold the event loop.
LARGEST_BYTES: Final = 1024 * 1024
#: Integers with more digits would be slow to read, and no id has that many.
_LONGEST_INTEGER: Final = 100


class NotComparable(ValueError):
    """A body that cannot be compared; the message is the reason, a fixed word."""


def read(body: bytes) -> Any:
    """The value of a body: integers exact, other numbers as `Decimal`. Raises `NotComparable`."""
    if len(body) > LARGEST_BYTES:
        raise NotComparable("too_large")
    try:
        return json.loads(
            body.decode("utf-8"),
            parse_int=_integer,
            parse_float=Decimal,
            parse_constant=_constant,
            object_pairs_hook=_object,
        )
    except UnicodeDecodeError:
        raise NotComparable("encoding") from None
    except NotComparable:
        raise
    except (ValueError, RecursionError):
        raise NotComparable("not_json") from None


def _integer(text: str) -> int:
    if len(text) > _LONGEST_INTEGER:
        raise NotComparable("too_large")
    return int(text)


def _constant(_: str) -> Any:
    raise NotComparable("not_json")


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise NotComparable("duplicate_keys")
    return found
