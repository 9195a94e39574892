"""Many connections that ask the same thing over and over, as fast as they are answered."""

import asyncio
import time
from typing import NamedTuple, cast
from urllib.parse import urlsplit


class Slice(NamedTuple):
    """What a slice of time showed: answers, seconds, and the seconds that single answers took."""

    answers: int
    seconds: float
    waits: list[float]


class _Client(asyncio.Protocol):
    def __init__(self, request: bytes) -> None:
        self._request = request
        self._wanted = -1
        self._got = 0
        self.running = True
        self.waits: list[float] = []
        self.answers = 0
        self.closed: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self.error: str | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.Transport, transport)
        self._ask()

    def _ask(self) -> None:
        self._asked = time.perf_counter()
        self._transport.write(self._request)

    def data_received(self, data: bytes) -> None:
        if self._wanted < 0:
            self._read_head(data)
        self._got += len(data)
        if self._got < self._wanted:
            return
        self.answers += 1
        self.waits.append(time.perf_counter() - self._asked)
        self._wanted, self._got = -1, 0
        if self.running:
            self._ask()
        else:
            self._transport.close()

    def _read_head(self, data: bytes) -> None:
        head, found, _ = data.partition(b"\r\n\r\n")
        if not found or b" 200 " not in head[:14]:
            self.error = data[:300].decode("latin-1")
            self._transport.abort()
            return
        at = head.lower().find(b"content-length: ")
        self._wanted = len(head) + 4 + int(head[at + 16 :].partition(b"\r\n")[0])

    def connection_lost(self, exc: Exception | None) -> None:
        if not self.closed.done():
            self.closed.set_result(None)


async def load(url: str, request: bytes, connections: int, seconds: float) -> Slice:
    """Ask for this long. Raises RuntimeError when an answer is not 200."""
    loop = asyncio.get_running_loop()
    parts = urlsplit(url)
    started = time.perf_counter()
    made = [
        await loop.create_connection(lambda: _Client(request), parts.hostname or "", parts.port or 80)
        for _ in range(connections)
    ]
    clients = [client for _, client in made]
    await asyncio.sleep(seconds)
    for client in clients:
        client.running = False
    await asyncio.wait([client.closed for client in clients], timeout=10)
    took = time.perf_counter() - started
    errors = [client.error for client in clients if client.error]
    if errors:
        raise RuntimeError(errors[0])
    return Slice(sum(c.answers for c in clients), took, [wait for c in clients for wait in c.waits])
