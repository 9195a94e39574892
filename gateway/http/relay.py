"""The answer of what streams, on its way from the upstream to the client."""

import asyncio
from collections.abc import Callable
from typing import Final, NamedTuple, cast

import aiohttp
from aiohttp import web

from contracts.model.http import Headers
from gateway.fields.headers import BadField, for_client
from gateway.http.answer import Streamed, drain, has_no_body, head, write
from gateway.http.cookie import with_cookie
from gateway.http.head import Head
from gateway.http.splice import HELD_BYTES
from gateway.http.strict_client import StrictProtocol
from gateway.http.upload import Bounds, failed
from gateway.upstream.address import Address
from gateway.upstream.pool import UpstreamStats

#: Of an answer without a length that nobody takes, twice this and one more read (128 KiB, see `RECEIVE_BYTES`) wait
#: here, one piece on its way, and two pieces in the client's transport: together at most 256 KiB.
READ_BYTES: Final = 16 * 1024
PIECE_BYTES: Final = 32 * 1024
_LAST_CHUNK: Final = b"0\r\n\r\n"


class Manner(NamedTuple):
    """How an answer is given: fields that we say, fields of the upstream that we drop, whether to keep the client.

    ``cookie`` is added where no cache may keep the answer.
    """

    extra: Headers
    dropped: Callable[[str], bool]
    keep_alive: bool
    cookie: Headers = ()


class Relay:
    """Streams answers of one address to clients."""

    def __init__(self, address: Address, bounds: Bounds, stats: UpstreamStats) -> None:
        self._address = address
        self._bounds = bounds
        self._stats = stats

    async def __call__(
        self, request: web.BaseRequest, asked: Head, response: aiohttp.ClientResponse, manner: Manner
    ) -> Streamed:
        """Write the answer. Raises `GatewayError` before, and ConnectionError after its first byte."""
        method, status = asked.method, response.status
        fields = self._answer_fields(response, manner)
        bare = has_no_body(method, status)
        length = response.headers.get("Content-Length")
        old = request.version < aiohttp.HttpVersion11
        chunked = not bare and length is None and not old
        keep_alive = manner.keep_alive and (bare or chunked or length is not None)
        framing = "Transfer-Encoding: chunked\r\n" if chunked else ""
        if length is not None and status != 204:
            framing = f"Content-Length: {length}\r\n"
        try:
            start = head(status, fields, framing, close=not keep_alive)
        except BadField as error:
            self._stats.count("protocol")
            raise failed(method, sent=True) from error
        if bare:
            await write(request, start)
            return Streamed(status, keep_alive=keep_alive, body_length=0)
        if response.content.is_eof():
            size = await self._at_once(request, response, start, chunked=chunked)
        else:
            await write(request, start)
            size = await self._streamed(request, response, chunked=chunked)
        return Streamed(status, keep_alive=keep_alive, body_length=size)

    async def _at_once(
        self, request: web.BaseRequest, response: aiohttp.ClientResponse, start: bytes, *, chunked: bool
    ) -> int:
        """A small answer that has arrived with its head leaves with it, too."""
        body = response.content.read_nowait()
        await write(request, start + (_chunk(body) + _LAST_CHUNK if chunked else body))
        await drain(request.protocol, self._bounds.idle_s)
        return len(body)

    async def _streamed(
        self, request: web.BaseRequest, response: aiohttp.ClientResponse, *, chunked: bool
    ) -> int:
        """The body; the client's connection is cut when the upstream breaks off, so that nobody is fooled."""
        try:
            endless = response.headers.get("Content-Type", "").startswith("text/event-stream")
            if response.headers.get("Content-Length") and not endless:
                return await self._spliced(request, response)
            return await self._piece_by_piece(request, response, chunked=chunked, endless=endless)
        except (aiohttp.ClientError, TimeoutError) as error:
            self._stats.count("truncated")
            if request.transport is not None:
                request.transport.abort()
            raise ConnectionResetError("the upstream broke off") from error

    async def _spliced(self, request: web.BaseRequest, response: aiohttp.ClientResponse) -> int:
        """A body of known length: what has come of it, and then what comes."""
        size, bounds = int(response.headers["Content-Length"]), self._bounds
        if request.transport is not None:
            request.transport.set_write_buffer_limits(high=HELD_BYTES)
        while piece := response.content.read_nowait():
            await write(request, piece)
            await drain(request.protocol, bounds.idle_s)
        left = size - response.content.total_bytes
        connection = response.connection
        if left and connection is not None:
            upstream = cast(StrictProtocol, connection.protocol)
            await upstream.splice(request.protocol, left, fresh_s=bounds.timeout_s, idle_s=bounds.idle_s)
        return size

    async def _piece_by_piece(
        self, request: web.BaseRequest, response: aiohttp.ClientResponse, *, chunked: bool, endless: bool
    ) -> int:
        content, size = response.content, 0
        if request.transport is not None:
            request.transport.set_write_buffer_limits(high=PIECE_BYTES)
        patience = None if endless else self._bounds.timeout_s
        while not content.at_eof():
            async with asyncio.timeout(patience):
                piece = await content.read(PIECE_BYTES)
            size += len(piece)
            await write(request, _chunk(piece) if chunked else piece)
            await drain(request.protocol, self._bounds.idle_s)
        if chunked:
            await write(request, _LAST_CHUNK)
        return size

    def _answer_fields(self, response: aiohttp.ClientResponse, manner: Manner) -> Headers:
        raw = response.raw_headers
        ours = {name.lower() for name, _ in manner.extra if name.lower() not in {"vary", "link"}}
        fields = [
            (name.decode("utf-8", "surrogateescape"), value.decode("utf-8", "surrogateescape"))
            for name, value in for_client(raw)
        ]
        kept = [
            (field[0], self._address.relocated(field[0].lower(), field[1]))
            for field in fields
            if field[0].lower() not in ours and not manner.dropped(field[0])
        ]
        return with_cookie(response.status, [*kept, *manner.extra], manner.cookie)


def _chunk(piece: bytes) -> bytes:
    """One chunk; nothing for nothing, since an empty chunk is the last."""
    return b"%x\r\n%b\r\n" % (len(piece), piece) if piece else b""
