"""Whether a successful answer of the upstream is a document that every client reads in the same way.

UTF-8, an object or a list, no name twice in an object, no number that no parser takes. What is no such document would
be passed on where no rule opens it. Costs follow what changed: pieces that were checked before are not looked at again,
in whatever page they come.
"""

import json
from typing import Any, Final

import msgspec

#: Numbers longer than this are no ids, and more than some parsers take.
LONGEST_NUMBER: Final = 100
#: Shorter documents are checked as fast as they are looked up.
_SHORT: Final = 256
#: Shorter documents are not taken apart.
_ONE_PIECE: Final = 1024
#: Pieces that are remembered, twice over; each is a number of 64 bits. Two thousand open pages of 50 rows fit.
_REMEMBERED: Final = 100_000

#: A page is an object with a list of elements in it: so often it is taken apart.
_LEVELS: Final = 3

_members: Final = msgspec.json.Decoder(dict[str, msgspec.Raw])
_any: Final = msgspec.json.Decoder()
_items: Final = msgspec.json.Decoder(list[msgspec.Raw])


def _no_duplicates(pairs: list[tuple[str, Any]]) -> None:
    if len({name for name, _ in pairs}) != len(pairs):
        raise ValueError("a name stands twice in an object")


def _number(text: str) -> None:
    if len(text) > LONGEST_NUMBER:
        raise ValueError("a number is too long")


def _constant(name: str) -> None:
    raise ValueError(f"{name} is not JSON")


_look: Final = json.JSONDecoder(
    object_pairs_hook=_no_duplicates, parse_int=_number, parse_float=_number, parse_constant=_constant
).decode


class AnswerCheck:
    """Checks the answers of one process."""

    def __init__(self) -> None:
        self._new: set[int] = set()
        self._old: set[int] = set()
        self.looked_at = 0

    def __call__(self, body: bytes) -> None:
        """Raise ValueError for what is no such document."""
        if body.lstrip()[:1] not in (b"{", b"["):
            raise ValueError("neither an object nor a list")
        self._check(body, _LEVELS)

    def _check(self, text: bytes, levels: int) -> None:
        if len(text) < _SHORT:
            self._look(text)
            return
        key = hash(text)
        if key in self._new or key in self._old:
            return
        pieces = _pieces(text) if levels and len(text) >= _ONE_PIECE else None
        if pieces is None:
            self._look(text)
        else:
            for piece in pieces:
                self._check(piece, levels - 1)
        self._remember(key)

    def _look(self, text: bytes) -> None:
        self.looked_at += len(text)
        if canonical(text) is not None:
            return
        try:
            _look(text.decode("utf-8"))
        except RecursionError:
            raise ValueError("nested too deeply") from None

    def _remember(self, key: int) -> None:
        if len(self._new) >= _REMEMBERED:
            self._old, self._new = self._new, set()
        self._new.add(key)


def canonical(text: bytes) -> Any:
    """The plain value of a text that is, byte for byte, how that value is written; else None.

    Most answers are. Nothing was lost in reading them: a name that stands twice, a number that is not exact or a sloppy
    spelling would show as a difference. So such a text needs no other check, and its values can be written again.
    """
    try:
        value = _any.decode(text)
        return value if msgspec.json.encode(value) == text else None
    except (msgspec.MsgspecError, ValueError, OverflowError, RecursionError, TypeError):
        return None


def _pieces(text: bytes) -> list[bytes] | None:
    """The values of an object or a list; None where they cannot be had, or a name may stand twice.

    It does not when names and values together are as long as the text: of two values one would be missing.
    """
    first = text[:1]
    try:
        if first == b"[":
            return [bytes(item) for item in _items.decode(text)]
        if first != b"{":
            return None
        members = _members.decode(text)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return None
    pieces = [bytes(value) for value in members.values()]
    size = sum(map(len, pieces)) + sum(len(msgspec.json.encode(name)) + 2 for name in members) + 1
    return pieces if size == len(text) else None
