"""Work counted in steps, that is calls of Python and C, not in seconds; and larger documents to count it on."""

import contextlib
import sys
from collections.abc import Iterator
from typing import Any

#: Keys of a row by which it is another row, or about somebody else.
_NAMES = ("id", "user_id", "other_user_id", "message_id", "conversation_id", "profile_id")


class Steps:
    """Counts while it is on."""

    def __init__(self) -> None:
        self.count = 0

    @contextlib.contextmanager
    def on(self) -> Iterator[None]:
        def note(_: object, event: str, __: object) -> None:
            self.count += event in ("call", "c_call")

        sys.setprofile(note)
        try:
            yield
        finally:
            sys.setprofile(None)


def larger(value: Any, times: int, *, named: bool = False) -> Any:
    """Every outermost list so many times as long; ``named``: with rows of which each has a name of its own."""
    if isinstance(value, dict):
        return {name: larger(inner, times, named=named) for name, inner in value.items()}
    if isinstance(value, list):
        return [_renamed(item, 10_000 * turn if named else 0) for turn in range(times) for item in value]
    return value


def _renamed(value: Any, by: int) -> Any:
    if isinstance(value, list):
        return [_renamed(item, by) for item in value]
    if isinstance(value, dict):
        return {
            name: inner + by if name in _NAMES and type(inner) is int else _renamed(inner, by)
            for name, inner in value.items()
        }
    return value
