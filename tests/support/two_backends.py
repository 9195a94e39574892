"""The old and the new backend on one migrated database, a store beside it, and a gateway that knows both."""

import contextlib
import json
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import aiohttp
import asyncpg
import msgspec
from aiohttp import web

from demo.people import read_people
from demo.stage import backends
from gateway.config.model import Config, parse
from gateway.rollout import changes, store
from gateway.rollout.rules import Rules
from gateway.runtime import serve as gateway
from tests.system.conftest import SECRET, Client

Mutation = Callable[[str, Any], Any]


class Between:
    """A proxy that changes the bodies of good answers, or does whatever ``behave`` says instead of asking."""

    def __init__(self, target: str) -> None:
        self.target = target
        self.mutate: Mutation = lambda path, body: body
        self.behave: Callable[[], Any] | None = None
        self.seen: list[tuple[str, str, str]] = []

    async def handle(self, request: web.Request) -> web.StreamResponse:
        name = request.headers.get("X-Request-Id", "")
        self.seen.append((request.method, request.path, name))
        if self.behave is not None:
            return await self.behave()
        headers = {
            key: value for key, value in request.headers.items() if key not in ("Host", "Accept-Encoding")
        }
        async with (
            aiohttp.ClientSession() as session,
            session.request(
                request.method, self.target + request.path_qs, data=await request.read(), headers=headers
            ) as answer,
        ):
            body = await answer.read()
            if answer.status == 200 and answer.content_type == "application/json":
                body = json.dumps(self.mutate(request.path, json.loads(body))).encode()
            return web.Response(body=body, status=answer.status, content_type=answer.content_type)

    @contextlib.asynccontextmanager
    async def running(self) -> AsyncIterator[str]:
        app = web.Application()
        app.router.add_route("*", "/{path:.*}", self.handle)
        runner = web.AppRunner(app, access_log=None, shutdown_timeout=0)
        await runner.setup()
        try:
            await web.TCPSite(runner, "127.0.0.1", 0).start()
            yield f"http://127.0.0.1:{runner.addresses[0][1]}"
        finally:
            await runner.cleanup()


@dataclass
class TwoBackends:
    """``gateway()`` starts one more with the same configuration."""

    dsn: str
    document: dict[str, Any]
    people: dict[int, dict[str, Any]]
    between: Between
    session: aiohttp.ClientSession
    connection: asyncpg.Connection

    def config(self, **sections: Any) -> Config:
        return parse({**self.document, **sections})

    def file(self, folder: Path, **sections: Any) -> Path:
        """The configuration as a file, for a command."""
        file = folder / "gateway.yaml"
        file.write_bytes(msgspec.yaml.encode({**self.document, **sections}))
        return file

    @contextlib.asynccontextmanager
    async def gateway(self, **sections: Any) -> AsyncIterator[Any]:
        async with gateway.running(self.config(**sections)) as front:
            yield front

    def modern(self, url: str, user: int) -> Client:
        return Client(self.session, url, self.people[user]["token"], {"user_id": str(user)})

    def legacy(self, url: str, user: int, role: str) -> Client:
        id_ = self.people[user]["profiles"][role]
        identity = {"profile_id": str(id_), "profile_type": role, "user_id": str(user)}
        return Client(self.session, url, self.people[user]["token"], identity)

    async def move(self, change: Callable[[Rules], Rules]) -> Rules:
        """Change the rules as an operator does."""
        state = await store.read(self.connection)
        assert state is not None
        rules = change(state.rules)
        done = await store.change(self.connection, rules, "set", "test", expected=state.rules.version)
        return done.rules

    async def share(self, percent: float) -> Rules:
        return await self.move(lambda rules: changes.set_share(rules, "all", percent))


@contextlib.asynccontextmanager
async def two_backends(dsn: str, **sections: Any) -> AsyncIterator[TwoBackends]:
    """Over a migrated database; ``sections`` are of config.yaml."""
    people = {person["user_id"]: person for person in await read_people(dsn, SECRET)}
    connection = await asyncpg.connect(dsn)
    await store.init(connection)
    async with (
        backends(dsn, SECRET) as (new, old),
        aiohttp.ClientSession() as session,
    ):
        between = Between(new)
        async with between.running() as url:
            document = {
                "listen": "127.0.0.1:0",
                "admin": {"listen": "127.0.0.1:0"},
                "auth": {"secret": SECRET},
                "directory": {"sources": [{"dsn": dsn}]},
                "upstreams": {"old": {"url": old, "api": "legacy"}, "new": {"url": url, "api": "2.1"}},
                "rollout": {"from": "old", "to": "new", "store": dsn},
                **sections,
            }
            yield TwoBackends(dsn, document, people, between, session, connection)
    await connection.close()
