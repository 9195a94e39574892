"""The parts, put together from a configuration; nothing is started."""

import msgspec
import pytest

from contracts.model.shape import SHAPES
from contracts.specs import limits
from gateway.config.model import Auth, Config, Directory, Secret, Source, Upstream
from gateway.runtime.wiring import ChatCore
from gateway.upstream.address import parse_url
from gateway.upstream.client import Upstream as Connections

CONFIG = Config(
    auth=Auth(secret=Secret("0123456789abcdef-0123456789abcdef-x")),
    directory=Directory(sources=(Source(dsn=Secret("postgresql://u:p@127.0.0.1:1/none")),)),
    upstream=Upstream(url="http://127.0.0.1:1"),
)


async def test_a_core_is_made_from_a_configuration_without_waiting_for_anything() -> None:
    upstream = Connections(parse_url(CONFIG.upstream.url), timeout_s=1)
    core = ChatCore(CONFIG, upstream)
    assert await core.not_ready() == "no database"
    assert core.exchanges.plan("GET", "/api/chat/conversations", "profile_id=5", {}).shape == "legacy"
    assert core.exchanges.plan("GET", "/login", "", {}).kind == "passthrough"
    assert set(core.lookups()) == {"hits", "misses", "stale", "negative"}
    assert {"queries", "invalidations", "flushes", "fallbacks", "by_hand"} <= set(core.events())
    await upstream.close()


async def test_no_request_waits_until_a_contract_has_been_read(monkeypatch: pytest.MonkeyPatch) -> None:
    limits._of_shape.cache_clear()
    upstream = Connections(parse_url(CONFIG.upstream.url), timeout_s=1)
    core = ChatCore(CONFIG, upstream)
    monkeypatch.setattr(limits, "load", None)
    for shape in SHAPES:
        assert limits.limits_of(shape, "messages.send") is not limits.limits_of(shape, "unknown")
    await core.close()
    await upstream.close()


async def test_in_front_of_2_2_its_routes_are_known_and_the_reads_are_counted() -> None:
    config = msgspec.structs.replace(CONFIG, upstream=Upstream(url="http://127.0.0.1:1", api="2.2"))
    upstream = Connections(parse_url(config.upstream.url), timeout_s=1)
    core = ChatCore(config, upstream)
    plan = core.exchanges.plan
    assert plan("GET", "/api/chat/messages/11", "user_id=1", {}).shape == "2.2"
    assert plan("GET", "/api/chat/messages/11", "profile_id=5", {}).shape == "legacy"
    assert plan("GET", "/api/chat/conversations/11/messages", "", {"X-Chat-API": "2.1"}).shape == "2.1"
    assert core.events()["deployed_by_hand"] == 0
    await core.close()
    await upstream.close()
