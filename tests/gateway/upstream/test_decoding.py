"""Content codings undone, whole, in pieces, broken, and too large."""

import asyncio
import gzip
import sys
import zlib
from collections.abc import Callable

import brotli  # type: ignore[import-untyped]
import pytest

from gateway.upstream.decoding import STEP_BYTES, decoded
from gateway.upstream.reader import BadAnswer

if sys.version_info >= (3, 14):
    from compression import zstd
else:
    from backports import zstd


def raw_deflate(data: bytes) -> bytes:
    packer = zlib.compressobj(wbits=-15)
    return packer.compress(data) + packer.flush()


PACKED: dict[str, Callable[[bytes], bytes]] = {
    "gzip": gzip.compress,
    "X-GZip": lambda data: gzip.compress(data[:10]) + gzip.compress(data[10:]),
    "deflate": zlib.compress,
    " Deflate": raw_deflate,
    "br": brotli.compress,
    "zstd": zstd.compress,
    "ZSTD": lambda data: zstd.compress(data[:10]) + zstd.compress(data[10:]),
    "identity": lambda data: data,
    "gzip, br": lambda data: brotli.compress(gzip.compress(data)),
}
CODINGS = [coding for coding in PACKED if coding != "identity"]
TEXTS = [b"a", b'{"a":1}' * 5, bytes(range(256)) * 5000, b"x" * (3 * STEP_BYTES)]


@pytest.mark.parametrize("text", TEXTS, ids=len)
@pytest.mark.parametrize("coding", PACKED)
async def test_what_was_packed_is_unpacked(coding: str, text: bytes) -> None:
    assert await decoded(PACKED[coding](text), coding, len(text) + 100) == text  # codings within codings


@pytest.mark.parametrize("coding", CODINGS)
async def test_the_limit_is_that_of_the_unpacked_text(coding: str) -> None:
    text = b"a" * 1_000_000
    with pytest.raises(BadAnswer, match="too large"):
        await decoded(PACKED[coding](text), coding, len(text) - 1)


@pytest.mark.parametrize("coding", CODINGS)
@pytest.mark.parametrize("cut", [1, 3])
async def test_what_ends_too_early_is_refused(coding: str, cut: int) -> None:
    with pytest.raises(BadAnswer):
        await decoded(PACKED[coding](bytes(range(256)) * 9)[:-cut], coding, 100_000)


@pytest.mark.parametrize("coding", ["gzip", "deflate", "br", "zstd", "compress", "gzip" + ", gzip" * 9])
async def test_what_is_not_of_its_coding_is_refused(coding: str) -> None:
    with pytest.raises(BadAnswer):
        await decoded(b"\xff{not packed at all}", coding, 100_000)


async def test_others_get_their_turn_while_much_is_unpacked() -> None:
    turns = 0

    async def count() -> None:
        nonlocal turns
        while True:
            turns += 1
            await asyncio.sleep(0)

    other = asyncio.create_task(count())
    await decoded(gzip.compress(b"a" * (20 * STEP_BYTES)), "gzip", 1 << 30)
    other.cancel()
    assert turns >= 20
