"""Every error as `{"detail", "code"}`, without internals."""

import logging
from collections.abc import Awaitable, Callable
from typing import Final

import asyncpg
from aiohttp import web

from backend.request_context import as_json
from contracts.model.database_errors import connection_lost
from contracts.model.errors import (
    GatewayError,
    InvalidRequest,
    InvalidValue,
    MethodNotAllowed,
    NotFound,
    TooLarge,
    Unavailable,
)

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]
DATABASE_AWAY: Final[tuple[type[Exception], ...]] = (
    OSError,
    *connection_lost(asyncpg),
    asyncpg.OperatorInterventionError,
    asyncpg.InsufficientResourcesError,
)
logger = logging.getLogger("chat.backend")


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
