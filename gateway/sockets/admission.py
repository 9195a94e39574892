"""Who may open a socket, decided before the upgrade: 401 for nobody, 403 for somebody else.

The token comes as ``?token=``, as the subprotocols ``bearer, <token>``, or in the cookie. Browsers send the cookie
whatever page opens the socket, so then the page (Origin) counts: it is our own, or one that is configured
(cross-site WebSocket hijacking). A page that is configured nowhere is refused whenever ``origins`` are configured.
"""

from collections.abc import Sequence
from typing import Literal, NamedTuple, Protocol
from urllib.parse import unquote, urlsplit

from aiohttp import web

from contracts.model.errors import Forbidden, InvalidRequest, InvalidValue, NotFound, Unauthenticated
from contracts.model.identity import Claim, admit
from contracts.model.profile import USER_TYPE, Profile, parse_id, parse_profile
from contracts.model.roster import Person
from contracts.rules.people import NOTHING
from gateway.auth.tokens import COOKIE, Token, socket_authorization
from gateway.http.forwarded import Origin, origin
from gateway.sockets.people import People
from gateway.sockets.recent import Recent


class Tokens(Protocol):
    """Reads bearers; see `gateway.auth.tokens`."""

    async def read_async(self, authorization: str | None) -> Token:
        """The token, or `Unauthenticated`."""


class Asked(NamedTuple):
    """What the path of a socket says: its shape, and the name or the user under which it is asked for."""

    legacy: bool
    profile: Profile | None
    user_id: int | None


class Admitted(NamedTuple):
    """Who is let in, how it is called on this socket, until when, and its bearer."""

    user_id: int
    named: Profile
    legacy: bool
    expires_at: float
    authorization: str


def read_path(path: str) -> Asked:
    """``/ws/5/Tutor`` is legacy, ``/ws/1`` modern. The old client's ``undefined`` and ``null`` say nothing.

    Raises `NotFound` for another path, `Forbidden` for what is nobody's name.
    """
    parts = [unquote(part) for part in path.split("/")[1:]]
    if parts[0] != "ws" or len(parts) not in (2, 3) or not all(parts):
        raise NotFound
    legacy = len(parts) == 3
    if any(part in NOTHING for part in parts[1:]):
        return Asked(legacy, None, None)
    try:
        if legacy:
            return Asked(legacy, parse_profile(parts[2], parts[1], ""), None)
        return Asked(legacy, None, parse_id(parts[1], "user_id"))
    except InvalidValue:
        raise Forbidden("this name is not yours") from None


class Admission:
    """The door. ``origins`` and ``admit_recent`` come from the configuration, ``trusted_hops`` too."""

    def __init__(
        self,
        tokens: Tokens,
        people: People,
        recent: Recent,
        *,
        mode: Literal["token", "recent"],
        origins: Sequence[str],
        trusted_hops: int,
    ) -> None:
        self._tokens = tokens
        self._people = people
        self._recent = recent
        self._admits_recent = mode == "recent"
        self._origins = frozenset(_page(text) for text in origins)
        self._trusted_hops = trusted_hops

    async def admit(self, request: web.BaseRequest) -> Admitted:
        """Let somebody in, or raise what is answered instead of the upgrade."""
        if request.headers.get("Upgrade", "").strip().lower() != "websocket" or request.method != "GET":
            raise InvalidRequest("only a WebSocket is served here")
        asked = read_path(request.raw_path.partition("?")[0])
        token, authorization = await self._token(request, asked)
        found = await self._people.find((), (token.user_id,))
        person = found.people.get(token.user_id)
        if person is None:
            raise Unauthenticated
        if not person.active:
            raise Forbidden("this account is not active")
        return Admitted(token.user_id, _name(person, asked), asked.legacy, token.expires_at, authorization)

    async def _token(self, request: web.BaseRequest, asked: Asked) -> tuple[Token, str]:
        headers = request.headers
        given = (headers.get("Authorization"), request.query.getall("token", []))
        offered = headers.getall("Sec-WebSocket-Protocol", [])
        authorization = socket_authorization(*given, offered, None)
        if authorization is None:
            self._check_page(request)
            authorization = socket_authorization(None, (), (), request.cookies.get(COOKIE))
        elif self._origins:
            self._check_page(request)
        if authorization is None:
            return self._remembered(request, asked)
        return await self._tokens.read_async(authorization), authorization

    def _remembered(self, request: web.BaseRequest, asked: Asked) -> tuple[Token, str]:
        """The token of a request just before. Only a configured page counts here: our own has the cookie."""
        page = request.headers.get("Origin", "")
        if not self._admits_recent or asked.profile is None or _page(page) not in self._origins:
            raise Unauthenticated
        agent = request.headers.get("User-Agent", "")
        known = self._recent.find(self._way(request).remote, agent, asked.profile)
        if known is None:
            raise Unauthenticated
        return Token(known.user_id, known.expires_at), known.authorization

    def _check_page(self, request: web.BaseRequest) -> None:
        """The page that opens the socket is ours or configured. A client that is no browser has no page."""
        page = request.headers.get("Origin")
        if page is None or _page(page) in self._origins:
            return
        ours = dict(self._way(request).fields)["X-Forwarded-Host"]
        if _host(page) != _host(f"//{ours}"):
            raise Forbidden("this page may not open a socket")

    def _way(self, request: web.BaseRequest) -> Origin:
        """The client's address and the name under which it reached us, as far as our own proxies tell."""
        peer = request.transport.get_extra_info("peername") if request.transport else None
        address = str(peer[0]) if isinstance(peer, tuple) else ""
        chain = request.headers.getall("X-Forwarded-For", [])
        return origin(request.headers, chain, address, self._trusted_hops, "http")


def _page(text: str) -> str:
    return text.strip().rstrip("/").lower()


def _host(page: str) -> str | None:
    """The host of an origin, with its port unless that is a usual one; None for an opaque one such as ``null``."""
    try:
        host = urlsplit(page).netloc.lower()
    except ValueError:
        return None
    return host.removesuffix(":443").removesuffix(":80") or None


def _name(person: Person, asked: Asked) -> Profile:
    if not asked.legacy:
        if asked.user_id not in (None, person.user_id):
            raise Forbidden("this user_id is not yours")
        return Profile(USER_TYPE, person.user_id)
    return admit(person, Claim(asked.profile, None)).caller.named
