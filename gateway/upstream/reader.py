"""Reads one answer at a time from an upstream connection, strictly: pure, no sockets.

The parser is httptools (llhttp in C): it is strict unless told otherwise, keeps bytes as bytes, and costs a
quarter of aiohttp's own response parser, which is lenient by design. What llhttp leaves open is decided here.
"""

from typing import Final

import httptools

from gateway.upstream.budget import FREE, Budget, Hold, NoRoom

MAX_HEAD: Final = 64 * 1024
MAX_INTERIM: Final = 8
_NO_BODY: Final = frozenset({204, 304})


class BadAnswer(Exception):
    """The upstream broke the protocol; its connection is of no further use. ``status`` is 0 where none was read."""

    status = 0


class OverLimit(BadAnswer):
    """The answer has more bytes than any may have."""

    def __init__(self) -> None:
        super().__init__("the answer is too large")


class TooMuch(BadAnswer):
    """The answer is in order, but there is no room for it now."""


class Reader:
    """Feeds on bytes; `done` turns true with a complete answer in `status`, `headers` and `body`.

    `reusable` is false when nothing more may be asked on this connection. ``limit`` bounds the body in bytes.
    """

    def __init__(self, limit: int, budget: Budget | None = None) -> None:
        self._limit = limit
        self._hold = Hold(budget or Budget())
        self._parser = httptools.HttpResponseParser(self)
        self.awaited = False
        self.reusable = True
        self.expect(to_head=False)
        self.awaited = False

    def expect(self, *, to_head: bool) -> None:
        """A request is about to be written. The answer to HEAD has no body, whatever its fields say."""
        self.awaited = True
        self.started = False
        self.done = False
        self.to_head = to_head
        self.status = 0
        self.headers: list[tuple[bytes, bytes]] = []
        self.body = b""
        self._begin()
        self._interim = 0

    def _begin(self) -> None:
        self._chunks: list[bytes] = []
        self._size = 0
        self._head_size = 0
        self._lengths = 0
        self._length = -1
        self._codings = 0
        self._in_head = True
        self.headers = []

    def feed(self, data: bytes) -> None:
        """Take what arrived. Raises `BadAnswer`; an answer complete before the fault stays `done`."""
        if not self.awaited:
            raise BadAnswer("bytes that nobody asked for")
        self.started = True
        try:
            self._parser.feed_data(data)
        except httptools.HttpParserUpgrade:
            raise BadAnswer("switched protocols unasked") from None
        except httptools.HttpParserError as error:
            self.reusable = False
            if not self.done:
                cause = error.__context__
                raise cause if isinstance(cause, BadAnswer) else BadAnswer(str(error)) from None
        if self._in_head and not self.done:
            self._count_head(len(data))

    def feed_eof(self) -> None:
        """The upstream closed: the end of an answer without a length, else `BadAnswer`: truncated."""
        self.reusable = False
        if self.done:
            return
        if self._in_head or self._lengths or self._codings:
            raise BadAnswer("closed before the answer was complete")
        self._finish()

    def _count_head(self, size: int) -> None:
        self._head_size += size
        if self._head_size > MAX_HEAD:
            raise BadAnswer("the head of the answer is too large")

    # What httptools calls.

    def on_message_begin(self) -> None:
        """A status line begins: there may be one only."""
        if self.done:
            self.reusable = False
            raise BadAnswer("a second answer")

    def on_header(self, name: bytes, value: bytes) -> None:
        """One field; framing fields are counted, since llhttp keeps only their sum."""
        if not self._in_head:
            return  # trailers: nobody needs them
        value = value.rstrip(b" \t")
        self._count_head(len(name) + len(value))
        lower = name.lower()
        if lower == b"content-length":  # set again where the answer is written
            self._lengths += 1
            self._length = int(value) if value.isdigit() and value.isascii() else -1
            return
        if lower == b"transfer-encoding":
            self._codings += 1
            if value.lower() != b"chunked":
                raise BadAnswer("a transfer coding other than chunked")
        self.headers.append((name, value))

    def on_headers_complete(self) -> None:
        """Decide how long the body is (RFC 9112 section 6.3), or that it cannot be known."""
        self._in_head = False
        self.status = self._parser.get_status_code()
        if self._lengths > 1 or self._codings > 1 or (self._lengths and self._codings):
            raise BadAnswer("more than one framing")
        if self._lengths and self._length < 0:
            raise BadAnswer("a length that is no number")
        if self._codings and self._parser.get_http_version() == "1.0":
            raise BadAnswer("HTTP/1.0 with a transfer coding")
        if not 100 <= self.status <= 599:
            raise BadAnswer("a status that there is not")
        if self.status < 200:
            self._check_interim()
        elif self.to_head or self.status in _NO_BODY:
            self._finish_without_body()
        elif self._length > self._limit:
            raise OverLimit
        elif self._length > FREE:
            self.make_room(self._length)
        if not self._parser.should_keep_alive():
            self.reusable = False

    def _check_interim(self) -> None:
        self._interim += 1
        if self.status == 101 or self._lengths or self._codings or self._interim > MAX_INTERIM:
            raise BadAnswer("an interim answer that is none")

    def _finish_without_body(self) -> None:
        if self._codings or self._length > 0:
            self.reusable = False  # the parser would wait for a body that may not come
        self._finish()

    def on_body(self, data: bytes) -> None:
        """Collect, up to the limit."""
        if self.done:  # a body where none may be
            self.reusable = False
            return
        self._size += len(data)
        if self._size > self._limit:
            raise OverLimit
        if self._length < 0:
            self.make_room(len(data))
        self._chunks.append(data)

    def make_room(self, size: int) -> None:
        """So much more is about to be held. Raises `TooMuch`."""
        try:
            self._hold.add(size)
        except NoRoom:
            raise TooMuch("no room for the answer") from None

    def on_message_complete(self) -> None:
        """The end of an interim answer, or of the answer."""
        if self.status < 200:
            self._begin()
        elif not self.done:
            self._finish()

    def _finish(self) -> None:
        self.done = True
        chunks = self._chunks
        self.body = chunks[0] if len(chunks) == 1 else b"".join(chunks)
        self._chunks = []

    def forget(self) -> None:
        """The answer has been taken: a connection that is kept must not keep it, too."""
        self.body = b""
        self._chunks = []
        self.headers = []
        if self._hold.held:
            self._hold.settle(0)
