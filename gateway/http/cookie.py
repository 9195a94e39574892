"""The cookie by which a page's WebSocket is let in: browsers send no ``Authorization`` with an upgrade.

HttpOnly and SameSite=Strict: no script reads it, no other site's page makes a browser send it. It holds the very token
that the answer was authenticated with, and is set only where the client does not hold it already.
"""

from collections.abc import Mapping
from typing import Final

from contracts.model.http import Headers
from gateway.auth.tokens import COOKIE, bearer

#: What permits a cache to keep an answer without a word in `Cache-Control`.
_KEEPING: Final = frozenset({"expires", "surrogate-control", "cdn-cache-control"})
_NOT_KEPT: Final = frozenset({"no-store", "private"})
_SHARED: Final = frozenset({"public", "s-maxage"})


def socket_cookie(headers: Mapping[str, str]) -> Headers:
    """The ``Set-Cookie`` field for an answer to a request with these headers; empty where none is needed."""
    authorization = headers.get("Authorization")
    if not authorization:
        return ()
    token = bearer(authorization)
    if _held(headers.get("Cookie", "")) == token:
        return ()
    secure = "; Secure" if headers.get("X-Forwarded-Proto", "") == "https" else ""
    return (("Set-Cookie", f"{COOKIE}={token}; Path=/; HttpOnly; SameSite=Strict{secure}"),)


def with_cookie(status: int, fields: Headers, cookie: Headers) -> Headers:
    """An answer's fields and the cookie, private then; without it where a cache may keep the answer.

    What a cache keeps, it gives to others (RFC 9111, sections 3 and 7.3). A 304 changes what one kept already.
    """
    if not cookie or status == 304:
        return fields
    statement = {name.lower() for name, _ in fields}
    control = [value for name, value in fields if name.lower() == "cache-control"]
    if control:
        names = {part.partition("=")[0].strip() for part in ",".join(control).lower().split(",")}
        if names.isdisjoint(_NOT_KEPT) or not names.isdisjoint(_SHARED):
            return fields
        if "private" in names:
            return [*fields, *cookie]
    elif not statement.isdisjoint(_KEEPING):
        return fields
    others = [field for field in fields if field[0].lower() != "cache-control"]
    return [*others, ("Cache-Control", ", ".join([*control, "private"])), *cookie]


def _held(text: str) -> str | None:
    """The value of our cookie; of two the last one. It holds a token, so nothing in it is ever quoted."""
    held = None
    for pair in text.split(";"):
        name, _, value = pair.strip(" ").partition("=")
        if name == COOKIE:
            held = value
    return held
