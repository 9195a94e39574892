"""Who is calling: a bearer token becomes a user id, and nothing else does.

Facts about the issuers' tokens: ``sub`` is users.id as a string, ``exp`` is always there, there is neither
``type`` nor ``jti``; tokens of administrators and advertisers carry ``type``, refresh tokens carry ``jti``.
"""

import json
import re
import time
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final

import jwt
import msgspec
from cachetools import FIFOCache

from contracts.model.errors import InvalidRequest, InvalidValue, Unavailable
from contracts.model.profile import parse_id
from gateway.auth.refusals import REASONS, Reason, Refused, log_first
from gateway.auth.signing_keys import (
    SYMMETRIC,
    Key,
    PublishedKeys,
    check_algorithm,
    configured_keys,
    fetch_key_set,
)

REMEMBER_S: Final = 60.0
REMEMBERED: Final = 20_000
MAX_LENGTH: Final = 8192
#: Seconds since 1970; beyond it an issuer has written milliseconds, and the token would never end.
LATEST_EXPIRY: Final = 100_000_000_000

NO_BEARER: Final = "Not authenticated"
COOKIE: Final = "chat_gateway"

# The canonical spelling only: Python's decoder would also skip foreign characters, and one token would have
# many spellings. A signature is required, so "alg": "none" cannot even be written.
_COMPACT: Final = re.compile(r"[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+", re.ASCII)
_ABSENT: Final = frozenset({"", "undefined", "null", "NaN"})
_VERIFIER: Final = jwt.PyJWS()


class Token(msgspec.Struct, frozen=True, gc=False):
    """A verified token: the person, and when it ends (unix seconds, without leeway)."""

    user_id: int
    expires_at: float


class KeysNeeded(Unavailable):
    """The token names a key that is not known yet: `Tokens.read_async` may know more."""


def _memory() -> FIFOCache[str | None, tuple[Token, float]]:
    """Verified tokens by their header, and until when they are believed; none at first."""
    return FIFOCache(REMEMBERED)


class Tokens:
    """Reads and verifies tokens, and remembers verified ones for at most `REMEMBER_S` seconds.

    ``algorithms`` is the allow-list. ``secret`` is the shared secret (HS*) or a public key as PEM (RS*, PS*,
    ES*, EdDSA); with ``jwks_url`` the latter come from there instead. ``leeway_s`` is for clocks that differ;
    ``clock`` gives unix seconds. Raises `ValueError` when key and algorithms do not fit each other.
    """

    def __init__(
        self,
        secret: str,
        algorithms: Sequence[str] = ("HS256",),
        jwks_url: str | None = None,
        leeway_s: float = 10.0,
        clock: Callable[[], float] = time.time,
        published: PublishedKeys | None = None,
    ) -> None:
        if jwks_url and published is None:
            published = PublishedKeys(fetch_key_set(jwks_url))
        if published is not None:
            published.on_change = self.forget
        for name in algorithms:
            check_algorithm(name)
        ours = [name for name in algorithms if published is None or name in SYMMETRIC]
        self._configured: Mapping[str, Key] = configured_keys(secret, ours)
        self._algorithms = frozenset(algorithms)
        self._published = published
        self._leeway_s = leeway_s
        self._clock = clock
        # First in, first out is about the order of expiry, and the cheapest to ask.
        self._verified = _memory()
        self.refused: dict[Reason, int] = dict.fromkeys(REASONS, 0)

    def read(self, authorization: str | None) -> Token:
        """The token in an Authorization header; no I/O.

        Raises `Unauthenticated`, or (only with ``jwks_url``) `KeysNeeded`, a 503: the issuer is being asked,
        so a retry or `read_async` can tell.
        """
        now = self._clock()
        try:
            token, until = self._verified[authorization]
            if now < until:
                return token
        except KeyError:
            pass
        return self._verify(authorization, now)

    async def read_async(self, authorization: str | None) -> Token:
        """As `read`, but asks the issuer for a key that is not known yet (at most once in 30 s)."""
        try:
            return self.read(authorization)
        except KeysNeeded:
            if self._published is None:
                raise
            await self._published.refresh()
            return self.read(authorization)

    def forget(self) -> None:
        """Verify every token anew: keys have changed."""
        self._verified = _memory()  # clearing it would take it apart one by one

    async def start(self) -> None:
        """Begin to fetch published keys in the background, when there are any; does not wait for them."""
        if self._published is not None:
            await self._published.start()

    async def close(self) -> None:
        """End the background work."""
        if self._published is not None:
            await self._published.close()

    def _verify(self, authorization: str | None, now: float) -> Token:
        try:
            token = self._token(bearer(authorization), now)
        except Refused as error:
            self._count(error.reason)
            raise
        until = min(now + REMEMBER_S, token.expires_at + self._leeway_s)
        self._verified[authorization] = (token, until)
        return token

    def _count(self, reason: Reason) -> None:
        """Count a refusal; the first of its kind is logged."""
        self.refused[reason] += 1
        if self.refused[reason] == 1:
            log_first(reason)

    def _token(self, text: str, now: float) -> Token:
        if len(text) > MAX_LENGTH or not _COMPACT.fullmatch(text):
            raise Refused("malformed")
        try:
            header = _VERIFIER.get_unverified_header(text)
            algorithm, key = self._key(header)
            payload = _VERIFIER.decode_complete(text, key, [algorithm])["payload"]
            claims = json.loads(payload)
        except jwt.InvalidSignatureError:
            raise Refused("signature") from None
        except (jwt.PyJWTError, ValueError, TypeError, RecursionError):
            raise Refused("malformed") from None
        return token_of(claims, now, self._leeway_s)

    def _key(self, header: Mapping[str, Any]) -> tuple[str, Key]:
        """The algorithm and the key for a token with this header, which nobody has verified yet."""
        algorithm, kid = header.get("alg"), header.get("kid")
        if not isinstance(algorithm, str) or algorithm not in self._algorithms or "crit" in header:
            raise Refused("algorithm")
        # A shared secret has no name, so a token that names a key was signed with another one.
        if algorithm in SYMMETRIC and kid is not None:
            raise Refused("key")
        key = self._configured.get(algorithm)
        return algorithm, self._published_key(algorithm, kid) if key is None else key

    def _published_key(self, algorithm: str, kid: object) -> Key:
        if not isinstance(kid, str) or self._published is None:
            raise Refused("key")
        key = self._published.find(kid, algorithm)
        if key is not None:
            return key
        if self._published.may_refresh:
            self._published.request()
            raise KeysNeeded
        raise Unavailable if self._published.failed else Refused("key")


