"""One request on its way: who calls, whom it mentions, what is asked of the upstream."""

from collections.abc import Awaitable, Callable, Collection, Mapping
from time import perf_counter
from typing import Any, Final, NamedTuple, TypeVar

import msgspec

from contracts.model.document import Document, encode, opened
from contracts.model.errors import GatewayError, InvalidRequest, UpstreamFailed
from contracts.model.http import JSON, Headers, Request, Response
from contracts.model.profile import PROFILE_TYPES, Profile
from contracts.model.roster import Caller, Found, Person, Roster, merge
from contracts.model.task import enter_task
from contracts.operation import Endpoint
from contracts.rules.lens import Mentions
from gateway.exchange.answer_check import AnswerCheck, canonical
from gateway.exchange.malformed_response import guard_response
from gateway.exchange.observation import Passed
from gateway.exchange.protocols import Asked, Directory, Reads, Upstream
from gateway.exchange.sources import Knowledge, Question, Sources, reader_of
from gateway.exchange.target import target_at
from gateway.exchange.upstream_errors import to_upstream_error

T = TypeVar("T")


class Named(NamedTuple):
    """A caller with its person."""

    caller: Caller
    person: Person


class ExchangeContext:
    """One request on its way, for every stage of it."""

    def __init__(
        self,
        request: Request,
        directory: Directory,
        upstream: Upstream,
        refusal: Callable[[Response], GatewayError] = to_upstream_error,
        reads: Reads | None = None,
    ) -> None:
        """``refusal`` says what a refusing response of the upstream becomes; without ``reads`` nothing is read."""
        self.request = request
        self.knowledge = Knowledge(directory, reads)
        self._upstream = upstream
        self._refusal = refusal
        self._passed: list[Passed | None] = []
        self._named: Named | None = None
        #: Whoever may give the same response again wants to know what it was made of.
        self.sources: Sources | None = None
        #: What has been asked already.
        self.early: dict[Question, Asked] = {}
        #: Whoever translates the answer checks it, row by row.
        self.checks_rows = False

    def begin(self, named: Named) -> None:
        """From here on it is known who calls."""
        self._named = named

    @property
    def named(self) -> Named:
        """Who calls; known since `begin`."""
        assert self._named is not None  # noqa: S101
        return self._named

    @property
    def passed(self) -> tuple[Passed, ...]:
        """What the upstream has answered, in the order in which it was asked; several may be asked at once."""
        return tuple(one for one in self._passed if one is not None)

    @property
    def remote(self) -> str:
        """The client's address."""
        return self.request.remote

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
        caller, person = self.named
        me = Found({}, {caller.user_id: person})
        profiles, users = mentions.profiles, mentions.users - {caller.user_id}
        if profiles:
            numbers = {p for p in profiles if p.type not in PROFILE_TYPES}
            profiles = profiles - numbers
            users |= {p.id for p in numbers if p.id != caller.user_id}
        if not profiles and not users:
            return Roster(caller, me)
        return Roster(caller, merge(await self._look_up(profiles, users), me))

    async def _look_up(self, profiles: Collection[Profile], users: Collection[int]) -> Found:
        if self.sources is None:
            return await look_up(self.knowledge.directory, profiles, users)
        self.sources.unknown += 1
        found = await look_up(self.knowledge.directory, profiles, users)
        self.sources.found(found)
        return found

    async def read(self, name: str) -> list[dict[str, Any]]:
        """What only the database knows of the caller; none where it cannot be had, or nothing reads."""
        known = self.knowledge.reads
        if known is None:
            return []
        sources = self.sources or Sources()
        sources.unknown += 1
        rows = await known.read(name, **reader_of(self.caller))
        sources.read(name, rows)
        return rows

    async def put(
        self, endpoint: Endpoint, document: Document, identity: Mapping[str, str] | None = None
    ) -> Response:
        """The upstream's successful answer to exactly this.

        ``identity`` are the parameters that say who calls; without it that is the caller's user id.
        """
        body = b"" if document.body is None else encode(document.body)
        headers = self.fields()
        if body:
            headers += JSON
        target = target_at(endpoint, document, identity or {"user_id": str(self.caller.user_id)})
        place = len(self._passed)
        self._passed.append(None)
        question = Question(endpoint.method, target)
        if self.sources is not None:
            self.sources.unknown += 1
        response = await self.waited(self._sent(question, headers, body))
        self._passed[place] = Passed(endpoint.method, target, body, response.status, response.body)
        response = self.accepted(response, f"{endpoint.method} {endpoint.template}")
        if self.sources is not None:
            self.sources.answered(question, response)
        return response

    def _sent(self, question: Question, headers: Headers, body: bytes) -> Awaitable[Response]:
        early = None if body else self.early.pop(question, None)
        return early.result() if early else self._upstream.send(*question, headers, body)

    def fields(self) -> list[tuple[str, str]]:
        """The fields of a request to the upstream: what of the client's it gets to see, and who acts."""
        return [*_carried(self.request.headers), *role_header(*self.named)]

    def repeated_fields(self) -> list[tuple[str, str]]:
        """The same but for the request's id: what does not change when the same is asked again."""
        return [field for field in self.fields() if field[0] != "X-Request-Id"]

    def accepted(self, response: Response, asked: str) -> Response:
        """The response, unless the upstream refuses, or says what is not worth reading; ``asked`` is for the log."""
        if response.status >= 400:
            raise self._refusal(response)
        if response.status != 204 and not self.checks_rows:
            self.check(response.body, asked)
        return response

    def check(self, text: bytes, asked: str) -> None:
        """Refuse a piece of an answer that two readers could read differently. Raises `UpstreamFailed`."""
        with guard_response(asked):
            _check_answer(text)

    def opened(self, text: bytes, asked: str) -> Any:
        """A checked text: plain where its values can be written again as they were, else with unopened values."""
        value = canonical(text)
        if value is None or not isinstance(value, (dict, list)):
            self.check(text, asked)
            value = opened(msgspec.Raw(text), "$.body")
        return value

    async def waited(self, answering: Awaitable[T]) -> T:
        """What the upstream answers; how long it took is noted, since that time is not ours."""
        waits, began = self.request.waits, perf_counter()
        try:
            return await answering
        finally:
            if waits is not None:
                waits.append(perf_counter() - began)


