"""The routes of every resource behind one shell: who calls, then the body, then a connection, then the answer."""

from collections.abc import Iterable
from typing import Final

from aiohttp import web

from backend.auth import caller_of, check_claim, check_person
from backend.database import Connection
from backend.http.errors import Handler
from backend.request_context import SERVICES, RequestContext, Route, as_json
from backend.resources import (
    blocks,
    calls,
    connection_requests,
    connections,
    contacts,
    conversations,
    data,
    groups,
    messages,
    own,
    people,
    polls,
    presence,
    search,
    sessions,
    settings,
    two_step,
    typing,
)

RESOURCES: Final = (
    contacts,
    connection_requests,
    conversations,
    messages,
    blocks,
    settings,
    typing,
    presence,
    people,
    groups,
    own,
    calls,
    sessions,
    data,
    polls,
    search,
    two_step,
    connections,
)


def add_resources(app: web.Application) -> None:
    """Add the operations of every resource."""
    for resource in RESOURCES:
        add_routes(app, resource.ROUTES)


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
        await set_role(call.connection, call.request.headers.get("X-Chat-Profile"))
        return await route.operation(call)


async def set_role(connection: Connection, role: str | None) -> None:
    """The gateway's word on the caller's role (`tutor:5`), for triggers that keep the old profile columns filled."""
    if role is not None and len(role) <= 40:
        await connection.execute("SELECT set_config('chat.profile', $1, true)", role)
