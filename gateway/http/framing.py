"""Where requests begin and end in a client's bytes, as far as that is beyond doubt. Pure; refuses nothing.

Two readers look at a client's bytes: `gateway.http.lane`, which takes whole requests that it knows, and aiohttp, which
takes everything else. The first may only look where the second would begin a new request, so whatever could be read in
two ways ends its part for the rest of the connection.
"""

import re
from typing import Final, NamedTuple

#: A head that is longer is left to aiohttp, which refuses it.
_LONGEST_HEAD: Final = 64 * 1024
_END: Final = b"\r\n\r\n"
_FRAMING: Final = re.compile(rb"\r\n(?:content-length|transfer-encoding|upgrade)[^\r]*", re.IGNORECASE)
_NAMES: Final = (b"\r\ncontent-length", b"\r\ntransfer-encoding", b"\r\nupgrade")
_LENGTH: Final = re.compile(rb"\r\ncontent-length:[ \t]*([0-9]{1,15})[ \t]*", re.IGNORECASE)
_LINE: Final = re.compile(rb"[A-Z]+ /[!-~]* HTTP/1\.1\r\n")


class Whole(NamedTuple):
    """One request: its first line without CRLF, its fields with the CRLF of each, and what follows them."""

    line: bytes
    fields: bytes
    body: bytes


def split(data: bytes) -> Whole | None:
    """The bytes as one request, taken at their word; None when there is no end of a head in them."""
    end = data.find(_END)
    if end < 0:
        return None
    first = data.find(b"\r\n")
    return Whole(data[:first], data[first + 2 : end + 2], data[end + 4 :])


class Alignment:
    """Follows a connection's bytes.

    ``at_start``: every request so far has ended, and that beyond doubt, so that one begins with the next byte.
    """

    __slots__ = ("_body", "_head", "_lost", "at_start")

    def __init__(self) -> None:
        self._head = b""
        self._body = 0
        self._lost = False
        self.at_start = True

    def feed(self, data: bytes) -> None:
        """Follow these bytes."""
        while data and not self._lost:
            if self._body:
                taken = min(self._body, len(data))
                self._body -= taken
                data = data[taken:]
            else:
                data = self._feed_head(data)
        self.at_start = not (self._lost or self._body or self._head)

    def _feed_head(self, data: bytes) -> bytes:
        """What follows the head at hand."""
        head = self._head + data
        end = head.find(_END)
        if end < 0:
            self._head, self._lost = head, len(head) > _LONGEST_HEAD
            return b""
        length = _body_length(head[: end + 2])
        self._head, self._lost, self._body = b"", length is None, length or 0
        return head[end + 4 :]


def _body_length(head: bytes) -> int | None:
    """How long the body behind this head is; None when that is not beyond doubt."""
    if (
        not _LINE.match(head)
        or head.count(b"\n") != head.count(b"\r\n")
        or head.count(b"\r") != head.count(b"\n")
    ):
        return None
    lower = head.lower()
    if not any(name in lower for name in _NAMES):
        return 0
    framing = _FRAMING.findall(head)
    length = _LENGTH.fullmatch(framing[0])
    return int(length[1]) if length and len(framing) == 1 else None
