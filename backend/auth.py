"""Who calls: the bearer's `sub`, believed only after its signature, and only for a person who may chat."""

from typing import Final, NamedTuple

import jwt
from aiohttp import web

from backend.database import MAX_ROW_ID, Connection
from backend.request_context import SERVICES
from contracts.model.errors import Forbidden, Unauthenticated
from contracts.model.profile import parse_id

#: Shorter secrets can be guessed from one token.
SHORTEST_SECRET: Final = 32
LEEWAY_S: Final = 10

# Three columns can say that an account is closed; a status that we do not know closes nothing.
PERSON = """SELECT coalesce(is_active, true) AND NOT coalesce(is_suspended, false)
    AND lower(btrim(coalesce(account_status, ''))) NOT IN ('deactivated', 'suspended', 'banned', 'blocked', 'disabled',
        'deleted', 'pending_deletion') FROM users WHERE id = $1"""


class Token(NamedTuple):
    """A believed token. ``expires_at`` is unix seconds."""

    user_id: int
    expires_at: float


def token_of(authorization: str | None, secret: str) -> Token:
    """Who the bearer token is of.

    Raises `Unauthenticated` without a token and for one that is expired, unsigned, signed otherwise, or no access
    token of a person: administrators' and advertisers' carry another `type`, refresh tokens `jti`, both none of our
    ids.
    """
    scheme, _, token = (authorization or "").partition(" ")
    if scheme.lower() != "bearer" or not token.strip():
        raise Unauthenticated("Not authenticated")
    try:
        claims = jwt.decode(
            token.strip(), secret, algorithms=["HS256"], leeway=LEEWAY_S, options={"require": ["exp", "sub"]}
        )
        caller = parse_id(claims["sub"], "sub")
    except Exception as error:
        raise Unauthenticated from error
    if claims.get("type", "access") != "access" or "jti" in claims or caller > MAX_ROW_ID:
        raise Unauthenticated
    return Token(caller, float(claims["exp"]))


def caller_of(authorization: str | None, secret: str) -> int:
    """The user id in the bearer token; raises as `token_of`."""
    return token_of(authorization, secret).user_id


def check_claim(caller: int, claimed: list[str]) -> None:
    """What the query says about the caller: nothing, or the same. Raises `InvalidValue` or `Forbidden`."""
    for text in claimed:
        if parse_id(text, "$.query.user_id") != caller:
            raise Forbidden("user_id is not the user of the token")


async def check_person(connection: Connection, caller: int) -> None:
    """Raises `Unauthenticated` for somebody who is not there, `Forbidden` for a closed or suspended account."""
    active = await connection.fetchval(PERSON, caller)
    if active is None:
        raise Unauthenticated
    if not active:
        raise Forbidden("This account is deactivated")


async def authenticate(request: web.Request) -> int:
    """All three for a request that is not an ordinary operation; the caller's user id."""
    services = request.app[SERVICES]
    caller = caller_of(request.headers.get("Authorization"), services.secret)
    check_claim(caller, request.query.getall("user_id", []))
    async with services.pool.acquire() as connection:
        await check_person(connection, caller)
    return caller
