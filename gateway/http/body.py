"""Reads the bodies of requests: bounded in bytes and in seconds."""

import asyncio
from collections.abc import AsyncIterator
from typing import Final

from aiohttp import web
from aiohttp.web_protocol import RequestPayloadError

from contracts.model.bounds import DOCUMENT_BYTES
from contracts.model.errors import InvalidRequest, RequestTimedOut, TooLarge

#: A body is handed on in pieces of at most so many bytes.
PIECE_BYTES: Final = 64 * 1024
#: A body must arrive within ``body_s`` seconds, longer only as long as it keeps up this rate.
MIN_BYTES_PER_S: Final = 500


def check_length(declared: str | None, limit: int) -> None:
    """Refuse a declared length over ``limit`` bytes before any of it is read. Raises `TooLarge`."""
    if declared is not None and int(declared) > limit:
        raise TooLarge()


async def send_continue(request: web.BaseRequest, expect: str | None) -> None:
    """Answer ``Expect: 100-continue``, now that the body is wanted. Raises `InvalidRequest` for anything else."""
    if expect is None:
        return
    if expect.lower() != "100-continue":
        raise InvalidRequest("Expect: only 100-continue is known")
    if not request.content.is_eof() and request.transport is not None:
        request.transport.write(b"HTTP/1.1 100 Continue\r\n\r\n")


async def iter_chunks(request: web.BaseRequest, *, limit: int, body_s: float) -> AsyncIterator[bytes]:
    """The body as it arrives. Raises `TooLarge`, `RequestTimedOut`, `InvalidRequest` (broken chunks)."""
    content = request.content
    size = 0
    loop = asyncio.get_running_loop()
    started = loop.time()
    while not content.at_eof():
        try:
            piece = content.read_nowait(PIECE_BYTES)
            if not piece:  # what flows is here after one turn of the loop: that takes no timer
                await asyncio.sleep(0)
                piece = content.read_nowait(PIECE_BYTES)
            if not piece and not content.at_eof():
                async with asyncio.timeout_at(started + body_s + size / MIN_BYTES_PER_S):
                    piece = await content.readany()
        except TimeoutError:
            raise RequestTimedOut() from None
        except RequestPayloadError:
            raise InvalidRequest("The request body is not what its framing says") from None
        size += len(piece)
        if size > limit:
            raise TooLarge()
        if piece:
            yield piece


async def read_all(request: web.BaseRequest, *, limit: int, body_s: float) -> bytes:
    """The whole body; usually it has arrived with the head. Raises as `iter_chunks`.

    Of one that is larger than any document there is only the beginning, which is enough to refuse it.
    """
    content = request.content
    if content.is_eof() and content.exception() is None:
        body = content.read_nowait()
        if len(body) > limit:
            raise TooLarge()
        return body
    kept, size = [], 0
    async for piece in iter_chunks(request, limit=limit, body_s=body_s):
        if size <= DOCUMENT_BYTES:
            kept.append(piece)
            size += len(piece)
    return b"".join(kept)
