"""The chain on links that only write down where a request came by."""

from itertools import product
from typing import Any

import pytest

from contracts.model.document import Document
from contracts.model.http import Request, Response
from contracts.model.shape import LINKS, SHAPES, Link, Shape, way
from contracts.operation import operation
from gateway.exchange.chain import Backend, Translations
from gateway.exchange.exchange_context import ExchangeContext
from tests.support.fakes import FakeDirectory, FakeUpstream

ROW = operation("blocks.list", "GET /blocked")


class _Last:
    async def ask(self, operation: Any, document: Document, context: ExchangeContext) -> Response:
        return Response(200, (), b"upstream")

    def upload_target(self, operation: Any, document: Document, named: Any) -> str:
        raise NotImplementedError

    def refusal(self, response: Response) -> Any:
        raise NotImplementedError


class _Crossing:
    def __init__(self, mark: str, behind: Any) -> None:
        self.mark, self.behind = mark, behind

    async def ask(self, operation: Any, document: Document, context: ExchangeContext) -> Response:
        response = await self.behind.ask(operation, document, context)
        return response._replace(body=self.mark.encode() + b" " + response.body)


def _translations(link: Link) -> Translations:
    return Translations(
        lambda behind: _Crossing(f"{link.older}>{link.newer}", behind),
        lambda behind: _Crossing(f"{link.newer}>{link.older}", behind),
    )


@pytest.mark.parametrize(("client", "upstream"), list(product(SHAPES, SHAPES)))
async def test_a_request_crosses_the_links_of_its_way_in_order(client: Shape, upstream: Shape) -> None:
    backend = Backend.connected(
        "one", upstream, FakeUpstream(), _Last(), {link: _translations(link) for link in LINKS}
    )
    context = ExchangeContext(Request("GET", "/", "", {}, b""), FakeDirectory(), FakeUpstream())
    response = await backend.stages[client].ask(ROW, Document({}, {}, None), context)
    marks = [
        f"{link.older}>{link.newer}" if to_newer else f"{link.newer}>{link.older}"
        for link, to_newer in way(client, upstream)
    ]
    assert response.body.decode() == " ".join([*marks, "upstream"])
