"""The proxy that aiohttp's documentation suggests: an Application, a ClientSession, nothing translated."""

import asyncio
import sys
from typing import Any

import aiohttp
from aiohttp import web

from tests.bench.processes import run_loop

_LARGEST = 100 * 1024 * 1024


async def serve(upstream: str) -> None:
    """Listen, say where on standard output, live until killed."""
    connector = aiohttp.TCPConnector(limit=256)
    session = aiohttp.ClientSession(upstream, auto_decompress=False, connector=connector)

    async def forward(request: web.Request) -> web.StreamResponse:
        fields: dict[str, Any] = {k: v for k, v in request.headers.items() if k not in ("Host", "Connection")}
        body = request.content if request.body_exists else None
        async with session.request(request.method, request.rel_url, headers=fields, data=body) as answer:
            if (answer.content_length or 0) > 100_000:
                return await _streamed(request, answer)
            return web.Response(
                status=answer.status, body=await answer.read(), content_type=answer.content_type
            )

    application = web.Application(client_max_size=_LARGEST)
    application.router.add_route("*", "/{path:.*}", forward)
    runner = web.AppRunner(application, access_log=None)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0, backlog=1024).start()
    sys.stdout.write(f"{runner.addresses[0][1]}\n")
    sys.stdout.flush()
    await asyncio.Event().wait()


async def _streamed(request: web.Request, answer: aiohttp.ClientResponse) -> web.StreamResponse:
    response = web.StreamResponse(status=answer.status)
    response.content_type = answer.content_type
    response.content_length = answer.content_length
    await response.prepare(request)
    async for piece in answer.content.iter_any():
        await response.write(piece)
    return response


if __name__ == "__main__":
    run_loop(serve(*sys.argv[1:]))
