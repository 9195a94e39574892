"""The gateway, started as an operator starts it: ``chat-gateway serve`` with a configuration file."""

import contextlib
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from tests.bench.peers.setting import Setting
from tests.bench.people import SECRET
from tests.bench.processes import Process, free_port, started

_CONFIGURATION: Final = """
listen: 127.0.0.1:{port}
admin: {{listen: "127.0.0.1:{admin}"}}
upstream: {{url: "http://127.0.0.1:{upstream}"}}
auth: {{secret: "{secret}"}}
directory:
  sources: [{{dsn: "{dsn}"}}]
log: {{level: error}}
"""


@contextlib.contextmanager
def gateway(setting: Setting) -> Iterator[Process]:
    """One process, everything at its default but the addresses."""
    port = free_port()
    file = setting.folder / "gateway.yaml"
    file.write_text(
        _CONFIGURATION.format(
            port=port, admin=free_port(), upstream=setting.upstream, secret=SECRET, dsn=setting.dsn
        ),
        "utf-8",
    )
    program = Path(sys.executable).with_name("chat-gateway")
    with started([program, "serve", "--config", file], setting.core, port) as process:
        yield process
