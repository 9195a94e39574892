from itertools import pairwise, product

import pytest

from contracts.model.shape import LINKS, SHAPES, Shape, way
from contracts.specs import openapi


def _crossed(client: Shape, upstream: Shape) -> list[Shape]:
    """The shapes that a request has on its way."""
    return [
        client,
        *(step.link.newer if step.to_newer else step.link.older for step in way(client, upstream)),
    ]


@pytest.mark.parametrize(("client", "upstream"), list(product(SHAPES, SHAPES)))
def test_every_shape_reaches_every_other_over_neighbours(client: Shape, upstream: Shape) -> None:
    crossed = _crossed(client, upstream)
    assert (crossed[0], crossed[-1]) == (client, upstream)
    assert all(pair in LINKS or pair[::-1] in LINKS for pair in pairwise(crossed))
    assert len(set(crossed)) == len(crossed)


@pytest.mark.parametrize(("client", "upstream"), list(product(SHAPES, SHAPES)))
def test_the_way_back_is_the_way_turned_round(client: Shape, upstream: Shape) -> None:
    assert _crossed(upstream, client) == _crossed(client, upstream)[::-1]


def test_the_order_is_the_documented_one() -> None:
    assert _crossed("legacy", "2.2") == ["legacy", "2.1", "2.2"]


@pytest.mark.parametrize("shape", SHAPES)
def test_every_shape_has_a_contract(shape: Shape) -> None:
    assert list(openapi.operations(openapi.load(shape)))
