"""Errors as clients read them: ``{"detail", "code", "request_id"}`` as both backends write them."""

import msgspec

from contracts.model.errors import GatewayError
from contracts.model.http import JSON, Headers
from gateway.fields.request_id import request_id
from gateway.http.answer import Answer

_IDLE_S = 10.0


def problem_body(error: GatewayError, name: str) -> bytes:
    """The JSON text; ``name`` is the request's id."""
    return msgspec.json.encode({"detail": error.message, "code": error.code, "request_id": name})


def problem(
    method: str,
    error: GatewayError,
    name: str,
    *,
    keep_alive: bool,
    extra: Headers = (),
    idle_s: float = _IDLE_S,
) -> Answer:
    """The answer for an error, with the error's own header fields and ``extra`` ones."""
    fields = [*JSON, *error.headers.items(), ("X-Request-Id", name), *extra]
    body = problem_body(error, name)
    return Answer(method, error.status, fields, body, keep_alive=keep_alive, idle_s=idle_s)


def early_answer(error: GatewayError, extra: Headers = ()) -> bytes:
    """The whole answer as bytes, for a connection on which no request came about."""
    answer = problem("", error, request_id(None), keep_alive=False, extra=extra)
    return answer.bytes
