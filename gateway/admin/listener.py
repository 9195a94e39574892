"""The second listener, for operators: is the process alive, is it ready, what has it counted.

Beyond loopback every request needs the token. On loopback without a token the `Host` must be a loopback name:
otherwise any web page could read this through a name that it lets point to 127.0.0.1 (DNS rebinding).
"""

from collections.abc import Awaitable, Callable, Iterable, Mapping
from hmac import compare_digest
from typing import Final

from aiohttp import web
from aiohttp.typedefs import Handler, Middleware
from prometheus_client import CONTENT_TYPE_LATEST

from contracts.model.errors import Forbidden, GatewayError, MethodNotAllowed, NotFound, Unauthenticated
from gateway.fields.request_id import request_id
from gateway.http.problem import problem_body
from gateway.telemetry.metrics import Metrics

#: Why something is not ready, or None when it is.
Check = Callable[[], Awaitable[str | None]]

_LOOPBACK: Final = frozenset({"localhost", "127.0.0.1", "[::1]"})
_SAFE: Final = {"X-Content-Type-Options": "nosniff", "Cache-Control": "no-store"}


def admin_application(
    metrics: Metrics,
    checks: Mapping[str, Check],
    token: str | None,
    routes: Iterable[web.RouteDef] = (),
) -> web.Application:
    """The admin application. ``checks`` by name decide `/readyz`; ``routes`` are further pages, equally guarded."""

    async def ready(_: web.Request) -> web.Response:
        reasons = {name: await check() for name, check in checks.items()}
        missing = {name: reason for name, reason in reasons.items() if reason is not None}
        status = "not ready" if missing else "ready"
        return web.json_response({"status": status, "reasons": missing}, status=503 if missing else 200)

    async def numbers(_: web.Request) -> web.Response:
        return web.Response(body=metrics.text(), headers={"Content-Type": CONTENT_TYPE_LATEST})

    application = web.Application(middlewares=[_guard(token)])
    application.add_routes(
        [
            web.get("/", _home),
            web.get("/healthz", _alive),
            web.get("/readyz", ready),
            web.get("/metrics", numbers),
            *routes,
        ]
    )
    return application


async def _alive(_: web.Request) -> web.Response:
    return web.json_response({"status": "ok"})


async def _home(_: web.Request) -> web.Response:
    return web.Response(status=302, headers={"Location": "/dashboard/"})


def _guard(token: str | None) -> Middleware:
    expected = f"Bearer {token}".encode() if token else None

    @web.middleware
    async def guarded(request: web.Request, handler: Handler) -> web.StreamResponse:
        try:
            _admit(request, expected)
            response = await handler(request)
        except web.HTTPMethodNotAllowed as error:
            return _refused(MethodNotAllowed(headers={"Allow": error.headers["Allow"]}))
        except web.HTTPNotFound:
            return _refused(NotFound())
        except GatewayError as error:
            return _refused(error)
        response.headers.update(_SAFE)
        return response

    return guarded


def _admit(request: web.Request, expected: bytes | None) -> None:
    if expected is None:
        name = request.headers.get("Host", "")
        if name.rpartition(":")[0].lower() not in _LOOPBACK and name.lower() not in _LOOPBACK:
            raise Forbidden("Ask by a loopback name")
        return
    given = request.headers.get("Authorization", "").encode("utf-8", "surrogateescape")
    if not compare_digest(given, expected):
        raise Unauthenticated()


def _refused(error: GatewayError) -> web.Response:
    return web.Response(
        status=error.status,
        body=problem_body(error, request_id(None)),
        content_type="application/json",
        headers={**error.headers, **_SAFE},
    )
