"""Content codings of the upstream's answers: gzip, deflate, br and zstd, undone in bounded steps.

We ask for `identity`, which an upstream (or a proxy in front of it) may overlook. What it sends then is undone here, as
far as the answer stays within its limit: a kilobyte can hold a gigabyte.
"""

import asyncio
import sys
import zlib
from typing import Final, Protocol

import brotli  # type: ignore[import-untyped]

from contracts.model.task import enter_task
from gateway.upstream.reader import BadAnswer, OverLimit

if sys.version_info >= (3, 14):
    from compression import zstd
else:
    from backports import zstd

#: What is undone before others get their turn: about a millisecond.
STEP_BYTES: Final = 256 * 1024
_MOST_CODINGS: Final = 3


class _Decoder(Protocol):
    """One coding: `step` takes new data, gives at most `STEP_BYTES`, and nothing when it needs more data."""

    @property
    def done(self) -> bool:
        """Whether the coded text is complete."""

    def step(self, data: bytes) -> bytes:
        """The next piece."""


class _Zlib:
    """gzip and deflate; deflate with its wrapper or, as some servers send it, without."""

    def __init__(self, coding: str, head: bytes) -> None:
        wrapped = len(head) > 1 and head[0] & 15 == 8 and int.from_bytes(head[:2], "big") % 31 == 0
        self._bits = 31 if coding == "gzip" else 15 if wrapped else -15
        self._inner = zlib.decompressobj(self._bits)
        self._left = b""

    @property
    def done(self) -> bool:
        return self._inner.eof and not self._left

    def step(self, data: bytes) -> bytes:
        if self._inner.eof:  # gzip may consist of several members (RFC 1952)
            self._inner = zlib.decompressobj(self._bits)
        piece = self._inner.decompress(self._left + data, STEP_BYTES)
        self._left = self._inner.unconsumed_tail or self._inner.unused_data
        return piece


class _Brotli:
    def __init__(self) -> None:
        self._inner = brotli.Decompressor()

    @property
    def done(self) -> bool:
        return bool(self._inner.is_finished())

    def step(self, data: bytes) -> bytes:
        return bytes(self._inner.process(data, output_buffer_limit=STEP_BYTES))


class _Zstd:
    def __init__(self) -> None:
        self._inner = zstd.ZstdDecompressor()
        self._left = b""

    @property
    def done(self) -> bool:
        return self._inner.eof and not self._left

    def step(self, data: bytes) -> bytes:
        if self._inner.eof:  # several frames
            self._inner = zstd.ZstdDecompressor()
        piece = self._inner.decompress(self._left + data, STEP_BYTES)
        self._left = self._inner.unused_data if self._inner.eof else b""
        return piece


async def decoded(body: bytes, coding: str, limit: int) -> bytes:
    """The body without its content codings (a field's value, the last applied last), at most ``limit`` bytes.

    Raises `BadAnswer` for a coding that we do not know, for what is not of its coding, `OverLimit` beyond the limit.
    """
    names = [name.strip(" \t").lower().removeprefix("x-") for name in coding.split(",")]
    if len(names) > _MOST_CODINGS:
        raise BadAnswer("too many content codings")
    for name in reversed(names):
        if name not in ("identity", ""):
            body = await _undo(_decoder(name, body[:2]), body, limit)
    return body


def _decoder(name: str, head: bytes) -> _Decoder:
    if name in ("gzip", "deflate"):
        return _Zlib(name, head)
    if name in ("br", "zstd"):
        return _Brotli() if name == "br" else _Zstd()
    raise BadAnswer("a content coding that was not asked for")


async def _undo(decoder: _Decoder, body: bytes, limit: int) -> bytes:
    pieces, size, data = [], 0, body
    try:
        while not decoder.done:
            piece = decoder.step(data)
            if not piece and not data and not decoder.done:
                raise BadAnswer("a coded answer that ends too early")
            size, data = size + len(piece), b""
            if size > limit:
                raise OverLimit
            pieces.append(piece)
            if len(piece) == STEP_BYTES:
                await enter_task()
                await asyncio.sleep(0)
    except (zlib.error, brotli.error, zstd.ZstdError, EOFError) as error:
        raise BadAnswer("an answer that is not of its content coding") from error
    return b"".join(pieces)
