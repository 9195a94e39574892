"""An upstream that costs next to nothing, so that what is measured is what stands before it."""

import asyncio
from collections.abc import Iterator
from typing import cast

from tests.bench.workloads import answers

HEAD = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nServer: stub\r\nContent-Length: %d\r\n\r\n%b"


class Stub(asyncio.Protocol):
    """Knows requests by their first words; trusts its clients completely."""

    def __init__(self, whole: dict[bytes, Iterator[bytes]]) -> None:
        self._whole = whole
        self._rest = b""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.Transport, transport)

    def data_received(self, data: bytes) -> None:
        data = self._rest + data if self._rest else data
        while (end := data.find(b"\r\n\r\n")) >= 0:
            size = end + 4
            at = data.find(b"ontent-Length: ", 0, end)
            if at >= 0:
                size += int(data[at + 15 : data.find(b"\r\n", at)])
            if len(data) < size:
                break
            first = data[: data.find(b" ", 6)].partition(b"?")[0]
            self._transport.write(next(self._whole[first]))
            data = data[size:]
        self._rest = data


def whole_answers() -> dict[bytes, Iterator[bytes]]:
    """Heads and bodies, without end."""
    return {start: map(_whole, bodies) for start, bodies in answers().items()}


def _whole(body: bytes) -> bytes:
    return HEAD % (len(body), body)


async def serve() -> str:
    """Listen; returns the address. The server lives as long as the loop."""
    whole = whole_answers()
    server = await asyncio.get_running_loop().create_server(lambda: Stub(whole), "127.0.0.1", 0, backlog=1024)
    return f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
