"""The whole system for tests that have no event loop of their own."""

import asyncio
import contextlib
import secrets
import threading
from collections.abc import Iterator
from typing import Any, Final

from demo.databases import PostgresServer
from demo.stage import FRESH, Stage, load, staged
from tests.support.processes import LONGEST_S

#: The demo's database as one SQL text.
STORY: Final = "\n".join(file.read_text("utf-8") for file in FRESH)


@contextlib.contextmanager
def whole(postgres: PostgresServer, **more: Any) -> Iterator[Stage]:
    """Database, backend and gateway with the demo's people, in a thread; ``more`` are sections of config.yaml."""
    name = f"whole_{secrets.token_hex(4)}"
    dsn = load(postgres, name, FRESH)
    up, down = threading.Event(), threading.Event()
    found: list[Stage] = []

    async def run() -> None:
        async with staged(dsn, secrets.token_urlsafe(48), observe=False, **more) as running:
            found.append(running)
            up.set()
            await asyncio.to_thread(down.wait)

    def thread() -> None:
        try:
            asyncio.run(run())
        finally:
            up.set()

    worker = threading.Thread(target=thread)
    worker.start()
    assert up.wait(LONGEST_S)
    try:
        yield found[0]
    finally:
        down.set()
        worker.join(LONGEST_S)
        assert not worker.is_alive()
        postgres.drop_database(name)
