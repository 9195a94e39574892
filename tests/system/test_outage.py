"""PostgreSQL goes away and comes back: known people keep chatting, nobody is guessed, nothing has to be restarted.

The upstream here needs no database, so that what is seen is the gateway's own part.
"""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import aiohttp
import pytest
from aiohttp import web

from demo.people import token
from demo.postgres import EmbeddedPostgres
from demo.stage import FRESH, configuration, load
from gateway.runtime import serve
from tests.system.conftest import SECRET

MESSAGE = {"id": 1, "sender_user_id": 2, "sender_name": "Beza B", "reactions": []}


@asynccontextmanager
async def _upstream() -> AsyncIterator[str]:
    async def messages(_: web.Request) -> web.Response:
        return web.json_response({"messages": [MESSAGE], "has_more": False, "total_count": 1})

    app = web.Application()
    app.router.add_get("/api/chat/conversations/{id}/messages", messages)
    runner = web.AppRunner(app, access_log=None)
    await runner.setup()
    try:
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        yield f"http://127.0.0.1:{runner.addresses[0][1]}"
    finally:
        await runner.cleanup()


async def _messages(
    session: aiohttp.ClientSession, gateway: str, user: int, query: str
) -> tuple[int, Any, Any]:
    headers = {"Authorization": f"Bearer {token(user, SECRET, {})}"}
    async with session.get(f"{gateway}/api/chat/messages/11?{query}", headers=headers) as answer:
        return answer.status, await answer.json(), answer.headers


@pytest.fixture
def server() -> Any:
    with EmbeddedPostgres() as server:
        yield server


async def test_an_outage_from_beginning_to_end(server: EmbeddedPostgres) -> None:
    abel, chala = (1, "profile_id=5&profile_type=student"), (3, "profile_id=6&profile_type=student")
    dsn = await asyncio.to_thread(load, server, "outage", FRESH)
    async with (
        _upstream() as backend,
        serve.running(configuration(dsn, backend, SECRET)) as gateway,
        aiohttp.ClientSession() as session,
    ):
        assert (await _messages(session, gateway.url, *abel))[0] == 200
        await asyncio.to_thread(server.stop_server)

        status, body, _ = await _messages(session, gateway.url, *abel)
        assert (status, body["messages"][0]["sender_profile_id"]) == (200, 5)
        status, body, headers = await _messages(session, gateway.url, *chala)
        assert (status, body["code"]) == (503, "unavailable")
        assert int(headers["Retry-After"]) > 0

        await asyncio.to_thread(server.start_server)
        async with asyncio.timeout(30):
            while (await _messages(session, gateway.url, *chala))[0] != 200:
                pass
