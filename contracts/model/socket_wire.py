"""The frames of one socket as they come over the wire, before aiohttp's reader sees them.

aiohttp takes frames without a mask, which RFC 6455 (5.1) forbids to clients, and answers pings by itself. So every
header is looked at here: an unmasked frame ends the connection (1002), and frames that never become a message of
ours (pings, pongs, the pieces of a message that does not end) are told to ``on_other``.
"""

from collections.abc import Callable
from typing import Any, Final

_MASKED: Final = 0x80
_LENGTH_BYTES: Final = {126: 2, 127: 8}
_OPENS_MESSAGE: Final = frozenset((1, 2))
#: A header that no reader takes: a reserved bit is set.
_BROKEN: Final = b"\xff\x80"


class Wire:
    """Stands before ``reader`` (aiohttp's); ``on_other(size)`` gets the bytes of each frame that opens no message."""

    def __init__(self, reader: Any, on_other: Callable[[int], object]) -> None:
        self._reader = reader
        self._on_other = on_other
        self._payload_left = 0
        self._header = b""
        self._broken = False

    def feed_data(self, data: bytes) -> tuple[bool, bytes]:
        """What `aiohttp.http_websocket.WebSocketReader` says to it; after an unmasked frame it gets no more."""
        if self._broken:
            return True, b""
        good = self._walk(bytes(data))
        if good is None:
            response: tuple[bool, bytes] = self._reader.feed_data(data)
            return response
        self._broken = True
        self._reader.feed_data(bytes(data)[:good])
        self._reader.feed_data(_BROKEN)
        return True, b""

    def feed_eof(self) -> None:
        """The end."""
        self._reader.feed_eof()

    def _walk(self, data: bytes) -> int | None:
        """Look at every header; None when all are right, else how many bytes of ``data`` are before the wrong one."""
        seen = len(self._header)
        data, at = self._header + data, self._payload_left
        while at < len(data):
            head = data[at : at + 10]
            if len(head) > 1 and not head[1] & _MASKED:
                return max(0, at - seen)
            size = _frame_size(head)
            if size is None:
                break
            if head[0] & 0x0F not in _OPENS_MESSAGE:
                self._on_other(size)
            at += size
        self._header = data[at:]
        self._payload_left = max(0, at - len(data))
        return None


def _frame_size(head: bytes) -> int | None:
    """The bytes of header, mask and payload together; None as long as the header does not say."""
    if len(head) < 2:
        return None
    length = head[1] & 0x7F
    more = _LENGTH_BYTES.get(length, 0)
    if len(head) < 2 + more:
        return None
    return 2 + more + 4 + (int.from_bytes(head[2 : 2 + more]) if more else length)
