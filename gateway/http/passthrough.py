"""Everything that is not a chat operation: request and answer stream through aiohttp's client, as they are.

Bodies are never collected: uploads and downloads hold a few hundred kilobytes at most, server-sent events leave at
once, compressed bytes stay as they are. When the client leaves, the upstream request is cancelled with the handler.
"""

import asyncio
import ssl
from typing import Final

import aiohttp
from aiohttp import web
from multidict import CIMultiDict
from yarl import URL

from contracts.model.errors import GatewayError, UpstreamFailed
from contracts.model.http import Headers
from gateway.http.answer import Streamed
from gateway.http.body import check_length, send_continue
from gateway.http.head import Head
from gateway.http.relay import READ_BYTES, Manner, Relay
from gateway.http.strict_client import FaithfulRequest, StrictConnector, StrictResponse
from gateway.http.upload import Bounds, Upload, failed, timed_out
from gateway.upstream.address import Address
from gateway.upstream.breaker import Breaker
from gateway.upstream.pool import CONNECT_S, UpstreamStats

CONNECTIONS: Final = 256
_NOT_CONNECTED: Final = (aiohttp.ClientConnectorError, aiohttp.ConnectionTimeoutError)
_SKIPPED: Final = ("User-Agent", "Accept", "Accept-Encoding", "Content-Type")


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
        self._bounds = bounds
        self._breaker = breaker
        self._stats = stats
        self._relay = Relay(address, bounds, stats)
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
        manner: Manner,
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
        if upload is not None and (ended := upload.take_error()) is not None:
            return ended
        self._stats.count(kind)
        return (timed_out if kind == "timeout" else failed)(method, sent=sent)
