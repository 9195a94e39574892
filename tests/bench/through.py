"""The gateway as it is served, but for its database: the people are made up in memory."""

import contextlib
from collections.abc import Collection, Mapping
from typing import Any

from contracts.model.profile import Profile
from gateway.config.model import Admin, Auth, Config, Secret, Upstream
from gateway.config.model import Directory as DirectoryConfig
from gateway.directory.directory import Directory
from gateway.directory.source import Source
from gateway.exchange.exchange import Exchanges
from gateway.runtime import process
from gateway.runtime.wiring import ChatCore
from gateway.upstream.client import Upstream as Connections
from tests.bench.workloads import PEOPLE, SECRET

_SECOND_ROLE = 100_000


class MadeUp(Source):
    """Knows `PEOPLE` people without asking anybody."""

    async def start(self) -> None:
        pass

    async def close(self) -> None:
        pass

    async def read(self, profiles: Collection[Profile], users: Collection[int]) -> list[Mapping[str, Any]]:
        self.queries += 1
        numbers = {profile.id % _SECOND_ROLE for profile in profiles} | set(users)
        return [row for number in numbers if 1 <= number <= PEOPLE for row in rows_of(number)]


def rows_of(number: int) -> list[dict[str, Any]]:
    """The rows of a person as PostgreSQL would give them."""
    person = {
        "user_id": number,
        "first_name": f"Name{number}",
        "father_name": f"Father{number}",
        "last_name": None,
        "profile_picture": f"https://media.example.test/p/{number}.png",
        "email": None,
        "is_active": True,
        "is_suspended": False,
        "account_status": "active",
        "role_active": True,
    }
    roles = [("student", number)] + ([("tutor", number + _SECOND_ROLE)] if number % 2 == 0 else [])
    return [
        {**person, "type": kind, "profile_id": id_, "username": f"{kind}_{number}"} for kind, id_ in roles
    ]


class BenchCore(ChatCore):
    """`ChatCore` on made-up people."""

    def __init__(self, config: Config, upstream: Connections) -> None:
        super().__init__(config, upstream)
        self.directory = Directory(
            [MadeUp("", config.identity.prefer, None, True)], listen=False, max_age_s=3600
        )
        self.exchanges = Exchanges(self.exchanges._routes, self.tokens, self.directory, upstream)


async def serve(upstream: str) -> str:
    """Listen; returns the address. The gateway lives as long as the loop."""
    config = Config(
        listen="127.0.0.1:0",
        admin=Admin(listen="127.0.0.1:0"),
        auth=Auth(secret=Secret(SECRET)),
        directory=DirectoryConfig(),
        upstream=Upstream(url=upstream),
    )
    stack = contextlib.AsyncExitStack()
    running = await stack.enter_async_context(process.running(config, BenchCore))
    _KEPT.append(stack)
    return running.url


_KEPT: list[Any] = []
