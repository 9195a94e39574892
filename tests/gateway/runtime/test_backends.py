"""The backends of a configuration, put together; nothing is asked."""

import pytest

from gateway.config.model import parse
from gateway.exchange.shapes import Shapes
from gateway.rollout.rules import InvalidRules
from gateway.runtime.backends import Backends, rules_of
from gateway.upstream.address import parse_url
from gateway.upstream.client import Upstream
from tests.gateway.config.test_model import with_key
from tests.gateway.config.test_traffic import several


async def _made(document: object) -> Backends:
    config = parse(document)
    return Backends(config, Upstream(parse_url(config.upstream.url), timeout_s=1), Shapes())


async def test_two_upstreams_with_shapes_of_their_own() -> None:
    backends = await _made(several(percent=5))
    assert {name: backend.shape for name, backend in backends.named.items()} == {
        "old": "legacy",
        "new": "2.1",
    }
    assert backends.named["old"].upstream is not backends.named["new"].upstream
    assert backends.decider.rules.percent == 5
    assert (backends.reads, backends.decisions) == ({}, {})
    await backends.close()


@pytest.mark.parametrize("api", ["legacy", "2.1", "2.2"])
async def test_one_upstream_answers_everybody(api: str) -> None:
    backends = await _made(with_key("upstream.api", api))
    assert [backend.shape for backend in backends.named.values()] == [api]
    await backends.close()


async def test_what_moves_at_once_has_no_share() -> None:
    with pytest.raises(InvalidRules, match="0 or 100"):
        rules_of(parse(several(operations={"typing.set": 50})).rollout)
