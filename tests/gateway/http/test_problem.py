import json

import pytest

from contracts.model.errors import GatewayError, InvalidValue, Unauthenticated, Unavailable
from gateway.http.problem import early_answer, problem, problem_body


@pytest.mark.parametrize(
    ("error", "detail", "code"),
    [
        (GatewayError(), "Internal server error", "internal"),
        (Unauthenticated(), "Could not validate credentials", "unauthenticated"),
        (InvalidValue("must be 1", place="$.body.x"), "$.body.x: must be 1", "invalid_value"),
    ],
)
def test_an_error_is_three_texts(error: GatewayError, detail: str, code: str) -> None:
    assert json.loads(problem_body(error, "id-1")) == {"detail": detail, "code": code, "request_id": "id-1"}


def test_its_own_fields_go_with_it() -> None:
    written = problem("GET", Unavailable(), "id-1", keep_alive=True, extra=[("X-More", "1")]).bytes
    assert written.startswith(b"HTTP/1.1 503 Service Unavailable\r\nContent-Type: application/json\r\n")
    for field in (b"Retry-After: 2", b"X-Request-Id: id-1", b"X-More: 1"):
        assert b"\r\n" + field + b"\r\n" in written


def test_an_early_answer_ends_the_connection() -> None:
    assert b"\r\nConnection: close\r\n" in early_answer(Unavailable())
