"""Who may open a socket, decided before the upgrade: 401 for nobody, 403 for somebody else.

The token comes as ``?token=``, as the subprotocols ``bearer, <token>``, or in the cookie. Browsers send the cookie
whatever page opens the socket, so then the page (Origin) counts: it is our own, or one that is configured
(cross-site WebSocket hijacking). A page that is configured nowhere is refused whenever ``origins`` are configured.
With ``recent`` a configured page may come without any token just after a request that had one.
"""

from collections.abc import Mapping, Sequence
from typing import Literal, NamedTuple, Protocol
from urllib.parse import unquote, urlsplit

from aiohttp import web

from contracts.model.errors import Forbidden, InvalidRequest, InvalidValue, NotFound, Unauthenticated
from contracts.model.identity import Claim, admit
from contracts.model.profile import NOTHING, PROFILE_TYPES, USER_TYPE, Profile, parse_id, parse_profile
from contracts.model.roster import Person
from gateway.auth.tokens import COOKIE, Token, socket_authorization
from gateway.fields.forwarded import Origin, origin
from gateway.sockets.people import People
from gateway.sockets.recent import Asked as AskedBefore
from gateway.sockets.recent import Place, Recent


class Tokens(Protocol):
    """Reads bearers; see `gateway.auth.tokens`."""

    def read(self, authorization: str | None) -> Token:
        """The token without asking anybody, or `Unauthenticated`."""

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
            return await self._remembered(request, asked)
        return await self._tokens.read_async(authorization), authorization

    def place(self, headers: Mapping[str, str], remote: str) -> Place | None:
        """Where a request comes from that may let in a socket later; None where it never will."""
        page = _page(headers.get("Origin", ""))
        if not self._admits_recent or page not in self._origins:
            return None
        return Place(remote, headers.get("User-Agent", ""), page)

    async def _remembered(self, request: web.BaseRequest, asked: Asked) -> tuple[Token, str]:
        """The token of a request just before. Only a configured page counts here: our own has the cookie."""
        place = self.place(request.headers, self._way(request).remote)
        known = await self._asked_before(place, asked) if place else {}
        if len(known) != 1:  # nobody, or two people of whom each could go by this name
            raise Unauthenticated
        ((user_id, before),) = known.items()
        return Token(user_id, before.expires_at), before.authorization

    async def _asked_before(self, place: Place, asked: Asked) -> dict[int, AskedBefore]:
        """Who of those that this path may mean has just asked from there: its user, or the profile's owner.

        The old client's fallback puts the user's own number in the place of a profile's.
        """
        profile = asked.profile
        number = asked.user_id if profile is None else profile.id
        if number is None:
            return {}
        profiles = () if profile is None or profile.type not in PROFILE_TYPES else (profile,)
        found = await self._people.find(profiles, (number,))
        users = [user for user, person in found.people.items() if person and _goes_by(person, asked)]
        return {user: before for user in users if (before := self._recent.find(place, user))}

    def _check_page(self, request: web.BaseRequest) -> None:
        """The page that opens the socket is ours or configured. A client that is no browser has no page."""
        page = request.headers.get("Origin")
        if page is None or _page(page) in self._origins:
            return
        ours = _host("//" + dict(self._way(request).fields)["X-Forwarded-Host"])
        if ours is None or _host(page) != ours:
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


def _goes_by(person: Person, asked: Asked) -> bool:
    try:
        _name(person, asked)
    except Forbidden:
        return False
    return True


def _name(person: Person, asked: Asked) -> Profile:
    if not asked.legacy:
        if asked.user_id not in (None, person.user_id):
            raise Forbidden("this user_id is not yours")
        return Profile(USER_TYPE, person.user_id)
    return admit(person, Claim(asked.profile, None)).caller.named
