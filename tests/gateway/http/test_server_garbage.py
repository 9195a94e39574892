"""A request that is refused leaves nothing behind for the collector: its body would wait there, up to a megabyte each.

An error knows the frames that it came through, and these know the request. Whatever keeps the error in one of them, or
in what they know, keeps all of it until the collector looks, which is seldom (`gateway.runtime.serve`).
"""

import asyncio
import gc
import json
from types import FrameType
from typing import Any

import pytest

from contracts.model.http import Request, Response
from gateway.http.request_context import RequestContext
from tests.support.fakes import FakeUpstream, exchanges
from tests.support.gateway import gateway, message, raw_upstream, read_answer

ABEL = "profile_id=5&profile_type=student"
SENT = {"conversation_id": 11, "content": "x" * 10_000}
REQUESTS: list[tuple[str, str, str, Any]] = [
    ("POST", "/api/chat/messages", ABEL, SENT),
    ("POST", "/api/chat/messages", ABEL, {**SENT, "conversation_id": "9" * 100}),
    ("POST", "/api/chat/conversations/11/messages", "user_id=1", {"content": "x"}),
    ("GET", "/api/chat/conversations/11/messages", "user_id=1", None),
    ("GET", "/api/chat/conversations", ABEL, None),
]


@pytest.mark.parametrize("shape", ["2.1", "2.2"])
@pytest.mark.parametrize(
    ("answer", "status"), [({"detail": "x"}, 404), ({"detail": "x"}, 500), (b"nonsense", 200)], ids=str
)
@pytest.mark.parametrize(("method", "path", "query", "body"), REQUESTS)
async def test_nothing_waits_for_the_collector(
    method: str, path: str, query: str, body: Any, answer: Any, status: int, shape: Any
) -> None:
    core = exchanges(FakeUpstream([answer], status=status), shape=shape)

    async def respond(request: Request) -> Response:
        return await core.answer(core.plan(request.method, path, query, request.headers), request)

    text = message(
        f"{method} /api/chat/x HTTP/1.1\nAuthorization: Bearer 1\nX-Chat-API: {'2.1' if 'user' in query else 'legacy'}",
        b"" if body is None else json.dumps(body).encode(),
    )
    async with asyncio.timeout(60), raw_upstream() as upstream, gateway(upstream.url) as running:
        running.exchanges.respond = respond
        async with running.client() as (reader, writer):
            for again in (False, True):
                gc.collect()
                gc.disable()
                try:
                    writer.write(text)
                    assert (await read_answer(reader)).status >= 400
                    if again:
                        gc.set_debug(gc.DEBUG_SAVEALL)
                        gc.collect()
                        assert not {type(one) for one in gc.garbage} & {Request, RequestContext, FrameType}
                finally:
                    gc.set_debug(0)
                    gc.garbage.clear()
                    gc.enable()
