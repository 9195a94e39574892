"""The straight line of one request, from a plain `Request` to a plain `Response`; it touches no socket.

    who is calling? -> which operation? -> who is mentioned? -> directory -> say it in user ids -> upstream
    -> who is mentioned? -> directory -> say it in profiles

Everything between the arrows that waits is a call to the directory or the upstream; the rest is pure.
"""

import logging
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from typing import Any, Final, Literal, NamedTuple, Protocol
from urllib.parse import parse_qsl, urlencode

import msgspec

from contracts.document import Document, encode, opened, parse
from contracts.errors import Forbidden, GatewayError, InvalidRequest, Unauthenticated, UpstreamFailed
from contracts.http import JSON, Headers, Request, Response
from contracts.identity import admit, single, take_claim
from contracts.lens import SAME, Mentions
from contracts.operation import Operation
from contracts.profile import PROFILE_TYPES, Profile
from contracts.roster import Caller, Found, Person, Roster, merge
from gateway.routes import Match, Routes, fill

_log = logging.getLogger("gateway.exchange")


class Token(Protocol):
    """What a verified token says."""

    @property
    def user_id(self) -> int:
        """The token's ``sub``."""


class Tokens(Protocol):
    """Reads the ``Authorization`` header; see `gateway.caller`."""

    def read(self, authorization: str | None) -> Token:
        """The token, or `Unauthenticated`."""


class Directory(Protocol):
    """Who is who; see `gateway.directory`."""

    def peek(self, profiles: Collection[Profile], users: Collection[int]) -> Found | None:
        """Everything from the cache, or None."""

    async def find(self, profiles: Collection[Profile], users: Collection[int]) -> Found:
        """Everything; `Unavailable` when it cannot be known."""


class Upstream(Protocol):
    """The backend; see `gateway.upstream`."""

    async def send(self, method: str, target: str, headers: Headers, body: bytes) -> Response:
        """One request with a complete body."""


@dataclass(slots=True)
class Plan:
    """What to do with a request, decided from its head alone.

    ``shape`` can still turn from modern to legacy when the body names somebody by role (``PUT /settings``).
    """

    kind: Literal["exchange", "stream", "passthrough"]
    operation: str
    shape: str
    match: Match | None = None
    query: Mapping[str, str] = field(default_factory=dict)


class UpstreamSaid(GatewayError):
    """The upstream's own refusal, on its way to the client."""

    def __init__(self, status: int, detail: str, code: str, headers: Headers) -> None:
        super().__init__(detail, headers=dict(headers))
        self.status = status  # type: ignore[misc]
        self.code = code  # type: ignore[misc]
        self.fault = "client" if status < 500 else "upstream"  # type: ignore[misc]


class Counters:
    """What the exchanges count, as plain numbers; the metrics read them."""

    def __init__(self) -> None:
        self.fallbacks = 0
        self.by_hand = 0


