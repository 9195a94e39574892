"""The cookie by which a page's WebSocket is let in: browsers send no ``Authorization`` with an upgrade.

HttpOnly and SameSite=Strict: no script reads it, no other site's page makes a browser send it. It holds the very token
that the answer was authenticated with, and is set only where the client does not hold it already.
"""

from collections.abc import Mapping

from contracts.model.http import Headers
from gateway.auth.tokens import COOKIE, bearer


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


def _held(text: str) -> str | None:
    """The value of our cookie; of two the last one. It holds a token, so nothing in it is ever quoted."""
    held = None
    for pair in text.split(";"):
        name, _, value = pair.strip(" ").partition("=")
        if name == COOKIE:
            held = value
    return held
