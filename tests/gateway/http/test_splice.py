"""From one transport to another, without sockets; through the gateway in `test_passthrough`."""

import asyncio
import random

import aiohttp
import pytest
from aiohttp.base_protocol import BaseProtocol

from gateway.http.splice import Splice

FRESH_S, IDLE_S = 30.0, 30.0


class Transport(asyncio.Transport):
    """Takes what is written, and says so to its protocol when ``room`` is used up."""

    def __init__(self, protocol: BaseProtocol, room: int = 1 << 40) -> None:
        super().__init__()
        self.protocol, self.room, self.reading = protocol, room, True
        self.waiting, self.taken, self.aborted = b"", b"", False

    def write(self, data: bytes | bytearray | memoryview) -> None:
        self.waiting += bytes(data)
        if len(self.waiting) > self.room and not self.protocol.writing_paused:
            self.protocol.pause_writing()

    def take(self) -> None:
        self.taken, self.waiting = self.taken + self.waiting, b""
        if self.protocol.writing_paused:
            self.protocol.resume_writing()

    def get_write_buffer_size(self) -> int:
        return len(self.waiting)

    def pause_reading(self) -> None:
        self.reading = False

    def resume_reading(self) -> None:
        self.reading = True

    def abort(self) -> None:
        self.aborted = True
        self.protocol.connection_lost(None)


def ends(room: int = 1 << 40) -> tuple[BaseProtocol, BaseProtocol, Transport, Transport]:
    made = [BaseProtocol(asyncio.get_running_loop()) for _ in range(2)]
    pair = [Transport(made[0]), Transport(made[1], room)]
    for protocol, transport in zip(made, pair, strict=True):
        protocol.transport = transport
    return made[0], made[1], pair[0], pair[1]


@pytest.mark.parametrize("seed", range(20))
async def test_every_byte_arrives_once_and_little_waits(seed: int) -> None:
    chance = random.Random(seed)
    upstream, client, source, sink = ends(room=chance.choice([0, 100, 5000]))
    body = chance.randbytes(20_000)
    splice = Splice(upstream, client, len(body), FRESH_S)
    running = asyncio.ensure_future(splice.run(IDLE_S))
    rest, behind, most = body + b"behind", b"", 0
    while rest:
        await asyncio.sleep(0)
        if source.reading:
            size = chance.randint(1, 3000)
            behind += splice.feed(rest[:size])
            rest = rest[size:]
            most = max(most, len(sink.waiting))
            if not splice.left:
                behind, rest = behind + rest, b""
        if chance.random() < 0.5:
            sink.take()
    sink.take()
    await asyncio.wait_for(running, 30)
    assert (sink.taken, behind) == (body, b"behind")
    assert most <= sink.room + 3000


async def test_an_upstream_that_is_gone_is_told_at_once() -> None:
    upstream, client, _, _ = ends()
    splice = Splice(upstream, client, 10, FRESH_S)
    running = asyncio.ensure_future(splice.run(IDLE_S))
    await asyncio.sleep(0)
    splice.feed(b"four")
    splice.lose()
    with pytest.raises(aiohttp.ClientPayloadError):
        await asyncio.wait_for(running, 30)


async def test_an_upstream_that_is_gone_after_the_last_byte_has_done_its_work() -> None:
    upstream, client, _, sink = ends()
    splice = Splice(upstream, client, 4, FRESH_S)
    running = asyncio.ensure_future(splice.run(IDLE_S))
    await asyncio.sleep(0)
    splice.feed(b"four")
    splice.lose()
    await asyncio.wait_for(running, 30)
    assert sink.waiting == b"four"


async def test_an_upstream_that_stops_is_given_up() -> None:
    upstream, client, _, _ = ends()
    with pytest.raises(TimeoutError):
        await asyncio.wait_for(Splice(upstream, client, 10, 0.01).run(IDLE_S), 30)


async def test_a_client_that_takes_nothing_is_cut() -> None:
    upstream, client, source, sink = ends(room=0)
    splice = Splice(upstream, client, 10, FRESH_S)
    running = asyncio.ensure_future(splice.run(0.01))
    await asyncio.sleep(0)
    splice.feed(b"four")
    assert not source.reading
    with pytest.raises(ConnectionResetError):
        await asyncio.wait_for(running, 30)
    assert sink.aborted


async def test_a_client_that_has_left_ends_it() -> None:
    upstream, client, _, _ = ends()
    splice = Splice(upstream, client, 10, FRESH_S)
    running = asyncio.ensure_future(splice.run(IDLE_S))
    await asyncio.sleep(0)
    client.connection_lost(None)
    splice.feed(b"four")
    with pytest.raises(ConnectionResetError):
        await asyncio.wait_for(running, 30)
