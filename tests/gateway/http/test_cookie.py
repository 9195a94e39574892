import pytest
from multidict import CIMultiDict

from gateway.http.cookie import socket_cookie


def test_an_authenticated_answer_sets_the_cookie_for_sockets() -> None:
    ((name, value),) = socket_cookie(CIMultiDict({"Authorization": "Bearer a.b.c"}))
    assert name == "Set-Cookie"
    assert value == "chat_gateway=a.b.c; Path=/; HttpOnly; SameSite=Strict"


def test_it_is_secure_where_the_client_came_by_https() -> None:
    ((_, value),) = socket_cookie(CIMultiDict({"Authorization": "Bearer a", "X-Forwarded-Proto": "https"}))
    assert value.endswith("; Secure")


@pytest.mark.parametrize(
    ("authorization", "cookie", "sets"),
    [
        (None, "", False),
        ("Bearer a", "x=y; chat_gateway=a", False),
        ("Bearer a", "chat_gateway=b", True),
        ("Bearer a", "chat_gateway_x=a", True),
        ("Bearer a", "chat_gateway=\x00;;;=", True),
    ],
)
def test_it_is_set_only_where_it_is_not_held(authorization: str | None, cookie: str, sets: bool) -> None:
    headers = CIMultiDict({"Cookie": cookie})
    if authorization:
        headers["Authorization"] = authorization
    assert bool(socket_cookie(headers)) is sets
