"""The whole system for a test: a database with the story, the backend, the gateway, and two kinds of clients."""

import asyncio
import io
import secrets
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass
from typing import Any

import aiohttp
import asyncpg
import pytest

from demo.people import token
from demo.stage import Stage, staged
from tests.support.whole import STORY

SECRET = secrets.token_urlsafe(48)


@dataclass(frozen=True)
class Answer:
    status: int
    headers: Any
    body: Any
    text: str


@dataclass(frozen=True)
class Client:
    """A person's client. ``identity`` is what it puts into every query."""

    session: aiohttp.ClientSession
    url: str
    token: str | None
    identity: dict[str, str]

    async def ask(self, method: str, path: str, body: Any = None, /, **query: Any) -> Answer:
        headers = {"Authorization": f"Bearer {self.token}"} if self.token else {}
        sent = (
            {"data": io.BytesIO(body)}
            if isinstance(body, bytes)
            else {"json": body}
            if body is not None
            else {}
        )
        parameters = {**self.identity, **{name: str(value) for name, value in query.items()}}
        async with self.session.request(
            method, self.url + path, params=parameters, headers=headers, **sent
        ) as answer:
            text = await answer.text(errors="replace")
            is_json = answer.content_type == "application/json"
            return Answer(answer.status, answer.headers, await answer.json() if is_json else None, text)

    async def get(self, path: str, /, **query: Any) -> Any:
        answer = await self.ask("GET", path, **query)
        assert answer.status == 200, answer.text
        return answer.body

    async def do(self, method: str, path: str, body: Any = None, /, **query: Any) -> Any:
        answer = await self.ask(method, path, body, **query)
        assert answer.status == 200, answer.text
        return answer.body


class World:
    """Who is on stage. ``legacy(1, "student")`` is Abel's old client, ``modern(2)`` Beza's new one."""

    def __init__(self, stage: Stage, session: aiohttp.ClientSession) -> None:
        self.stage = stage
        self.session = session
        self.people = {person["user_id"]: person for person in stage.people}

    def client(self, user: int | None, identity: dict[str, str], *, bearer: str | None = None) -> Client:
        own = self.people[user]["token"] if user else None
        return Client(self.session, self.stage.gateway, bearer or own, identity)

    def legacy(self, user: int, role: str) -> Client:
        id_ = self.people[user]["profiles"][role]
        return self.client(user, {"profile_id": str(id_), "profile_type": role, "user_id": str(user)})

    def modern(self, user: int) -> Client:
        return self.client(user, {"user_id": str(user)})

    def bearer(self, user: int, secret: str = SECRET) -> str:
        return token(user, secret, self.people[user]["profiles"])

    async def sql(self, text: str) -> None:
        """Change the database behind everybody's back."""
        connection = await asyncpg.connect(self.stage.database)
        try:
            await connection.execute(text)
        finally:
            await connection.close()

    async def until(self, seen: Callable[[], Awaitable[bool]], within_s: float = 30) -> None:
        """Ask again until it is seen; TimeoutError when it is not in time."""
        async with asyncio.timeout(within_s):
            while not await seen():
                pass

    @property
    def lookups(self) -> Any:
        return self.stage.running.core.directory.stats  # type: ignore[attr-defined]


@pytest.fixture
async def world(make_database: Callable[..., str]) -> AsyncIterator[World]:
    """The story, fresh for each test."""
    async with (
        staged(make_database(STORY), SECRET, observe=False) as stage,
        aiohttp.ClientSession() as session,
    ):
        yield World(stage, session)