class Exchanges:
    """Answers chat requests. Everything that it needs is given, so that a test can give something small."""

    def __init__(self, routes: Routes, tokens: Tokens, directory: Directory, upstream: Upstream) -> None:
        self._routes = routes
        self._tokens = tokens
        self._directory = directory
        self._upstream = upstream
        self.counters = Counters()

    def plan(self, method: str, path: str, query: str, headers: Mapping[str, str]) -> Plan:
        """Which operation is it? Raises `GatewayError` for a chat request that is none."""
        pairs = parse_qsl(query, keep_blank_values=True)
        match = self._routes.match(method, path, dict(pairs), headers.get("X-Chat-API"))
        if match is None:
            return Plan("passthrough", "", "")
        kind: Literal["stream", "exchange"] = "stream" if match.operation.upload else "exchange"
        return Plan(kind, match.operation.name, match.shape, match, single(pairs))

    async def answer(self, plan: Plan, request: Request) -> Response:
        """One exchange. Raises `GatewayError`; the server turns it into an answer in the client's shape."""
        person = await self._caller(request)
        body = parse(request.body)
        match = self._routes.names_a_role(_matched(plan), body)
        plan.shape = match.shape
        asked = Document(dict(match.path), dict(plan.query), body)
        line = _Line(self, request, person.user_id)
        if match.shape == "legacy":
            return await self._legacy(match.operation, asked, person, line)
        return await self._modern(match.operation, asked, person, line)

    async def admit(self, plan: Plan, request: Request) -> tuple[str, Headers]:
        """Check who uploads. Answers the upstream's target and the headers to add; the body streams."""
        match = _matched(plan)
        person = await self._caller(request)
        asked = Document(dict(match.path), dict(plan.query), None)
        caller = self._named(asked, person, match.operation).caller
        return _target(match.operation, asked, caller), _role_header(caller, person)

    async def _caller(self, request: Request) -> Person:
        user_id = self._tokens.read(request.headers.get("Authorization")).user_id
        found = await self.people((), (user_id,))
        person = found.people.get(user_id)
        if person is None:
            raise Unauthenticated
        if not person.active:
            raise Forbidden("this account is not active")
        return person

    async def people(self, profiles: Collection[Profile], users: Collection[int]) -> Found:
        """From the cache when everything is there, else with one batch."""
        return self._directory.peek(profiles, users) or await self._directory.find(profiles, users)

    async def upstream(self, method: str, target: str, headers: Headers, body: bytes) -> Response:
        """The backend's answer, whatever its status."""
        return await self._upstream.send(method, target, headers, body)

    def _named(self, asked: Document, person: Person, row: Operation) -> "_Named":
        claim = take_claim(asked, in_body=row.caller == "body")
        admitted = admit(person, claim)
        self.counters.fallbacks += admitted.fallback
        return _Named(admitted.caller, person)

    async def _modern(self, row: Operation, asked: Document, person: Person, line: "_Line") -> Response:
        body = asked.body
        named = self._named(asked, person, row)
        line.begin(named)
        asked = asked._replace(body=body)
        return await line.ask(row, asked)

    async def _legacy(self, row: Operation, asked: Document, person: Person, line: "_Line") -> Response:
        named = self._target_or_named(row, asked, person)
        line.begin(named)
        try:
            if row.hand:
                self.counters.by_hand += 1
                told = await row.hand(asked, line)
                return Response(200, JSON, encode(told.body))
            return await self._straight(row, asked, line)
        except UpstreamSaid as said:
            raise _in_legacy_words(row, said) from None

    def _target_or_named(self, row: Operation, asked: Document, person: Person) -> "_Named":
        if row.caller == "target":
            return _Named(Caller(person.user_id, person.profile), person)
        return self._named(asked, person, row)

    async def _straight(self, row: Operation, asked: Document, line: "_Line") -> Response:
        draft = row.request.draft(asked)
        roster = await line.find(row.request.profiles(draft))
        sent = row.request.to_modern(draft, roster)
        response = await line.ask(row, sent)
        if row.response is SAME:
            return response
        answer = _answer(sent, response)
        try:
            roster = await line.find(row.response.users(answer))
            told = row.response.to_legacy(answer, roster)
        except (InvalidRequest, KeyError, TypeError, ValueError, AttributeError) as error:
            # The upstream broke its shape: not the client's fault, and worth a look.
            _log.exception("unexpected answer of the upstream to %s", row.name)
            raise UpstreamFailed from error
        return response._replace(body=encode(told.body))


def _matched(plan: Plan) -> Match:
    if plan.match is None:
        raise ValueError("a request that streams through is no exchange")
    return plan.match


class _Named(NamedTuple):
    caller: Caller
    person: Person


