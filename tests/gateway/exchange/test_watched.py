"""Exchanges that are watched: the first time and every next one, answers and refusals."""

from collections.abc import Awaitable

import pytest

from contracts.model.errors import GatewayError
from contracts.model.http import Request, Response
from gateway.exchange.choice import always
from gateway.exchange.routes import Routes
from gateway.exchange.shapes import Shapes
from gateway.exchange.watched import Asked, WatchedExchanges
from tests.support.fakes import OPERATIONS, FakeDirectory, FakeTokens, FakeUpstream

PATH = "/api/chat/contacts"


async def test_every_answer_comes_through_the_watch() -> None:
    seen: list[tuple[str, str, int]] = []

    async def watch(one: Asked, responding: Awaitable[Response]) -> Response:
        try:
            response = await responding
        except GatewayError as error:
            seen.append((one.match.operation.name, one.backend.name, error.status))
            raise
        seen.append((one.match.operation.name, one.backend.name, response.status))
        return response

    shapes, upstream = Shapes(), FakeUpstream([{"contacts": []}, {"contacts": []}])
    gateway = WatchedExchanges(
        Routes(OPERATIONS),
        FakeTokens(),
        FakeDirectory(),
        always(shapes.backend(upstream, "2.1", "new")),
        shapes.clients,
        counters=shapes.counters,
        watch=watch,
    )
    request = Request("GET", PATH, "", {"Authorization": "Bearer 1"}, b"", "r1")
    plan = gateway.plan("GET", PATH, "", request.headers)
    plan.keep = True
    await gateway.answer(plan, request)
    await gateway.repeat(plan.again, request)
    wrong = Request("GET", PATH, "user_id=2", {"Authorization": "Bearer 1"}, b"", "r2")
    with pytest.raises(GatewayError):
        await gateway.answer(gateway.plan("GET", PATH, "user_id=2", wrong.headers), wrong)
    assert seen == [
        ("contacts.list", "new", 200),
        ("contacts.list", "new", 200),
        ("contacts.list", "new", 403),
    ]
