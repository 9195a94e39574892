"""The application: every route of the old service behind one shell, on this machine only."""

import logging
import re
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from ipaddress import ip_address
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final

import asyncpg
from aiohttp import web

from backend.database import Pool, open_pool
from backend.http.errors import errors_as_answers
from backend.http.routes import add_routes
from backend.legacy import (
    calls,
    contacts,
    conversations,
    data,
    groups,
    marks,
    messages,
    own,
    polls,
    presence,
    settings,
)
from backend.legacy.call import Call, LegacyRoute, OldServices, Refused
from backend.request_context import SERVICES, as_json
from backend.resources import connections, media, people
from backend.services.addresses import Addresses
from backend.services.attempts import Attempts
from backend.services.storage import Directory
from backend.services.texts import Texts

RESOURCES: Final = (
    contacts,
    conversations,
    groups,
    messages,
    marks,
    own,
    presence,
    settings,
    calls,
    polls,
    data,
)
#: Accounts and connections have always read tokens, and are the same code in both services; so are files.
SAME_IN_BOTH: Final = (people, connections)
LARGEST_BODY: Final = 10 * 2**20
_HOST: Final = re.compile(r"(\[[0-9a-f:.]+\]|[a-z0-9.-]+)(?::[0-9]{1,5})?", re.ASCII)
_log: Final = logging.getLogger("chat.legacy")
OLD: web.AppKey[OldServices] = web.AppKey("old", OldServices)


def create_app(
    dsn: str,
    secret: str,
    *,
    encryption_keys: str = "",
    media_directory: Path | None = None,
    clock: Callable[[], float] = time.monotonic,
) -> web.Application:
    """The role-based service over a database of the legacy schema, or one that is migrated but not contracted.

    ``secret`` reads the tokens of the few routes that ask for one. ``encryption_keys`` are comma-separated Fernet
    keys; the first one encrypts new texts. Uploads go to ``media_directory``, which both services may share. ``clock``
    gives seconds, for who is typing.
    """
    app = web.Application(middlewares=[own_host_only], client_max_size=LARGEST_BODY)
    texts, addresses, attempts = Texts(encryption_keys), Addresses(secret), Attempts(clock)
    temporary = TemporaryDirectory(prefix="chat-media-") if media_directory is None else None
    storage = Directory(media_directory or Path(temporary.name if temporary else ""))
    # The tables change while it runs, and a kept statement would expect the columns of before.
    opened = open_pool(dsn, statement_cache_size=0)
    app[OLD] = OldServices(opened, secret, texts, storage, addresses, attempts, clock)
    app[SERVICES] = app[OLD]
    _add_routes(app)
    app.cleanup_ctx.append(_resources(opened, temporary))
    return app


def _resources(
    opened: Pool, temporary: TemporaryDirectory[str] | None
) -> Callable[[web.Application], AsyncIterator[None]]:
    async def live(_: web.Application) -> AsyncIterator[None]:
        async with opened:
            yield
        if temporary is not None:
            temporary.cleanup()

    return live


def _add_routes(app: web.Application) -> None:
    for resource in SAME_IN_BOTH:
        add_routes(app, resource.ROUTES)
    for method, path, handler in media.HANDLERS:
        app.router.add_route(method, path, handler)
    for old in RESOURCES:
        for route in old.ROUTES:
            app.router.add_route(route.method, route.path, shell(route))
    app.router.add_get("/health", health)


@web.middleware
async def own_host_only(
    request: web.Request, handler: Callable[[web.Request], Awaitable[web.StreamResponse]]
) -> web.StreamResponse:
    """Answer under this machine's own names only: nothing else here asks who calls (DNS rebinding)."""
    found = _HOST.fullmatch(request.headers.get("Host", "").lower())
    if found is None or not _is_own(found[1].strip("[]")):
        return as_json({"detail": "This service answers to this machine's own names only"}, 403)
    return await errors_as_answers(request, handler)


def _is_own(name: str) -> bool:
    try:
        return ip_address(name).is_loopback
    except ValueError:
        return name == "localhost" or name.endswith(".localhost")


def shell(route: LegacyRoute) -> Callable[[web.Request], Awaitable[web.StreamResponse]]:
    """The way of every operation: the body, a connection, the answer. What writes is one transaction."""

    async def handle(request: web.Request) -> web.StreamResponse:
        services = request.app[OLD]
        raw = await request.read()
        try:
            async with services.pool.acquire() as connection, connection.transaction():
                return as_json(await route.handler(Call(request, connection, services, raw)))
        except Refused as refused:
            if route.swallows and refused.status in (403, 404):
                return as_json({"detail": ""}, 500)
            return as_json({"detail": refused.detail}, refused.status)
        except (asyncpg.PostgresError, OSError) as error:
            _log.warning("%s %s: %s", request.method, request.path, type(error).__name__)
            return as_json({"detail": ""}, 500) if route.swallows else _failed()

    return handle


def _failed() -> web.Response:
    return web.Response(status=500, text="Internal Server Error")


async def health(_: web.Request) -> web.Response:
    """Alive."""
    return as_json({"status": "healthy", "version": "legacy"})
