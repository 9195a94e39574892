import pytest
from multidict import CIMultiDict

from gateway.http.cookie import socket_cookie, with_cookie


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


COOKIE = (("Set-Cookie", "chat_gateway=a"),)


@pytest.mark.parametrize(
    ("fields", "control"),
    [
        ([], ["private"]),
        ([("Cache-Control", "no-store")], ["no-store, private"]),
        ([("Cache-Control", "no-cache"), ("cache-control", "no-store")], ["no-cache, no-store, private"]),
        ([("Cache-Control", "Private, max-age=60")], ["Private, max-age=60"]),
        ([("Expires", "0"), ("Cache-Control", "private")], ["private"]),
    ],
)
def test_an_answer_with_the_cookie_is_private(fields: list[tuple[str, str]], control: list[str]) -> None:
    told = with_cookie(200, fields, COOKIE)
    assert told[-1] == COOKIE[0]
    assert [value for name, value in told if name.lower() == "cache-control"] == control


@pytest.mark.parametrize(
    ("status", "fields"),
    [
        (200, [("Cache-Control", "public")]),
        (200, [("Cache-Control", "max-age=60")]),
        (200, [("Cache-Control", "max-age=0, must-revalidate")]),
        (200, [("Cache-Control", "private, s-maxage=1")]),
        (200, [("Cache-Control", "private"), ("Cache-Control", "public")]),
        (200, [("Expires", "Fri, 27 Nov 2026 10:00:00 GMT")]),
        (200, [("CDN-Cache-Control", "max-age=60")]),
        (304, []),
    ],
)
def test_what_a_cache_may_keep_carries_no_cookie(status: int, fields: list[tuple[str, str]]) -> None:
    assert with_cookie(status, fields, COOKIE) == fields


def test_without_a_cookie_nothing_is_changed() -> None:
    assert with_cookie(200, (), ()) == ()
