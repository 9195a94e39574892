"""What is measured: the gateway, and what people would use instead of it."""

import contextlib
from collections.abc import Callable
from typing import Final, NamedTuple

from tests.bench.peers import nginx
from tests.bench.peers.gateway import gateway
from tests.bench.peers.node import node
from tests.bench.peers.setting import Setting
from tests.bench.processes import Process, python, started


class Peer(NamedTuple):
    """How to start it, and whether it translates; `tests.bench.peers.setting.Missing` when it is not here."""

    start: Callable[[Setting], contextlib.AbstractContextManager[Process]]
    translates: bool


def _stock(setting: Setting) -> contextlib.AbstractContextManager[Process]:
    return started(python("tests.bench.peers.stock", f"http://127.0.0.1:{setting.upstream}"), setting.core)


GATEWAY: Final = "gateway"
PEERS: Final = {
    GATEWAY: Peer(gateway, translates=True),
    "nginx_lua": Peer(nginx.lua, translates=True),
    "plain_nginx": Peer(nginx.plain, translates=False),
    "node_undici": Peer(node, translates=True),
    "stock_aiohttp": Peer(_stock, translates=False),
}
