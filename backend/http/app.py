"""The application: what lives as long as it, and every route put into it."""

import time
from collections.abc import AsyncIterator, Callable
from datetime import UTC, datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Final

from aiohttp import web

from backend.auth import SHORTEST_SECRET
from backend.database import open_pool
from backend.http.errors import errors_as_answers
from backend.http.routes import add_resources
from backend.request_context import SERVICES, Mail, Services, as_json
from backend.resources import media
from backend.services.addresses import Addresses
from backend.services.attempts import Attempts
from backend.services.storage import Directory
from backend.services.texts import Texts
from backend.sockets import server as sockets
from backend.sockets.server import SOCKETS, Sockets

VERSION: Final = "2.1"
TEMPORARY: web.AppKey[Any] = web.AppKey("temporary", object)
LARGEST_BODY: Final = 10 * 2**20


def create_app(
    dsn: str,
    secret: str,
    *,
    encryption_keys: str = "",
    media_directory: Path | None = None,
    public_url: str = "",
    mail: Mail | None = None,
    clock: Callable[[], float] = time.monotonic,
) -> web.Application:
    """The chat service over the database at ``dsn``.

    ``secret`` signs the bearers (HS256, at least 32 bytes, else ValueError). ``encryption_keys`` are the
    comma-separated Fernet keys of old texts. Uploads go to ``media_directory`` (default: one that ends with the
    application), and their addresses start with ``public_url``. ``mail`` sends codes; without it that operation says
    501. ``clock`` (seconds) is for state that expires.
    """
    if len(secret.encode()) < SHORTEST_SECRET:
        raise ValueError(f"the secret must have at least {SHORTEST_SECRET} bytes")
    app = web.Application(middlewares=[errors_as_answers], client_max_size=LARGEST_BODY)
    texts, addresses = Texts(encryption_keys), Addresses(secret, public_url)
    storage, attempts = _storage(app, media_directory), Attempts(clock)
    app[SERVICES] = Services(open_pool(dsn), secret, texts, storage, addresses, attempts, clock, mail)
    app[SOCKETS] = Sockets(app[SERVICES])
    app.cleanup_ctx.append(_resources)
    app.on_shutdown.append(_close_sockets)
    _add_routes(app)
    return app


def _storage(app: web.Application, directory: Path | None) -> Directory:
    app[TEMPORARY] = TemporaryDirectory(prefix="chat-media-") if directory is None else None
    return Directory(directory or Path(app[TEMPORARY].name))


def _add_routes(app: web.Application) -> None:
    for method, path, handler in (*HEALTH, *media.HANDLERS, *sockets.HANDLERS):
        app.router.add_route(method, path, handler)
    add_resources(app)


async def health(_: web.Request) -> web.Response:
    """Alive; says nothing about the database."""
    return as_json({"status": "healthy", "version": VERSION, "timestamp": datetime.now(UTC)})


HEALTH: Final = (("GET", "/health", health), ("GET", "/api/health", health))


async def _resources(app: web.Application) -> AsyncIterator[None]:
    async with app[SERVICES].pool:
        yield
    if app[TEMPORARY] is not None:
        app[TEMPORARY].cleanup()


async def _close_sockets(app: web.Application) -> None:
    await app[SOCKETS].close()