def bearer(authorization: str | None) -> str:
    """The token text of an Authorization header; `Unauthenticated` when there is none (RFC 6750, 2.1)."""
    scheme, _, text = (authorization or "").partition(" ")
    if scheme.lower() != "bearer":
        raise Refused("missing", NO_BEARER)
    return text.strip(" ")


def token_of(claims: object, now: float, leeway_s: float) -> Token:
    """Believe verified claims, or raise `Unauthenticated`. ``now`` is in unix seconds.

    Refused beside what is expired: every ``type`` but ``access`` (administrators, advertisers, refresh),
    ``jti`` (only refresh tokens have it, and the two secrets might be equal), ``aud`` (we are nobody's named
    audience, RFC 7519 section 4.1.3), a ``sub`` that is not the canonical digits of an id.
    """
    if not isinstance(claims, dict) or "jti" in claims or "aud" in claims:
        raise Refused("claims")
    if claims.get("type", "access") != "access":
        raise Refused("kind")
    expires_at = _time(claims.get("exp"))
    begins_at = max(_time(claims.get("nbf", 0)), _time(claims.get("iat", 0)))
    if expires_at + leeway_s <= now or begins_at - leeway_s > now:
        raise Refused("time")
    return Token(_subject(claims.get("sub")), expires_at)


def _time(value: object) -> float:
    """A NumericDate (RFC 7519 section 2); a bool, a text, NaN and the absurd are none."""
    if isinstance(value, (int, float)) and not isinstance(value, bool) and 0 <= value <= LATEST_EXPIRY:
        return float(value)
    raise Refused("claims")


def _subject(sub: object) -> int:
    try:
        user_id = parse_id(sub, "sub")
    except InvalidValue:
        raise Refused("subject") from None
    # Issuers write a string. Leading zeros are another spelling of the same person: refused.
    if sub != str(user_id):
        raise Refused("subject")
    return user_id


def socket_authorization(
    header: str | None, tokens: Sequence[str], protocols: Sequence[str], cookie: str | None
) -> str | None:
    """The Authorization value for a WebSocket handshake, where browsers cannot send that header.

    In this order: the header itself, ``?token=`` (all its values), the subprotocols ``bearer, <token>``, the
    cookie `COOKIE`. None when there is no token at all. A repeated ``token`` is an `InvalidRequest`.
    """
    if header:
        return header
    if len(tokens) > 1:
        raise InvalidRequest("must be given once", place="$.query.token")
    given = (*tokens, offered_token(protocols), cookie)
    text = next((value for value in given if value is not None and value not in _ABSENT), None)
    return None if text is None else f"Bearer {text}"


def offered_token(protocols: Sequence[str]) -> str | None:
    """The token in ``Sec-WebSocket-Protocol: bearer, <token>`` (split at commas), if it is there."""
    names = [part.strip(" \t") for value in protocols for part in value.split(",")]
    return names[1] if len(names) >= 2 and names[0].lower() == "bearer" else None
