"""The parts, put together from a configuration; nothing is started."""

from gateway.config import Auth, Config, Directory, Secret, Source, Upstream
from gateway.upstream import Upstream as Connections
from gateway.upstream_address import parse_url
from gateway.wiring import ChatCore

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