class _Line:
    """One request on its way: the `contracts.operation.Talk` of operations written by hand."""

    def __init__(self, exchanges: Exchanges, request: Request, user_id: int) -> None:
        self._exchanges = exchanges
        self._request = request
        self._named: _Named | None = None

    def begin(self, named: _Named) -> None:
        """From here on it is known who calls."""
        self._named = named

    @property
    def named(self) -> _Named:
        assert self._named is not None  # noqa: S101
        return self._named

    @property
    def caller(self) -> Caller:
        """Who calls, and under which name."""
        return self.named.caller

    @property
    def person(self) -> Person:
        """Who calls, as the directory knows it."""
        return self.named.person

    async def find(self, mentions: Mentions) -> Roster:
        """The roster for these people, the caller included."""
        me = Found({}, {self.caller.user_id: self.named.person})
        profiles = {p for p in mentions.profiles if p.type in PROFILE_TYPES}
        users = mentions.users | {p.id for p in mentions.profiles if p.type not in PROFILE_TYPES}
        users.discard(self.caller.user_id)
        if not profiles and not users:
            return Roster(self.caller, me)
        return Roster(self.caller, merge(await self._exchanges.people(profiles, users), me))

    async def send(self, operation: Operation, document: Document) -> Document:
        """Ask the upstream; `UpstreamSaid` for its refusal."""
        return _answer(document, await self.ask(operation, document))

    async def ask(self, operation: Operation, document: Document) -> Response:
        """The upstream's successful answer, unopened; `UpstreamSaid` for its refusal."""
        endpoint = operation.modern
        assert endpoint is not None  # noqa: S101
        body = b"" if document.body is None else encode(document.body)
        headers = [*_carried(self._request.headers), *_role_header(self.caller, self.named.person)]
        if body:
            headers += JSON
        target = _target(operation, document, self.caller)
        response = await self._exchanges.upstream(endpoint.method, target, headers, body)
        if response.status >= 400:
            raise _said(response)
        return response


#: What of a client's request the upstream gets to see beside the identity, in an exchange.
_CARRIED: Final = (
    "Authorization",
    "Accept-Language",
    "User-Agent",
    "Cookie",
    "Origin",
    "X-Request-Id",
    "X-Forwarded-For",
    "X-Forwarded-Proto",
    "X-Forwarded-Host",
)


def _carried(headers: Mapping[str, str]) -> list[tuple[str, str]]:
    return [(name, headers[name]) for name in _CARRIED if name in headers]


def _role_header(caller: Caller, person: Person) -> list[tuple[str, str]]:
    """The role in which the caller acts, for the profile columns during the migration; only a real one."""
    if not person.has(caller.named):
        return []
    return [("X-Chat-Profile", f"{caller.named.type}:{caller.named.id}")]


def _target(row: Operation, document: Document, caller: Caller) -> str:
    assert row.modern is not None  # noqa: S101
    query = {"user_id": str(caller.user_id), **document.query}
    return f"{fill(row.modern.template, document.path)}?{urlencode(query)}"


def _answer(sent: Document, response: Response) -> Document:
    """The upstream's answer as a document, with what was asked beside it."""
    try:
        body = opened(msgspec.Raw(response.body), "$.body") if response.body else None
    except InvalidRequest:
        raise UpstreamFailed from None
    return Document(sent.path, sent.query, body)


def _said(response: Response) -> UpstreamSaid:
    try:
        body: Any = msgspec.json.decode(response.body)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        body = None
    body = body if isinstance(body, dict) else {}
    detail, code = body.get("detail"), body.get("code")
    kept = [(n, v) for n, v in response.headers if n.lower() in ("retry-after", "www-authenticate")]
    if response.status >= 500 and response.status != 501:
        # A 5xx text may hold SQL or a stack: it is for the log of the upstream, not for a client.
        return UpstreamSaid(response.status, "The chat service failed", "upstream_failed", kept)
    return UpstreamSaid(
        response.status, _detail(detail), code if isinstance(code, str) else "upstream_refused", kept
    )


def _detail(detail: Any) -> str:
    """A plain string, as both clients show it; a validation list becomes ``place: message``."""
    if isinstance(detail, str):
        return detail
    if isinstance(detail, list) and detail and isinstance(detail[0], dict):
        loc = ".".join(str(part) for part in detail[0].get("loc", ()))
        return f"$.{loc}: {detail[0].get('msg', 'invalid')}"
    return "The chat service refused"


#: Texts that both generations have, each in its own words.
_WORDS: Final = {
    "You are not a participant in this conversation": "Not a participant of this conversation",
}


def _in_legacy_words(row: Operation, said: UpstreamSaid) -> GatewayError:
    status, detail = row.errors.get(said.status, (said.status, said.detail))
    return UpstreamSaid(status, _WORDS.get(detail, detail), said.code, list(said.headers.items()))
