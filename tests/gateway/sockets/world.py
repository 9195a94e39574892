"""A small world around the sockets: people, tokens that say whose they are, a clock with hands, real connections."""

import asyncio
import contextlib
import json
from collections.abc import AsyncIterator, Callable, Collection
from typing import Any

import aiohttp
from aiohttp import ClientWebSocketResponse, WSMsgType, web

from contracts.model.errors import GatewayError, Unauthenticated, Unavailable
from contracts.model.profile import Profile
from contracts.model.roster import Found, Person, Role
from gateway.auth.tokens import Token
from gateway.exchange.deprecation import UNLIMITED, Deprecation
from gateway.http.listener import Listener, listen
from gateway.sockets import CallOver, CallRequest, Limits, Settings, Sockets, Verdict

NOW = 1_800_000_000.0
HOUR = 3600.0


def person(user_id: int, first: str, father: str, *profiles: Profile, active: bool = True) -> Person:
    roles = tuple(Role(profile, None, True) for profile in profiles)
    return Person(user_id, first, father, None, f"/pictures/{user_id}.png", None, active, roles)


#: Numbers collide on purpose: student 5, tutor 5 and parent 5 are three people.
ABEL = person(1, "Abel", "A", Profile("tutor", 7), Profile("student", 5))
BEZA = person(2, "Beza", "B", Profile("tutor", 5), Profile("parent", 9))
CHALA = person(3, "Chala", "C", Profile("student", 6))
DESTA = person(4, "Desta", "D", Profile("parent", 5))
GENET = person(7, "Genet", "H")
PEOPLE = (ABEL, BEZA, CHALA, DESTA, GENET)


class Directory:
    """An ordinary small directory; ``away`` makes it fail, ``cold`` makes it miss its cache."""

    def __init__(self) -> None:
        self.people = {p.user_id: p for p in PEOPLE}
        self.away = False
        self.cold = False
        self.finds = 0

    def peek(self, profiles: Collection[Profile], users: Collection[int]) -> Found | None:
        return None if self.cold or self.away else self._answer(profiles, users)

    async def find(self, profiles: Collection[Profile], users: Collection[int]) -> Found:
        if self.away:
            raise Unavailable
        self.finds += 1
        return self._answer(profiles, users)

    def _answer(self, profiles: Collection[Profile], users: Collection[int]) -> Found:
        owners = {
            p: next((u for u, someone in self.people.items() if someone.has(p)), None) for p in profiles
        }
        wanted = {*users, *(owner for owner in owners.values() if owner is not None)}
        return Found(owners, {user: self.people.get(user) for user in wanted})


class Tokens:
    """``Bearer token-of-2`` is user 2's, for an hour; ``Bearer token-of-2-until-X`` until then."""

    async def read_async(self, authorization: str | None) -> Token:
        return self.read(authorization)

    def read(self, authorization: str | None) -> Token:
        text = (authorization or "").removeprefix("Bearer ")
        name, _, until = text.removeprefix("token-of-").partition("-until-")
        if not text.startswith("token-of-") or not name.isdigit():
            raise Unauthenticated
        return Token(int(name), float(until) if until else NOW + HOUR)


class _Timer:
    def __init__(self, at: float, call: Callable[[], None]) -> None:
        self.at, self.call = at, call

    def cancel(self) -> None:
        self.call = lambda: None


class Clock:
    """Stands still until somebody moves its hands."""

    def __init__(self) -> None:
        self.now = NOW
        self.timers: list[_Timer] = []

    def time(self) -> float:
        return self.now

    def call_later(self, delay_s: float, callback: Callable[..., None], *args: Any) -> _Timer:
        timer = _Timer(self.now + delay_s, lambda: callback(*args))
        self.timers.append(timer)
        return timer

    def forward(self, seconds: float) -> None:
        end = self.now + seconds
        while due := [timer for timer in self.timers if timer.at <= end]:
            first = min(due, key=lambda timer: timer.at)
            self.timers.remove(first)
            self.now = max(self.now, first.at)
            first.call()
        self.now = end


class Permissions:
    """Who may not ring whom, and what was asked."""

    def __init__(self) -> None:
        self.refused: dict[tuple[int, int], str] = {}
        self.wishes: list[CallRequest] = []
        self.audiences: dict[int, set[int]] = {}
        self.asked = asyncio.Event()
        self.gate: asyncio.Event | None = None

    async def may_call(self, request: CallRequest) -> Verdict:
        self.wishes.append(request)
        self.asked.set()
        if self.gate is not None:
            await self.gate.wait()
        reason = self.refused.get((request.caller, request.callee))
        return Verdict(reason is None, reason or "")

    async def audience(self, user_id: int, authorization: str) -> Collection[int]:
        return self.audiences.get(user_id, set())


