"""Many connections that ask one request after another, as fast as they are answered."""

import asyncio
import base64
import itertools
import time
from collections.abc import Iterator, Sequence
from typing import Final, NamedTuple, cast

_ENDED_WITHIN_S: Final = 30.0
_HANDSHAKE_KEY: Final = base64.b64encode(bytes(16)).decode()
#: ``{"type":"ping"}`` as a masked text frame (the mask is zero), and how long its answer is.
_PING: Final = b"\x81\x8f\x00\x00\x00\x00" + b'{"type":"ping"}'
_PONG_BYTES: Final = 17
_LAST_CHUNK: Final = b"\r\n0\r\n\r\n"


class Slice(NamedTuple):
    """What a slice of time showed: answers, seconds, and the seconds that single answers took."""

    answers: int
    seconds: float
    waits: list[float]


class Client(asyncio.Protocol):
    """One connection that asks the next request as soon as the last one is answered.

    ``_wanted``: how long the answer is with its head; 0 for chunks, -1 while that is not known.
    """

    def __init__(self, requests: Iterator[bytes]) -> None:
        self._requests = requests
        self._wanted = -1
        self._got = 0
        self._head = b""
        self.running = True
        self.waits: list[float] = []
        self.closed: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self.error: str | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.Transport, transport)
        self._ask()

    def _ask(self) -> None:
        self._wanted, self._got = -1, 0
        request = next(self._requests)
        self._asked = time.perf_counter()
        self._transport.write(request)

    def data_received(self, data: bytes) -> None:
        if self._wanted < 0 and not self._read_head(data):
            return
        self._got += len(data)
        if self._got < self._wanted or (not self._wanted and not data.endswith(_LAST_CHUNK)):
            return
        self.waits.append(time.perf_counter() - self._asked)
        if self.running:
            self._ask()
        else:
            self._transport.close()

    def _read_head(self, data: bytes) -> bool:
        """Whether the head is complete: from then on the answer's length is known."""
        head, found, _ = (self._head + data).partition(b"\r\n\r\n")
        if not found:
            self._head = head
            return False
        at = head.lower().find(b"content-length: ")
        if b" 200 " not in head[:14]:
            self.error = (head + b"\r\n\r\n" + data[-300:]).decode("latin-1")
            self._transport.abort()
            return False
        length = int(head[at + 16 :].partition(b"\r\n")[0]) if at >= 0 else None
        self._wanted = 0 if length is None else len(head) + 4 + length
        self._got, self._head = len(self._head), b""
        return True

    def connection_lost(self, exc: Exception | None) -> None:
        if self.running and self.error is None:
            self.error = f"the connection was closed: {exc}"
        if not self.closed.done():
            self.closed.set_result(None)


class SocketClient(Client):
    """A WebSocket that says ping ``per_s`` times a second."""

    def __init__(self, requests: Iterator[bytes], per_s: float) -> None:
        super().__init__(requests)
        self._pause_s = 1 / per_s
        self._open = False

    def data_received(self, data: bytes) -> None:
        if not self._open:
            if not data.startswith(b"HTTP/1.1 101 "):
                self.error = data.decode("latin-1")
                self._transport.abort()
                return
            self._open = True
            self._say()
            return
        self._got += len(data)
        if self._got >= _PONG_BYTES:
            self.waits.append(time.perf_counter() - self._asked)
            if self.running:
                asyncio.get_running_loop().call_later(self._pause_s, self._say)
            else:
                self._transport.abort()

    def _say(self) -> None:
        if not self.running:
            self._transport.abort()
            return
        self._got = 0
        self._asked = time.perf_counter()
        self._transport.write(_PING)


def handshake(target: str, fields: Sequence[str]) -> bytes:
    """A request for a WebSocket."""
    upgrade = ["Connection: Upgrade", "Upgrade: websocket", "Sec-WebSocket-Version: 13"]
    rows = [f"GET {target} HTTP/1.1", *fields, *upgrade, f"Sec-WebSocket-Key: {_HANDSHAKE_KEY}"]
    return "\r\n".join([*rows, "", ""]).encode()


async def load(
    port: int, requests: Sequence[bytes], connections: int, seconds: float, frames_per_s: float = 0
) -> Slice:
    """Ask for this long; each connection takes every ``connections``-th request, over and over.

    With ``frames_per_s`` each request opens a socket. Raises RuntimeError when an answer is not 200.
    """
    loop = asyncio.get_running_loop()

    def client(number: int) -> Client:
        own = [requests[(number + turn) % len(requests)] for turn in range(0, len(requests), connections)]
        endless = itertools.cycle(own)
        return SocketClient(endless, frames_per_s) if frames_per_s else Client(endless)

    started = time.perf_counter()
    made = [
        await loop.create_connection(lambda number=number: client(number), "127.0.0.1", port)  # type: ignore[misc]
        for number in range(connections)
    ]
    clients = [one for _, one in made]
    await asyncio.sleep(seconds)
    for one in clients:
        one.running = False
    await asyncio.wait([one.closed for one in clients], timeout=_ENDED_WITHIN_S)
    took = time.perf_counter() - started
    for one in clients:
        if one.error:
            raise RuntimeError(one.error)
    waits = [wait for one in clients for wait in one.waits]
    return Slice(len(waits), took, waits)


async def fetch(port: int, request: bytes) -> tuple[int, bytes]:
    """One request on a connection of its own: status and body. Chunks are put together."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    try:
        writer.write(request)
        head = (await reader.readuntil(b"\r\n\r\n")).lower()
        at = head.find(b"content-length: ")
        if at >= 0:
            body = await reader.readexactly(int(head[at + 16 :].partition(b"\r\n")[0]))
        else:
            body = await _chunks(reader)
        return int(head[9:12]), body
    finally:
        writer.close()


async def _chunks(reader: asyncio.StreamReader) -> bytes:
    body = b""
    while size := int(await reader.readline(), 16):
        body += (await reader.readexactly(size + 2))[:-2]
    return body
