"""Two upstreams with shapes of their own behind one exchange, which is told who answers and knows nothing else."""

import json

import pytest

from adapters import OPERATIONS
from contracts.model.shape import SHAPES, Shape
from gateway.exchange.exchange import Exchanges
from gateway.exchange.routes import Routes
from gateway.exchange.shapes import Shapes
from tests.support.fakes import FakeDirectory, FakeTokens, FakeUpstream, ask

CALL = {"id": 5, "status": "initiated"}
ANSWERS: dict[Shape, object] = {
    "2.1": {"can_broadcast_typing": True},
    "2.2": {"settings": {"typing_indicators": True}},
}


def test_every_shape_has_its_clients() -> None:
    assert set(Shapes().clients) == set(SHAPES)


@pytest.mark.parametrize("shape", ["legacy", "2.1"])
async def test_each_person_is_answered_by_the_upstream_that_is_chosen(shape: str) -> None:
    shapes = Shapes()
    upstreams = {name: FakeUpstream([answer]) for name, answer in ANSWERS.items()}
    backends = {name: shapes.backend(upstreams[name], name, name) for name in ANSWERS}
    gateway = Exchanges(
        Routes(OPERATIONS, "2.1", shapes.endpoints),
        FakeTokens(),
        FakeDirectory(),
        lambda match, person, agent: backends["2.2" if person.user_id == 2 else "2.1"],
        shapes.clients,
        counters=shapes.counters,
    )
    for user in (1, 2):
        response = await ask(
            gateway, "GET", "/api/chat/conversations/11/typing-allowed", by=user, X_Chat_API=shape
        )
        assert json.loads(response.body) == {"can_broadcast_typing": True}
    assert [one.target for one in upstreams["2.1"].sent] == [
        "/api/chat/conversations/11/typing-allowed?user_id=1"
    ]
    assert [one.target for one in upstreams["2.2"].sent] == ["/api/chat/settings?user_id=2"]
