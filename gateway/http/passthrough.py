"""Everything that is not a chat operation: request and answer stream through aiohttp's client, as they are.

Bodies are never collected: uploads and downloads hold a few hundred kilobytes at most, server-sent events leave at
once, compressed bytes stay as they are. When the client leaves, the upstream request is cancelled with the handler.
"""

import asyncio
import ssl
from collections.abc import Callable
from typing import Final, NamedTuple

import aiohttp
from aiohttp import web
from multidict import CIMultiDict
from yarl import URL

from contracts.model.errors import GatewayError, UpstreamFailed
from contracts.model.http import Headers
from gateway.fields.headers import BadField, for_client
from gateway.http.answer import Streamed, drain, has_no_body, head, write
from gateway.http.body import check_length, send_continue
from gateway.http.cookie import with_cookie
from gateway.http.head import Head
from gateway.http.strict_client import FaithfulRequest, StrictConnector, StrictResponse
from gateway.http.upload import Bounds, Upload, failed, timed_out
from gateway.upstream.address import Address
from gateway.upstream.breaker import Breaker
from gateway.upstream.pool import CONNECT_S, UpstreamStats

#: Of an answer that nobody takes, twice this and one more read wait here, one piece on its way, and what the client's
#: transport holds: together less than 256 KiB.
READ_BYTES: Final = 16 * 1024
PIECE_BYTES: Final = 32 * 1024
CONNECTIONS: Final = 256
_NOT_CONNECTED: Final = (aiohttp.ClientConnectorError, aiohttp.ConnectionTimeoutError)
_LAST_CHUNK: Final = b"0\r\n\r\n"
_SKIPPED: Final = ("User-Agent", "Accept", "Accept-Encoding", "Content-Type")


class Manner(NamedTuple):
    """How an answer is given: fields that we say, fields of the upstream that we drop, whether to keep the client.

    ``cookie`` is added where no cache may keep the answer.
    """

    extra: Headers
    dropped: Callable[[str], bool]
    keep_alive: bool
    cookie: Headers = ()


class Passthrough:
    """Forwards to one address. `start` and `close` frame its life."""

    def __init__(
        self,
        address: Address,
        bounds: Bounds,
        breaker: Breaker,
        stats: UpstreamStats,
        *,
        tls: ssl.SSLContext | None = None,
    ) -> None:
        self._address = address
        self._bounds = bounds
        self._breaker = breaker
        self._stats = stats
        self._prefix = address.origin + address.prefix
        self._session = aiohttp.ClientSession(
            connector=StrictConnector(CONNECTIONS, tls),
            request_class=FaithfulRequest,
            auto_decompress=False,
            response_class=StrictResponse,
            cookie_jar=aiohttp.DummyCookieJar(),
            read_bufsize=READ_BYTES,
            skip_auto_headers=_SKIPPED,
            timeout=aiohttp.ClientTimeout(total=None, connect=None, sock_connect=CONNECT_S),
        )

    async def close(self) -> None:
        """Close all connections."""
        await self._session.close()

    async def forward(
        self,
        request: web.BaseRequest,
        asked: Head,
        target: str,
        fields: Headers,
        manner: "Manner",
    ) -> Streamed:
        """Send the request on and stream the answer back; ``fields`` go to the upstream.

        Raises `GatewayError` as long as nothing has been written to the client.
        """
        check_length(asked.length, self._bounds.body_bytes)
        await send_continue(request, asked.expect)
        response = await self._ask(request, asked, target, fields)
        try:
            return await self._relay(request, asked, response, manner)
        finally:
            response.close() if not response.content.at_eof() else response.release()

    async def _ask(
        self, request: web.BaseRequest, asked: Head, target: str, fields: Headers
    ) -> aiohttp.ClientResponse:
        """Send the request; the answer's head. A failure says whether a change may have been made all the same."""
        if self._breaker.refuses():
            raise UpstreamFailed()
        headers = CIMultiDict(fields)
        if asked.length is not None:
            headers["Content-Length"] = asked.length
        upload: Upload | None = None
        try:
            async with asyncio.timeout(self._bounds.timeout_s) as limit:
                if asked.framed and asked.length != "0":
                    upload = Upload(request, self._bounds, limit)
                response = await self._session.request(
                    asked.method,
                    URL(self._prefix + target, encoded=True),
                    headers=headers,
                    data=upload,
                    allow_redirects=False,
                )
        except (TimeoutError, aiohttp.ClientError, OSError) as error:
            raise self._failure(error, asked.method, upload) from error
        if upload is not None:
            upload.was_answered()
        self._breaker.succeeded()
        return response

    def _failure(self, error: Exception, method: str, upload: Upload | None) -> GatewayError:
        """What the client reads; without a body, a request that found no free connection counts as sent."""
        sent = not isinstance(error, _NOT_CONNECTED) and (upload is None or upload.begun)
        if isinstance(error, aiohttp.ClientConnectorError):
            self._breaker.failed()
            kind = "connect"
        else:
            kind = "timeout" if isinstance(error, TimeoutError) else "protocol"
        if upload is not None and upload.error is not None:
            return upload.error
        self._stats.count(kind)
        return (timed_out if kind == "timeout" else failed)(method, sent=sent)

    async def _relay(
        self, request: web.BaseRequest, asked: Head, response: aiohttp.ClientResponse, manner: "Manner"
    ) -> Streamed:
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
            size = await self._piece_by_piece(request, response, chunked=chunked)
        return Streamed(status, keep_alive=keep_alive, body_length=size)

    async def _at_once(
        self, request: web.BaseRequest, response: aiohttp.ClientResponse, start: bytes, *, chunked: bool
    ) -> int:
        """A small answer that has arrived with its head leaves with it, too."""
        body = response.content.read_nowait()
        await write(request, start + (_chunk(body) + _LAST_CHUNK if chunked else body))
        await drain(request.protocol, self._bounds.idle_s)
        return len(body)

    async def _piece_by_piece(
        self, request: web.BaseRequest, response: aiohttp.ClientResponse, *, chunked: bool
    ) -> int:
        """The body; the client's connection is cut when the upstream breaks off, so that nobody is fooled."""
        content, size = response.content, 0
        if request.transport is not None:
            request.transport.set_write_buffer_limits(high=PIECE_BYTES)
        endless = response.headers.get("Content-Type", "").startswith("text/event-stream")
        patience = None if endless else self._bounds.timeout_s
        try:
            while not content.at_eof():
                async with asyncio.timeout(patience):
                    piece = await content.read(PIECE_BYTES)
                size += len(piece)
                await write(request, _chunk(piece) if chunked else piece)
                await drain(request.protocol, self._bounds.idle_s)
        except (aiohttp.ClientError, TimeoutError) as error:
            self._stats.count("truncated")
            if request.transport is not None:
                request.transport.abort()
            raise ConnectionResetError("the upstream broke off") from error
        if chunked:
            await write(request, _LAST_CHUNK)
        return size

    def _answer_fields(self, response: aiohttp.ClientResponse, manner: "Manner") -> Headers:
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
