"""The demo's page: the static files, the demo's people, and the wire. Never part of a production service.

`mount(app, people, bus)` adds `/demo/`, `GET /demo/people` (with tokens: whoever opens the demo may be anybody in
it) and `GET /demo/wire` (newline-delimited JSON, the caller's own exchanges only).
"""

import asyncio
import hmac
import re
from collections.abc import Mapping, Sequence
from ipaddress import ip_address
from typing import Any, Final

from aiohttp import web

from web.static_files import HEADERS, STATIC, add_files
from web.wire import Bus

PREFIX: Final = "/demo"
#: Seconds between signs of life on a stream, well below what proxies cut.
ALIVE_S: Final = 10.0

_HOST: Final = re.compile(r"([a-z0-9.-]+|\[[0-9a-f:.]+\])(?::[0-9]{1,5})?", re.ASCII)
Person = Mapping[str, Any]


def mount(app: web.Application, people: Sequence[Person], bus: Bus) -> None:
    """Add the page to the demo's application. ``people`` are as `demo --json` prints them: with `token`."""

    async def give_people(_: web.Request) -> web.Response:
        return web.json_response({"people": list(people)}, headers={**HEADERS, "Cache-Control": "no-store"})

    async def give_wire(request: web.Request) -> web.StreamResponse:
        user_id = owner(people, request.headers.get("Authorization"))
        if user_id is None:
            return web.json_response({"detail": "Not authenticated"}, status=401, headers=HEADERS)
        return await stream(request, bus, user_id)

    async def end_streams(_: web.Application) -> None:
        bus.close()

    app.middlewares.append(own_host_only)
    app.on_shutdown.append(end_streams)

    async def redirect(_: web.Request) -> web.Response:
        return web.Response(status=302, headers={"Location": f"{PREFIX}/"})

    app.router.add_get("/", redirect)
    app.router.add_get(PREFIX, redirect)
    app.router.add_get(f"{PREFIX}/people", give_people)
    app.router.add_get(f"{PREFIX}/wire", give_wire)
    add_files(app, PREFIX, STATIC, hidden=frozenset({"dashboard"}))


@web.middleware
async def own_host_only(request: web.Request, handler: Any) -> web.StreamResponse:
    """Answer the demo's routes under this machine's own names only.

    A page elsewhere can let its own name point to this machine (DNS rebinding) and then read what we answer to it:
    the people's tokens. The browser says in `Host` under which name it came.
    """
    if not request.path.startswith(PREFIX) or all(map(_is_own, _hosts(request))):
        answer: web.StreamResponse = await handler(request)
        return answer
    return web.json_response({"detail": "The demo answers to this machine's own names only"}, status=403)


def _hosts(request: web.Request) -> list[str]:
    """The names under which the browser came: here, and at the gateway, which writes X-Forwarded-Host anew."""
    headers = request.headers
    return [headers.get("Host") or "", *headers.getall("X-Forwarded-Host", [])]


def _is_own(host: str) -> bool:
    found = _HOST.fullmatch(host.lower())
    if found is None:
        return False
    name = found[1].strip("[]")
    try:
        return ip_address(name).is_loopback
    except ValueError:
        return name == "localhost" or name.endswith(".localhost")


def owner(people: Sequence[Person], authorization: str | None) -> int | None:
    """Whose token this is, compared in constant time; None when nobody's."""
    scheme, _, token = (authorization or "").partition(" ")
    if scheme.lower() != "bearer" or not token:
        return None
    found = None
    for person in people:
        if hmac.compare_digest(str(person["token"]).encode(), token.encode()):
            found = int(person["user_id"])
    return found


async def stream(request: web.Request, bus: Bus, user_id: int) -> web.StreamResponse:
    """One person's exchanges, a line each, until the reader leaves."""
    response = web.StreamResponse(headers={**HEADERS, "Cache-Control": "no-store"})
    response.content_type = "application/x-ndjson"
    with bus.reading(user_id) as queue:
        await response.prepare(request)
        await response.write(b"\n")
        while True:
            try:
                async with asyncio.timeout(ALIVE_S):
                    line = await queue.get()
            except TimeoutError:
                line = b""
            if line is None:
                return response
            try:
                await response.write(line + b"\n")
            except ConnectionError:
                return response
