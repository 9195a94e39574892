"""The application: every route behind one shell, and every error as `{"detail", "code"}`."""

import logging
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable
from datetime import UTC, datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Final

import asyncpg
from aiohttp import web

from backend.database import Connection, open_pool
from backend.http.auth import SHORTEST_SECRET, caller_of, check_claim, check_person
from backend.http.request_context import SERVICES, Mail, RequestContext, Route, Services, as_json
from backend.resources import (
    blocks,
    call_logs,
    calls,
    connection_requests,
    connections,
    contacts,
    conversations,
    data,
    groups,
    media,
    messages,
    participants,
    people,
    pins,
    polls,
    presence,
    reactions,
    read_status,
    search,
    sessions,
    settings,
    two_step,
    typing,
)
from backend.resources import own as mine
from backend.services.addresses import Addresses
from backend.services.attempts import Attempts
from backend.services.storage import Directory
from backend.services.texts import Texts
from backend.sockets import server as sockets
from backend.sockets.server import SOCKETS, Sockets
from contracts.model.errors import (
    GatewayError,
    InvalidRequest,
    InvalidValue,
    MethodNotAllowed,
    NotFound,
    TooLarge,
    Unavailable,
)

VERSION: Final = "2.1"
TEMPORARY: web.AppKey[Any] = web.AppKey("temporary", object)
LARGEST_BODY: Final = 10 * 2**20
RESOURCES: Final = (
    contacts,
    connection_requests,
    conversations,
    messages,
    reactions,
    pins,
    blocks,
    settings,
    typing,
    presence,
    people,
    groups,
    participants,
    mine,
    read_status,
    calls,
    call_logs,
    sessions,
    data,
    polls,
    search,
    two_step,
    connections,
)
DATABASE_AWAY: Final = (
    OSError,
    asyncpg.PostgresConnectionError,
    asyncpg.InterfaceError,
    asyncpg.InternalClientError,  # what it says when the server goes while nobody asks
    asyncpg.OperatorInterventionError,
    asyncpg.InsufficientResourcesError,
)
Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]
logger = logging.getLogger("chat.backend")


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
    app[TEMPORARY] = TemporaryDirectory(prefix="chat-media-") if media_directory is None else None
    directory = media_directory or Path(app[TEMPORARY].name)
    app[SERVICES] = Services(
        open_pool(dsn),
        secret,
        Texts(encryption_keys),
        Directory(directory),
        Addresses(secret, public_url),
        Attempts(clock),
        clock,
        mail,
    )
    app.cleanup_ctx.append(_resources)
    app.router.add_get("/health", health)
    app.router.add_get("/api/health", health)
    app[SOCKETS] = Sockets(app[SERVICES])
    app.on_shutdown.append(_close_sockets)
    for method, path, handler in (*media.HANDLERS, *sockets.HANDLERS):
        app.router.add_route(method, path, handler)
    for resource in RESOURCES:
        add_routes(app, resource.ROUTES)
    return app


def add_routes(app: web.Application, routes: Iterable[Route]) -> None:
    """Put the operations of one resource behind the shell."""
    for route in routes:
        app.router.add_route(route.method, route.path, shell(route))


def shell(route: Route) -> Handler:
    """The way of every operation: who calls, then the body, then a connection, then the answer."""

    async def handle(request: web.Request) -> web.StreamResponse:
        services = request.app[SERVICES]
        caller = caller_of(request.headers.get("Authorization"), services.secret)
        check_claim(caller, request.query.getall("user_id", []))
        raw = await request.read()  # before the connection is taken: clients may be slow
        async with services.pool.acquire() as connection:
            await check_person(connection, caller)
            answer = await run(route, RequestContext(request, caller, connection, services, raw))
        return answer if isinstance(answer, web.StreamResponse) else as_json(answer)

    return handle


async def run(route: Route, call: RequestContext) -> object:
    """Do the operation. What writes is one transaction, which also knows in which role the person came."""
    if route.method == "GET":
        return await route.operation(call)
    async with call.connection.transaction():
        await tell_role(call.connection, call.request.headers.get("X-Chat-Profile"))
        return await route.operation(call)


async def tell_role(connection: Connection, role: str | None) -> None:
    """The gateway's word on the caller's role (`tutor:5`), for triggers that keep the old profile columns filled."""
    if role is not None and len(role) <= 40:
        await connection.execute("SELECT set_config('chat.profile', $1, true)", role)


def as_error(error: GatewayError) -> web.Response:
    """The answer that both clients know how to show."""
    answer = as_json({"detail": error.message, "code": error.code}, error.status)
    answer.headers.update(error.headers)
    return answer


@web.middleware
async def errors_as_answers(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Turns whatever went wrong into an answer without internals; what is our fault is logged."""
    try:
        return await handler(request)
    except GatewayError as error:
        return as_error(error)
    except web.HTTPException as error:
        return as_error(_translated(error))
    except (asyncpg.DataError, asyncpg.CheckViolationError, OverflowError):
        # An OverflowError is a time outside of the calendar.
        return as_error(InvalidValue("A value does not fit"))
    except asyncpg.ForeignKeyViolationError:
        return as_error(NotFound())
    except DATABASE_AWAY:
        logger.exception("database away: %s %s", request.method, request.path)
        return as_error(Unavailable())
    except Exception:
        logger.exception("failed: %s %s", request.method, request.path)
        return as_error(GatewayError())


def _translated(error: web.HTTPException) -> GatewayError:
    known: dict[int, type[GatewayError]] = {404: NotFound, 405: MethodNotAllowed, 413: TooLarge}
    return known.get(error.status, InvalidRequest)()


async def health(_: web.Request) -> web.Response:
    """Alive; says nothing about the database."""
    return as_json({"status": "healthy", "version": VERSION, "timestamp": datetime.now(UTC)})


async def _resources(app: web.Application) -> AsyncIterator[None]:
    async with app[SERVICES].pool:
        yield
    if app[TEMPORARY] is not None:
        app[TEMPORARY].cleanup()


async def _close_sockets(app: web.Application) -> None:
    await app[SOCKETS].close()
