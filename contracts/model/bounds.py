"""How much a JSON text of a client may hold, found out before anything of it is built.

Bytes are a poor measure of what a document costs: 10 MB of one text are a copy, 10 MB of brackets are millions of
objects. So values are counted, too. Nearly every body is so short that it cannot be over any bound, or has so few
separators that counting those is enough (`bytes.count`, some GB a second); only what is left is looked at token by
token, and no further than to the first bound that it is over.
"""

import re
from typing import Final

from contracts.model.errors import InvalidRequest, InvalidValue, TooLarge

#: The largest document that an operation takes, in bytes: the contract's longest text with every character escaped.
DOCUMENT_BYTES: Final = 1024 * 1024
#: The items and keys of a document together; a thousand participants, named by role and by id, are 4,000.
VALUES: Final = 5_000
#: Lists and objects in each other; the parser itself gives up at about as many.
DEPTH: Final = 900
#: A text, escapes and all: 65,536 characters, each as two ``\uXXXX``.
TEXT_BYTES: Final = 12 * 65_536
#: So short a text cannot hold many values.
_SHORT: Final = 3 * VALUES
#: A text with the colon behind it if it is a key, or what begins, ends or separates values. Never backtracks.
_TOKEN: Final = re.compile(rb'"[^"\\]*+(?:\\.[^"\\]*+)*+"?\s*+:?|[\[\]{},]', re.DOTALL)
#: A value has a key, a text, a separator and an end at most; texts without a separator are no JSON.
_TOKENS: Final = 4 * VALUES
_PIECE: Final = 64 * 1024


def check_size(body: bytes) -> None:
    """Raise `InvalidRequest` for too many values or levels, `InvalidValue` for a text that is too long.

    Both name the place. `TooLarge` is raised for what is merely too many bytes.
    """
    if len(body) <= _SHORT or (len(body) <= TEXT_BYTES and _separators(body) <= VALUES):
        return
    _look(body)
    if len(body) > DOCUMENT_BYTES:
        raise TooLarge(f"A document has at most {DOCUMENT_BYTES} bytes")


def _separators(body: bytes) -> int:
    """At least as many as there are values in it; stops counting when they are too many."""
    found = 0
    for start in range(0, len(body), _PIECE):
        piece = body[start : start + _PIECE]
        found += piece.count(b",") + piece.count(b"[") + piece.count(b"{")
        if found > VALUES:
            break
    return found


def _look(body: bytes) -> None:
    """Token by token; where a bound is passed the key at the top of the document says where."""
    depth = values = 0
    key = b""
    for number, token in enumerate(_TOKEN.finditer(body[: DOCUMENT_BYTES + 1])):
        text = token.group()
        if values > VALUES or number > _TOKENS:
            raise InvalidRequest(f"holds more than {VALUES} values", place=_place(key if depth > 1 else b""))
        if text[:1] == b'"':
            if len(text) > TEXT_BYTES + 3:  # its quotes and the colon
                raise InvalidValue("is too long", place=_place(key))
            if depth == 1 and text[-1:] == b":":
                key = text
            continue
        depth += (text in _OPENING) - (text in _CLOSING)
        if depth > DEPTH:
            raise InvalidRequest("nested too deeply", place="$.body")
        values += text not in _CLOSING


_OPENING: Final = (b"[", b"{")
_CLOSING: Final = (b"]", b"}")
_NAME: Final = re.compile(rb'"([A-Za-z0-9_]{1,40})"')


def _place(key: bytes) -> str:
    named = _NAME.match(key)
    return f"$.body.{named[1].decode()}" if named else "$.body"
