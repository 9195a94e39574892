"""The demo's routes: the page, its people, and a wire that only its owner reads."""

import asyncio
import json
from collections.abc import AsyncIterator

import pytest
from aiohttp import web
from aiohttp.test_utils import TestClient, TestServer

from tests.web.test_wire import Seen
from web.serve import mount, owner
from web.wire import Bus

PEOPLE = [
    {"user_id": 1, "name": "Abel A", "token": "token-of-abel", "profiles": {"student": 5}},
    {"user_id": 2, "name": "Beza B", "token": "token-of-beza", "profiles": {"tutor": 5}},
]
Client = TestClient[web.Request, web.Application]


@pytest.fixture
def bus() -> Bus:
    return Bus()


@pytest.fixture
async def client(bus: Bus) -> AsyncIterator[Client]:
    app = web.Application()
    mount(app, PEOPLE, bus)
    async with TestClient(TestServer(app)) as client:
        yield client


@pytest.mark.parametrize(
    ("header", "user_id"),
    [
        ("Bearer token-of-beza", 2),
        ("bearer token-of-abel", 1),
        ("Bearer token-of-nobody", None),
        ("Bearer ", None),
        ("Basic token-of-abel", None),
        ("", None),
        (None, None),
    ],
)
def test_whose_token_it_is(header: str | None, user_id: int | None) -> None:
    assert owner(PEOPLE, header) == user_id


async def test_the_people_are_told(client: Client) -> None:
    answer = await client.get("/demo/people")
    assert (await answer.json())["people"] == PEOPLE
    assert answer.headers["Cache-Control"] == "no-store"


@pytest.mark.parametrize("path", ["/", "/demo"])
async def test_the_page_is_found_from_its_neighbours(client: Client, path: str) -> None:
    answer = await client.get(path, allow_redirects=False)
    assert (answer.status, answer.headers["Location"]) == (302, "/demo/")


@pytest.mark.parametrize("path", ["/demo/people", "/demo/wire", "/demo/", "/demo/none"])
@pytest.mark.parametrize(
    "host",
    [
        "evil.example",
        "evil.example:8080",
        "127.0.0.1.evil.example",
        "localhost.evil",
        "10.0.0.5",
        "a b",
        "@",
        "[::2]:80",
    ],
)
async def test_the_demo_answers_to_no_other_name(client: Client, path: str, host: str) -> None:
    for name in ("Host", "X-Forwarded-Host"):
        answer = await client.get(path, headers={"Authorization": "Bearer token-of-beza", name: host})
        assert answer.status == 403
        assert "token-of" not in await answer.text()


@pytest.mark.parametrize(
    "host", ["127.0.0.1", "127.0.0.1:1234", "localhost:80", "[::1]:80", "demo.localhost"]
)
async def test_the_demo_answers_to_this_machines_names(client: Client, host: str) -> None:
    assert (await client.get("/demo/people", headers={"X-Forwarded-Host": host})).status == 200


async def test_a_stranger_gets_no_wire(client: Client) -> None:
    answer = await client.get("/demo/wire", headers={"Authorization": "Bearer nobody"})
    assert answer.status == 401


async def test_the_wire_gives_ones_own_exchanges(client: Client, bus: Bus) -> None:
    async with client.get("/demo/wire", headers={"Authorization": "Bearer token-of-beza"}) as answer:
        assert await answer.content.readline() == b"\n"
        bus.publish(Seen(user_id=1))
        bus.publish(Seen(user_id=2))
        line = json.loads(await answer.content.readline())
    assert (line["shape"], line["operation"]) == ("legacy", "messages.send")


async def test_the_end_of_the_demo_ends_the_streams(client: Client, bus: Bus) -> None:
    async with client.get("/demo/wire", headers={"Authorization": "Bearer token-of-beza"}) as answer:
        assert await answer.content.readline() == b"\n"
        bus.close()
        async with asyncio.timeout(5):
            assert await answer.content.read() == b""
