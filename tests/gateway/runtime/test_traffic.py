"""What watches the traffic, from the configuration."""

from typing import Any

import pytest

from gateway.config.model import parse
from gateway.runtime.wiring import ChatCore
from gateway.upstream.address import parse_url
from gateway.upstream.client import Upstream

DSN = "postgresql://127.0.0.1:1/none"
TWO = {"upstreams": {"old": {"api": "legacy"}, "new": {}}}


@pytest.mark.parametrize(
    ("sections", "watched", "compares"),
    [
        ({}, False, False),
        ({"rollout": {"store": DSN}}, True, False),
        ({**TWO, "rollout": {"from": "old", "to": "new"}}, False, False),
        ({**TWO, "rollout": {"from": "old", "to": "new", "store": DSN}}, True, False),
        (
            {**TWO, "rollout": {"from": "old", "to": "new", "store": DSN}, "compare": {"percent": 1}},
            True,
            True,
        ),
    ],
)
async def test_nothing_watches_without_a_store(
    sections: dict[str, Any], watched: bool, compares: bool
) -> None:
    base = {
        "auth": {"secret": "0f1e2d3c4b5a69788796a5b4c3d2e1f0"},
        "directory": {"sources": [{"dsn": DSN}]},
    }
    config = parse({**base, **sections})
    upstream = Upstream(parse_url(config.upstream.url), timeout_s=1)
    core = ChatCore(config, upstream)
    assert (core._traffic is not None) is watched
    assert (core._traffic is not None and core._traffic._comparing is not None) is compares
    await core.close()
    await upstream.close()