async def look_up(directory: Directory, profiles: Collection[Profile], users: Collection[int]) -> Found:
    """Who these are: from memory when everything is there, else with one batch."""
    found = directory.peek(profiles, users)
    if found is None:
        await enter_task()
        found = await directory.find(profiles, users)
    return found


_check_answer: Final = AnswerCheck()
#: What of a client's request the upstream gets to see beside the identity, in an exchange.
_CARRIED: Final = (
    "Authorization",
    "Accept-Language",
    "User-Agent",
    "Origin",
    "X-Request-Id",
    "X-Forwarded-For",
    "X-Forwarded-Proto",
    "X-Forwarded-Host",
)


def _carried(headers: Mapping[str, str]) -> list[tuple[str, str]]:
    found = [(name, headers.get(name)) for name in _CARRIED]
    return [(name, value) for name, value in found if value is not None]


def role_header(caller: Caller, person: Person) -> list[tuple[str, str]]:
    """The role in which the caller acts, for the profile columns during the migration; only a real one."""
    if not person.has(caller.named):
        return []
    return [("X-Chat-Profile", f"{caller.named.type}:{caller.named.id}")]


def answer_document(sent: Document, response: Response) -> Document:
    """The upstream's answer as a document, with what was asked beside it."""
    try:
        body = opened(msgspec.Raw(response.body), "$.body") if response.body else None
    except InvalidRequest:
        raise UpstreamFailed from None
    return Document(sent.path, sent.query, body)
