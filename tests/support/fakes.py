"""Ordinary small implementations of the gateway's seams: a directory of given people, an upstream that replays."""

import asyncio
import json
from collections.abc import Callable, Collection, Coroutine, Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any, NamedTuple, TypeVar

from multidict import CIMultiDict

from adapters import OPERATIONS
from contracts.model.errors import Unauthenticated, Unavailable
from contracts.model.http import JSON, Headers, Request, Response
from contracts.model.profile import PROFILE_TYPES, Profile
from contracts.model.roster import Found, Person, Role, in_preference
from contracts.model.shape import Shape
from contracts.model.task import enter_task
from contracts.model.times import utc_now
from gateway.exchange.choice import always
from gateway.exchange.exchange import Exchanges
from gateway.exchange.legacy import Noted
from gateway.exchange.prepared import Again
from gateway.exchange.protocols import Directory, Tokens, Upstream
from gateway.exchange.repeated import Repeated
from gateway.exchange.routes import Routes
from gateway.exchange.shapes import Shapes
from gateway.exchange.v2_2 import Facts
from gateway.taskless.run import Run

T = TypeVar("T")
EXCHANGES = Path(__file__).parents[2] / "contracts" / "exchanges"


def load_people() -> dict[int, Person]:
    """The people of the exchanges, by user id."""
    rows = json.loads((EXCHANGES / "people.json").read_text("utf-8"))
    return {row["user_id"]: _person(row) for row in rows}


def _person(row: dict[str, Any]) -> Person:
    roles = [Role(Profile(type_, id_), name, True) for type_, (id_, name) in row["profiles"].items()]
    names = (row[key] for key in ("first_name", "father_name", "last_name", "avatar"))
    return Person(row["user_id"], *names, None, True, in_preference(roles, PROFILE_TYPES))


class FakeDirectory:
    """Knows the given people. ``known`` limits what is cached; ``away`` makes the database unreachable."""

    def __init__(self, people: dict[int, Person] | None = None) -> None:
        self.everybody = load_people() if people is None else people
        self.cached = True
        self.away = False
        self.queries: list[tuple[set[Profile], set[int]]] = []

    def peek(self, profiles: Collection[Profile], users: Collection[int]) -> Found | None:
        return self._answer(profiles, users) if self.cached else None

    async def find(self, profiles: Collection[Profile], users: Collection[int]) -> Found:
        if self.away:
            raise Unavailable
        self.queries.append((set(profiles), set(users)))
        return self._answer(profiles, users)

    def _answer(self, profiles: Collection[Profile], users: Collection[int]) -> Found:
        owned = {role.profile: p.user_id for p in self.everybody.values() for role in p.roles}
        owners = {profile: owned.get(profile) for profile in profiles}
        wanted = {*users, *(user for user in owners.values() if user)}
        return Found(owners, {user: self.everybody.get(user) for user in wanted})


class Sent(NamedTuple):
    method: str
    target: str
    headers: dict[str, str]
    body: bytes


class FakeAsked:
    """A request of which the answer is told by a call; as `gateway.upstream.asked.Asked`."""

    def __init__(self, answering: Coroutine[Any, Any, Response], told: Callable[[], None]) -> None:
        self.response: Response | None = None
        self._task = asyncio.get_running_loop().create_task(answering)
        self._told = told
        self._task.add_done_callback(self._end)

    def _end(self, task: asyncio.Task[Response]) -> None:
        if task.cancelled():
            return
        if task.exception() is None:
            self.response = task.result()
        self._told()

    async def result(self) -> Response:
        await enter_task()
        return await self._task

    def cancel(self) -> None:
        self._task.cancel()


