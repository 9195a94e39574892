"""What a socket may cost, over real ones: the rows that the gateway's sockets answer to as well."""

import asyncio
import base64
import json

import pytest
from aiohttp import WSMsgType

from backend.sockets import connection
from backend.sockets.server import SOCKETS
from contracts.model import send_queue
from contracts.model.socket_limits import Limits
from tests.backend.conftest import ABEL, ABEL_BEZA, BEZA, token

PING = b'{"type":"ping"}'
UNMASKED = b"\x81\x0f" + PING
EMPTY_PIECE = b"\x00\x80mask"


def padded(size):
    start = '{"type":"ping","x":"'
    return start + "x" * (size - len(start) - 2) + '"}'


@pytest.fixture
def connect(client):
    async def connect(user_id, limits=None):
        if limits:
            client.app[SOCKETS].limit(limits)
        socket = await client.ws_connect(f"/ws/{user_id}?token={token(user_id)}")
        assert (await heard(socket))["status"] == "connected"
        return socket

    return connect


async def heard(socket):
    return await socket.receive_json(timeout=30)


async def closed(socket):
    """The code with which it ends, whatever is said before."""
    while (message := await socket.receive(timeout=30)).type is WSMsgType.TEXT:
        pass
    assert message.type is WSMsgType.CLOSE
    return message.data


async def outcome(socket):
    frame = await heard(socket)
    return frame.get("code", frame["type"])


async def test_a_message_of_exactly_256_kib_is_taken_and_one_byte_more_is_not(connect):
    socket = await connect(ABEL)
    await socket.send_str(padded(262_144))
    assert await outcome(socket) == "pong"
    await socket.send_str(padded(262_145))
    assert await closed(socket) == 1009


async def test_a_frame_without_a_mask_is_a_protocol_error(connect):
    socket = await connect(ABEL)
    socket._writer.transport.write(UNMASKED)
    assert await closed(socket) == 1002


async def test_also_when_it_comes_together_with_the_handshake(client):
    key = base64.b64encode(b"0123456789abcdef").decode()
    reader, writer = await asyncio.open_connection(client.host, client.port)
    writer.write(
        f"GET /ws/{ABEL}?token={token(ABEL)} HTTP/1.1\r\nHost: h\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n"
        f"Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: {key}\r\n\r\n".encode()
        + UNMASKED
    )
    said = await asyncio.wait_for(reader.read(), 30)
    writer.close()
    assert b" 101 " in said
    assert b"\x88" in said
    assert (1002).to_bytes(2) in said
    assert b"pong" not in said


@pytest.mark.parametrize(
    "wire", [b"\x89\x80mask" * 9, b"\x8a\x80mask" * 9, b"\x01\x80mask" + EMPTY_PIECE * 9]
)
async def test_frames_that_are_no_message_count(connect, wire):
    socket = await connect(ABEL, Limits(frames_per_s=10, burst=5, refused=3))
    socket._writer.transport.write(wire)
    assert await closed(socket) == 1008


async def test_too_many_frames_are_refused_and_then_too_much(connect, clock):
    socket = await connect(ABEL, Limits(frames_per_s=10, burst=5, refused=3))
    for _ in range(7):
        await socket.send_str(padded(50))
    assert [await outcome(socket) for _ in range(7)] == ["pong"] * 5 + ["rate_limited"] * 2
    clock.now += 0.25
    for _ in range(5):
        await socket.send_str(padded(50))
    assert await closed(socket) == 1008


async def test_all_sockets_of_a_person_share_its_bytes(connect, clock):
    first = await connect(ABEL, Limits(bytes_per_s=100, bytes_burst=1000))
    second, other = await connect(ABEL), await connect(BEZA)
    await first.send_str(padded(600))
    assert await outcome(first) == "pong"
    await second.send_str(padded(600))
    assert await outcome(second) == "rate_limited"
    await other.send_str(padded(600))
    assert await outcome(other) == "pong"
    clock.now += 5
    await second.send_str(padded(600))
    assert await outcome(second) == "pong"


async def test_who_kept_the_process_busy_waits_until_that_is_made_up_for(connect, clock):
    socket = await connect(ABEL, Limits(busy_s_per_s=0.01, busy_burst_s=1e-9))
    for expected in ("pong", "rate_limited"):
        await socket.send_str(padded(50))
        assert await outcome(socket) == expected
    clock.now += 60
    await socket.send_str(padded(50))
    assert await outcome(socket) == "pong"


async def test_bytes_are_no_frame_of_ours(connect):
    socket = await connect(ABEL)
    await socket.send_bytes(json.dumps({"type": "ping"}).encode())
    assert await heard(socket) == {"type": "error", "code": "invalid_value", "detail": "$: must be text"}


async def test_who_does_not_read_is_cut_and_keeps_nobody_waiting(connect):
    limits = Limits(
        queue_bytes=300_000, frames_per_s=1000, burst=1000, bytes_burst=100_000_000, busy_burst_s=60
    )
    abel, idle = await connect(ABEL, limits), await connect(BEZA, limits)
    idle._response.connection.transport.pause_reading()
    await abel.send_json({"type": "call_invitation", "conversation_id": ABEL_BEZA, "to_user_id": BEZA})
    for _ in range(400):  # more than the kernel's buffers hold
        await abel.send_json({"type": "ice_candidate", "to_user_id": BEZA, "candidate": "x" * 200_000})
        await abel.send_json({"type": "ping"})
        if (await heard(abel))["type"] == "call_ended":
            break
    else:
        pytest.fail("everything was kept for a client that does not read")


async def test_the_end_of_the_process_waits_for_nobody_who_does_not_read(connect, client, monkeypatch):
    monkeypatch.setattr(connection, "CLOSE_S", 0.1)
    monkeypatch.setattr(send_queue, "STALLED_S", 0.2)
    abel, idle = await connect(ABEL), await connect(BEZA)
    idle._response.connection.transport.pause_reading()
    await abel.send_json({"type": "call_invitation", "conversation_id": ABEL_BEZA, "to_user_id": BEZA})
    for _ in range(20):
        await abel.send_json({"type": "ice_candidate", "to_user_id": BEZA, "candidate": "x" * 200_000})
    await abel.send_json({"type": "ping"})
    assert (await heard(abel))["type"] == "pong"
    await asyncio.wait_for(client.app[SOCKETS].close(), 30)
