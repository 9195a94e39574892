"""For comparison: the proxy that aiohttp's documentation suggests. It translates nothing."""

from typing import Any

import aiohttp
from aiohttp import web


async def serve(upstream: str) -> str:
    """Listen; returns the address."""
    session = aiohttp.ClientSession(
        upstream, auto_decompress=False, connector=aiohttp.TCPConnector(limit=256)
    )

    async def forward(request: web.Request) -> web.Response:
        fields: dict[str, Any] = {k: v for k, v in request.headers.items() if k not in ("Host", "Connection")}
        body = await request.read()
        async with session.request(
            request.method, request.rel_url, headers=fields, data=body or None
        ) as answer:
            content = await answer.read()
            return web.Response(status=answer.status, body=content, content_type=answer.content_type)

    application = web.Application()
    application.router.add_route("*", "/{path:.*}", forward)
    runner = web.AppRunner(application, access_log=None)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0, backlog=1024).start()
    return f"http://127.0.0.1:{runner.addresses[0][1]}"
