"""A real service on a real database with the story in it, and people who talk to it over sockets."""

import base64
import time
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any

import asyncpg
import jwt
import pytest
from aiohttp import ClientSession

from backend.http.app import create_app
from tests.support import openapi

ROOT = Path(__file__).parent.parent.parent
STORY = "\n".join(
    (ROOT / name).read_text(encoding="utf-8")
    for name in ("migration/sql/user_schema.sql", "demo/sql/story.sql")
)
SECRET = "a secret of the tests, long enough for HS256"
KEY = base64.urlsafe_b64encode(b"01234567890123456789012345678901").decode()
MODERN = openapi.load("modern")

# The people of the story that the tests speak of.
ABEL, BEZA, CHALA, DESTA, ELLEN, FIKRU, GENET, HANNA, ISKINDER, JALENE, KIDAN = range(1, 12)
ABEL_BEZA, GROUP, ABEL_DESTA, BEZA_CHALA, ABEL_FIKRU = range(11, 16)


def token(user_id: object, secret: str = SECRET, **claims: Any) -> str:
    """A bearer as the login gives it: the subject is a text. It lasts for the longest run, since some rows hold one."""
    return jwt.encode({"sub": str(user_id), "exp": time.time() + 86_400, **claims}, secret, algorithm="HS256")


class Clock:
    """Seconds that pass when the test says so."""

    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


class Caller:
    """One person with a token. Every answer is checked against the contract."""

    def __init__(self, client: ClientSession, user_id: int) -> None:
        self.client = client
        self.headers = {"Authorization": f"Bearer {token(user_id)}"}

    async def __call__(
        self, method: str, path: str, body: Any = None, *, status: int = 200, **query: Any
    ) -> Any:
        async with self.client.request(
            method, path, json=body, params={k: str(v) for k, v in query.items()}, headers=self.headers
        ) as response:
            answer = await response.json()
            assert response.status == status, f"{method} {path}: {response.status} {answer}"
        operation = openapi.find(MODERN, method, path.partition("?")[0])
        if operation is not None:
            openapi.check(MODERN, operation, status, answer)
        return answer

    async def get(self, path: str, **more: Any) -> Any:
        return await self("GET", path, **more)

    async def post(self, path: str, body: Any = None, **more: Any) -> Any:
        return await self("POST", path, body, **more)

    async def put(self, path: str, body: Any = None, **more: Any) -> Any:
        return await self("PUT", path, body, **more)

    async def delete(self, path: str, **more: Any) -> Any:
        return await self("DELETE", path, **more)

    async def send(self, conversation: int, content: str = "hello", *, status: int = 200, **more: Any) -> Any:
        body = {"content": content, **more}
        return await self.post(f"/api/chat/conversations/{conversation}/messages", body, status=status)

    async def read(self, conversation: int, **more: Any) -> Any:
        return await self.get(f"/api/chat/conversations/{conversation}/messages", **more)


def pytest_configure(config: pytest.Config) -> None:
    config.addinivalue_line(
        "markers", "migrated: runs on a migrated database, too, whose triggers still stand"
    )


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    if metafunc.definition.get_closest_marker("migrated"):
        metafunc.parametrize("made", ["fresh", "migrated"], indirect=True)


@pytest.fixture
def made(request: pytest.FixtureRequest) -> str:
    """How the database was made: installed by user ids, or taken there by the migration."""
    return getattr(request, "param", "fresh")


@pytest.fixture
def dsn(request: pytest.FixtureRequest, make_database: Callable[..., str], made: str) -> str:
    if made == "migrated":
        return make_database(template=request.getfixturevalue("migrated_template"))
    return make_database(STORY)


@pytest.fixture
async def database(dsn: str) -> AsyncIterator[asyncpg.Connection]:
    connection = await asyncpg.connect(dsn)
    yield connection
    await connection.close()


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
async def client(dsn: str, clock: Clock, aiohttp_client: Any) -> Any:
    return await aiohttp_client(create_app(dsn, SECRET, encryption_keys=KEY, clock=clock))


@pytest.fixture
def person(client: Any) -> Callable[[int], Caller]:
    return lambda user_id: Caller(client, user_id)
