"""The cheap part: routes that a server does not have, found without a token."""

import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer, unused_port

from contracts.specs import openapi
from gateway.check.probe import cheap, warn

LEGACY = openapi.load("legacy")
CONTRACTS = openapi.operations(LEGACY)


def serve(statuses: dict[str, int], asked: list[web.Request], shape: str = "legacy") -> web.Application:
    """Every operation of the contract refuses with 401, but those that are named."""
    contracts = openapi.operations(openapi.load(shape)) if shape in openapi.DOCUMENTS else CONTRACTS

    def handler(contract):
        async def answer(request):
            asked.append(request)
            detail = "Not Found" if statuses.get(contract.name) == 404 else "Not authenticated"
            return web.json_response({"detail": detail}, status=statuses.get(contract.name, 401))

        return answer

    app = web.Application()
    for contract in sorted(contracts, key=lambda contract: contract.template.count("{")):
        app.router.add_route(contract.method, contract.template, handler(contract))
    return app


@pytest.mark.parametrize(
    ("statuses", "warnings"),
    [
        ({}, []),
        ({"polls.get": 422, "contacts.list": 200}, []),
        ({"polls.get": 404}, ["polls.get: GET /api/chat/polls/{poll_id} is missing (404)"]),
        (
            {"calls.update": 405, "polls.vote": 404},
            [
                "calls.update: PUT /api/chat/calls/{call_id} is missing (405)",
                "polls.vote: POST /api/chat/polls/{poll_id}/vote is missing (404)",
            ],
        ),
    ],
)
async def test_what_is_missing_is_listed(statuses, warnings):
    asked = []
    async with TestServer(serve(statuses, asked)) as server:
        assert await cheap(LEGACY, str(server.make_url("/"))) == warnings
    assert len(asked) == len(CONTRACTS)


async def test_nobody_is_named_and_nothing_is_sent():
    asked = []
    async with TestServer(serve({}, asked)) as server:
        await cheap(LEGACY, str(server.make_url("")))
    assert {request.query_string for request in asked} == {""}
    assert not any(request.headers.get("Authorization") or request.can_read_body for request in asked)


async def test_a_server_that_is_not_there_is_one_line():
    url = f"http://127.0.0.1:{unused_port()}"
    assert await cheap(LEGACY, url) == [f"no answer from {url} (ClientConnectorError)"]


async def test_a_thing_that_is_not_there_is_no_missing_route():
    async def answer(request):
        return web.json_response({"detail": "Poll not found"}, status=404)

    app = web.Application()
    app.router.add_route("*", "/{path:.*}", answer)
    async with TestServer(app) as server:
        assert await cheap(LEGACY, str(server.make_url(""))) == []


@pytest.mark.parametrize(
    ("shape", "statuses", "lacks"),
    [
        ("2.1", {}, None),
        ("2.1", {"polls.get": 404}, "polls.get: GET /api/chat/polls/{poll_id} is missing (404)"),
        ("legacy", {"polls.get": 404}, None),
        ("3.0", {"polls.get": 404}, None),
    ],
)
async def test_the_log_says_once_what_is_missing(caplog, shape, statuses, lacks):
    """The old backend is not tried: it checks no token, so a request without one is not always refused."""
    async with TestServer(serve(statuses, [], shape)) as server:
        await warn(shape, str(server.make_url("")))
    logged = [
        line for record in caplog.records if record.name == "gateway.check.run" for line in record.lacks
    ]
    assert logged == ([lacks] if lacks else [])
