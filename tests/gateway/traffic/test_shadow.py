"""The other backend, asked for a comparison: in the caller's name, marked, and never to write."""

from functools import partial

import pytest

from gateway.exchange.exchange import Exchanges
from gateway.exchange.observation import Counters
from gateway.exchange.routes import Routes
from gateway.exchange.shapes import Shapes
from gateway.traffic.shadow import Shadows
from tests.gateway.traffic.asked import asked
from tests.support.fakes import OPERATIONS, FakeDirectory, FakeTokens, FakeUpstream


def shadows(upstream: FakeUpstream) -> Shadows:
    shapes = Shapes()
    make = partial(Exchanges, Routes(OPERATIONS), FakeTokens(), FakeDirectory())
    return Shadows(
        {"new": shapes.backend(upstream, "2.1", "new")},
        lambda choose: make(choose, shapes.clients, counters=Counters()),
    )


async def test_it_is_asked_in_the_caller_s_name_and_marked() -> None:
    upstream = FakeUpstream([{"contacts": []}])
    response = await shadows(upstream).ask("new", asked())
    assert response.body == b'{"contacts": []}'
    (sent,) = upstream.sent
    headers = dict(sent.headers)
    assert (headers["Authorization"], headers["X-Request-Id"]) == ("Bearer 1", "compare-r1")


@pytest.mark.parametrize(
    ("body", "broken"),
    [(b'{"content": "a"}', []), (b'{"content": "a", "message_type": "banana"}', ["$.body.message_type"])],
)
async def test_a_write_is_checked_and_stays_here(body: bytes, broken: list[str]) -> None:
    upstream = FakeUpstream()
    one = asked("/api/chat/conversations/11/messages", "POST", body=body)
    assert await shadows(upstream).translate("new", one) == broken
    assert upstream.sent == []