class FakeUpstream:
    """Answers what it is given, in order (the last one for ever), and remembers what it was asked."""

    def __init__(self, answers: Sequence[object] = ({},), status: int = 200) -> None:
        self.answers = [a if isinstance(a, bytes) else json.dumps(a).encode() for a in answers]
        self.status = status
        self.sent: list[Sent] = []

    async def send(self, method: str, target: str, headers: Headers, body: bytes) -> Response:
        self.sent.append(Sent(method, target, dict(headers), body))
        return self._next()

    def start(self, method: str, target: str, headers: Headers) -> bytes:
        return json.dumps([method, target, headers]).encode() + b"\n"

    async def deliver(self, method: str, message: bytes) -> Response:
        start, _, more = message.partition(b"\n")
        _, target, headers = json.loads(start)
        name, _, value = more.decode().strip().partition(": ")
        self.sent.append(Sent(method, target, {**dict(headers), name: value}, b""))
        return self._next()

    def ask(self, message: bytes, told: Callable[[], None]) -> FakeAsked:
        return FakeAsked(self.deliver("GET", message), told)

    def _next(self) -> Response:
        answer = self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]
        return Response(self.status, JSON, answer)


class _Token(NamedTuple):
    user_id: int


class FakeTokens:
    """``Bearer 5`` is user 5."""

    def read(self, authorization: str | None) -> _Token:
        if not authorization:
            raise Unauthenticated("Not authenticated")
        return _Token(int(authorization.removeprefix("Bearer ")))

    async def read_async(self, authorization: str | None) -> _Token:
        return self.read(authorization)


class FakeFacts:
    """The database of an upstream as a function; None is a database that is away."""

    def __init__(self, read: Callable[..., Any]) -> None:
        self._read = read

    async def facts(self, name: str, *values: Any) -> list[dict[str, Any]] | None:
        found: list[dict[str, Any]] | None = await self._read(name, *values)
        return found

    async def required(self, name: str, *values: Any) -> list[Mapping[str, Any]]:
        found = await self.facts(name, *values)
        if found is None:
            raise Unavailable
        return list(found)


def exchanges(
    upstream: Upstream,
    directory: Directory | None = None,
    *,
    shape: Shape = "2.1",
    modern: Shape = "2.1",
    facts: Facts | None = None,
    tokens: Tokens | None = None,
    noted: Sequence[Noted] = (),
    now: Callable[[], datetime] = utc_now,
    **more: Any,
) -> Exchanges:
    """Exchanges in front of one upstream that speaks ``shape``; modern clients speak ``modern``."""
    shapes = Shapes(noted, now=now)
    backend = shapes.backend(upstream, shape, facts=FakeFacts(facts) if facts else None)
    return Exchanges(
        Routes(OPERATIONS, modern, shapes.endpoints, shapes.own_query),
        tokens or FakeTokens(),
        directory or FakeDirectory(),
        always(backend),
        shapes.clients,
        counters=shapes.counters,
        **more,
    )


async def ask(
    gateway: Exchanges,
    method: str,
    path: str,
    query: str = "",
    body: object = None,
    *,
    by: int | None = 1,
    **headers: str,
) -> Response:
    """One request through the exchanges; raises what they raise."""
    raw = body if isinstance(body, bytes) else b"" if body is None else json.dumps(body).encode()
    fields = CIMultiDict({name.replace("_", "-"): value for name, value in headers.items()})
    if by is not None:
        fields["Authorization"] = f"Bearer {by}"
    plan = gateway.plan(method, path, query, fields)
    return await without_a_task(gateway.answer(plan, Request(method, path, query, fields, raw)))


async def ask_again(gateway: Exchanges, again: Again, request: Request) -> Response:
    """The same once more, as the server does it."""
    ended: asyncio.Future[Response | None] = asyncio.get_running_loop().create_future()
    if gateway.knowledge is None or not again.way.is_known:
        return await without_a_task(gateway.repeat(again, request, {}))
    repeated = Repeated(again, gateway.knowledge, ended.set_result)
    repeated.start(request.request_id)
    response = await ended
    if response is None:
        return await without_a_task(gateway.repeat(again, request, repeated.early))
    gateway.note(again, request)
    return response


async def without_a_task(coroutine: Coroutine[Any, Any, T]) -> T:
    """Run it as the server does: a task only where it asks for one, so that a timeout before that is found."""
    loop = asyncio.get_running_loop()
    ended: asyncio.Future[T] = loop.create_future()
    run = Run(coroutine, ended.set_result, ended.set_exception)
    loop.call_soon(run.start)
    try:
        return await ended
    except asyncio.CancelledError:
        run.cancel()
        raise
