"""Pairs of answers in a file, without their content: what differs can be looked at again, nothing can be read.

A line is one pair. Persons stand for profiles and times are in UTC before anything is replaced; then every scalar but
null and booleans becomes its kind, its length and a hash, the same one within the file.
"""

import json
import re
from collections.abc import Iterable, Iterator
from decimal import Decimal
from typing import Any, Final, NamedTuple

from gateway.comparison.declared import Place, in_utc
from gateway.comparison.redaction import Redactor

DIGITS: Final = 16
_SCALAR: Final = re.compile(r"(text|integer|number) of \d+, ([0-9a-f]+)")


class Pair(NamedTuple):
    """Two answers to one request: their statuses, and their documents where both are good."""

    place: Place
    old_status: int
    new_status: int
    old: Any
    new: Any


class Recorder:
    """Writes pairs as lines; one recorder is one key, which is kept nowhere."""

    def __init__(self) -> None:
        self._redactor = Redactor(digits=DIGITS, most=None)

    def line(self, pair: Pair) -> str:
        """One pair as JSON, its documents without content."""
        found = pair._asdict() | {
            name: self._redactor.example(in_utc(getattr(pair, name))) for name in ("old", "new")
        }
        return json.dumps({**found, "place": pair.place._asdict()})


def pairs(lines: Iterable[str]) -> Iterator[Pair]:
    """The pairs of a recording. Raises ValueError for a line that is none."""
    for number, line in enumerate(lines, 1):
        try:
            found = json.loads(line)
            place = Place(**found.pop("place"))
            documents = {name: _restored(found.pop(name)) for name in ("old", "new")}
            yield Pair(place, **found, **documents)
        except (KeyError, TypeError, ValueError) as error:
            raise ValueError(f"line {number} is no pair of answers") from error


def _restored(node: Any) -> Any:
    """Values of the kinds that there were, as different as they were."""
    if isinstance(node, dict):
        return {name: _restored(value) for name, value in node.items()}
    if isinstance(node, list):
        return [_restored(item) for item in node]
    found = _SCALAR.fullmatch(node) if isinstance(node, str) else None
    if found is None or found[1] == "text":
        return node
    return int(found[2], 16) if found[1] == "integer" else Decimal(int(found[2], 16))