class Client:
    """One end of a socket. ``hears()`` gives the frames until now: a ping is its own full stop."""

    def __init__(self, ws: ClientWebSocketResponse) -> None:
        self.ws = ws

    async def say(self, type_: str, **values: Any) -> None:
        await self.ws.send_str(json.dumps({"type": type_, **values}))

    async def next(self) -> dict[str, Any]:
        """The next frame; waits for it."""
        message = await asyncio.wait_for(self.ws.receive(), 30)
        assert message.type is WSMsgType.TEXT, (message, self.ws.close_code)
        frame: dict[str, Any] = json.loads(message.data)
        return frame

    async def hears(self) -> list[dict[str, Any]]:
        """Everything that was said to this socket so far."""
        await self.say("ping")
        frames = []
        while (frame := await self.next()) != {"type": "pong"}:
            frames.append(frame)
        return frames

    async def closed(self) -> int | None:
        """Read to the end; the close code."""
        while True:
            message = await asyncio.wait_for(self.ws.receive(), 30)
            if message.type is not WSMsgType.TEXT:
                return self.ws.close_code

    async def leave(self) -> None:
        await self.ws.close()


class World:
    """Sockets behind a real server, and whatever a test wants to know of them."""

    def __init__(self, settings: Settings, deprecation: Deprecation = UNLIMITED) -> None:
        self.directory = Directory()
        self.clock = Clock()
        self.permissions = Permissions()
        self.unanswered: list[CallOver] = []
        self.presence: list[tuple[int, bool]] = []
        self.sockets = Sockets(
            Tokens(),
            self.directory,
            settings,
            permissions=self.permissions,
            on_call_over=self.unanswered.append,
            on_presence=self._on_presence,
            deprecation=deprecation,
            clock=self.clock,
        )
        self.session: aiohttp.ClientSession
        self.port = 0
        self.clients: list[Client] = []
        self.served: asyncio.Queue[None] = asyncio.Queue()

    def _on_presence(self, user_id: int, online: bool, authorization: str) -> None:
        assert authorization.startswith("Bearer ")
        self.presence.append((user_id, online))

    async def _handle(self, request: web.BaseRequest) -> web.StreamResponse:
        try:
            return await self.sockets.serve_socket(request)
        except GatewayError as error:
            return web.json_response({"detail": error.message, "code": error.code}, status=error.status)
        finally:
            self.served.put_nowait(None)

    async def open(self, path: str, user: int | str, **options: Any) -> Client:
        """A socket, past its first frame."""
        client = await self.knock(path, user, **options)
        assert (await client.next())["type"] == "connection"
        return client

    async def knock(self, path: str, user: int | str, **options: Any) -> Client:
        token = f"token-of-{user}" if isinstance(user, int) else user
        separator = "&" if "?" in path else "?"
        return await self.dial(f"{path}{separator}token={token}", **options)

    async def dial(self, path: str, **options: Any) -> Client:
        client = Client(await self.session.ws_connect(self.url + path, **options))
        self.clients.append(client)
        return client

    async def refused(self, path: str, **options: Any) -> int:
        """The status with which a handshake is refused."""
        try:
            await self.dial(path, **options)
        except aiohttp.WSServerHandshakeError as error:
            return error.status
        raise AssertionError("let in")

    async def left(self) -> None:
        """Wait until the server has finished with one socket."""
        await asyncio.wait_for(self.served.get(), 30)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"


@contextlib.asynccontextmanager
async def world(
    limits: Limits | None = None, deprecation: Deprecation = UNLIMITED, **settings: Any
) -> AsyncIterator[World]:
    """A running world."""
    made = World(Settings(limits=limits or Limits(), **settings), deprecation)
    listener = Listener(made._handle, header_s=10, idle_s=75)
    server = await listen(listener, "127.0.0.1", 0)
    made.port = server.sockets[0].getsockname()[1]
    made.session = aiohttp.ClientSession()
    try:
        yield made
    finally:
        for client in made.clients:
            await client.leave()
        await made.sockets.close()
        await made.session.close()
        server.close()
        await listener.shutdown(1)
        await server.wait_closed()
