import time

import pytest
from aiohttp import WSMsgType, WSServerHandshakeError

from backend.sockets.server import SOCKETS, TOKEN_EXPIRED
from contracts.model.socket_limits import Limits
from tests.backend.conftest import ABEL, ABEL_BEZA, ABEL_DESTA, BEZA, BEZA_CHALA, CHALA, FIKRU, HANNA, token

INVITATION = {
    "type": "call_invitation",
    "call_type": "voice",
    "conversation_id": ABEL_BEZA,
    "to_user_id": BEZA,
    "offer": {"sdp": "v=0"},
    "from_user_id": CHALA,
    "from_profile_id": 999,
    "from_name": "Somebody else",
}


@pytest.fixture
def connect(client):
    async def connect(user_id, **more):
        socket = await client.ws_connect(f"/ws/{user_id}?token={token(user_id, **more)}")
        assert (await heard(socket))["connection_key"] == f"user_{user_id}"
        return socket

    return connect


async def heard(socket):
    return await socket.receive_json(timeout=30)


async def test_a_call_from_ring_to_end(connect):
    abel, beza, second = await connect(ABEL), await connect(BEZA), await connect(BEZA)
    await abel.send_json(INVITATION)
    for socket in (beza, second):
        frame = await heard(socket)
        assert frame.pop("timestamp").endswith("Z")
        assert frame == {
            "type": "call_invitation",
            "call_type": "voice",
            "conversation_id": ABEL_BEZA,
            "offer": {"sdp": "v=0"},
            "from_user_id": ABEL,
            "to_user_id": BEZA,
            "from_name": "Abel A",
            "from_avatar": "https://media.example.test/p/abel.png",
        }
    for socket, other, frame in (
        (beza, abel, {"type": "call_answer", "answer": {"sdp": "v=1"}}),
        (abel, beza, {"type": "ice_candidate", "candidate": "c", "to_user_id": BEZA}),
        (beza, abel, {"type": "webrtc_offer", "offer": "o", "conversation_id": ABEL_BEZA}),
        (abel, beza, {"type": "call_ended"}),
    ):
        await socket.send_json(frame)
        answer = await heard(other)
        assert {**answer, **frame} == answer
        assert answer["from_user_id"] == (ABEL if socket is abel else BEZA)
        assert answer["conversation_id"] == ABEL_BEZA
    await beza.send_json({"type": "ice_candidate", "candidate": "late"})
    assert (await heard(beza))["code"] == "forbidden"


@pytest.mark.parametrize(
    ("caller", "callee", "reason"),
    [
        (ABEL, BEZA, "offline"),
        (ABEL, FIKRU, "not_allowed"),
        (HANNA, ABEL, "not_allowed"),
        (ABEL, 99999, "not_allowed"),
    ],
)
async def test_who_cannot_be_reached(connect, caller, callee, reason):
    listeners = [await connect(callee)] if reason == "not_allowed" and callee < 1000 else []
    socket = await connect(caller)
    await socket.send_json({**INVITATION, "to_user_id": callee})
    assert await heard(socket) == {"type": "call_declined", "conversation_id": ABEL_BEZA, "reason": reason}
    for listener in listeners:
        await listener.send_json({"type": "ping"})
        assert await heard(listener) == {"type": "pong"}


@pytest.mark.parametrize(
    ("conversation", "rings"),
    [
        (ABEL_BEZA, True),
        (str(ABEL_BEZA), True),
        (None, True),
        ("connection-107", True),
        (BEZA_CHALA, False),
        (ABEL_DESTA, False),
        (999_999, False),
        (2**70, False),
        (" 12", False),
        ("12.0", False),
        (12.0, False),
        ([12], False),
        ({"id": 12}, False),
        (True, False),
    ],
)
async def test_a_call_names_a_conversation_of_both_or_none(connect, conversation, rings):
    abel, beza = await connect(ABEL), await connect(BEZA)
    await abel.send_json({**INVITATION, "conversation_id": conversation})
    if rings:
        assert (await heard(beza))["type"] == "call_invitation"
        return
    refused = await heard(abel)
    assert (refused["type"], refused["reason"]) == ("call_declined", "not_allowed")
    await beza.send_json({"type": "ping"})
    assert (await heard(beza))["type"] == "pong"  # and nothing before it


async def test_what_is_said_in_a_call_is_said_in_its_conversation(connect):
    abel, beza = await connect(ABEL), await connect(BEZA)
    await abel.send_json(INVITATION)
    await heard(beza)
    await abel.send_json({"type": "call_cancelled", "to_user_id": BEZA, "conversation_id": BEZA_CHALA})
    assert (await heard(beza))["conversation_id"] == ABEL_BEZA


async def test_a_lost_socket_ends_its_calls(connect):
    abel, beza = await connect(ABEL), await connect(BEZA)
    await abel.send_json(INVITATION)
    await heard(beza)
    await abel.close()
    frame = await heard(beza)
    assert (frame["type"], frame["from_user_id"], frame["conversation_id"]) == ("call_ended", ABEL, ABEL_BEZA)


async def test_nobody_answers(client, connect, person, database):
    client.app[SOCKETS]._rings_s = 0.01
    abel, beza = await connect(ABEL), await connect(BEZA)
    call = await person(ABEL).post("/api/chat/calls", {"conversation_id": ABEL_BEZA, "call_type": "voice"})
    await abel.send_json(INVITATION)
    assert (await heard(beza))["type"] == "call_invitation"
    assert (await heard(beza))["type"] == "call_cancelled"
    frame = await heard(abel)
    assert (frame["type"], frame["reason"]) == ("call_declined", "no_answer")
    status = "SELECT status FROM call_logs WHERE id = $1"
    assert await database.fetchval(status, call["call"]["id"]) == "no_answer"


@pytest.mark.parametrize(
    ("text", "code", "said"),
    [
        ("{", "invalid_request", "$: is not JSON"),
        ("[1, 2]", "invalid_value", "$: must be an object with a type"),
        ('{"type": 5}', "invalid_value", "$: must be an object with a type"),
        ('{"type": "private_message"}', "invalid_value", "$.type: is no frame that we know"),
        (
            '{"type": "call_invitation"}',
            "invalid_value",
            "$.to_user_id: must be a positive whole number below 2^63",
        ),
        (
            '{"type": "call_invitation", "to_user_id": 1}',
            "invalid_request",
            "$.to_user_id: nobody calls themselves",
        ),
        ('{"type": "call_ended", "to_user_id": 2}', "forbidden", "there is no such call"),
    ],
)
async def test_wrong_frames(connect, text, code, said):
    socket = await connect(ABEL)
    await socket.send_str(text)
    assert await heard(socket) == {"type": "error", "code": code, "detail": said}
    await socket.send_json({"type": "ping"})
    assert await heard(socket) == {"type": "pong"}


@pytest.mark.parametrize(
    ("path", "protocols", "status"),
    [
        ("/ws/1", (), 401),
        ("/ws/1?token=abc", (), 401),
        (f"/ws/2?token={token(ABEL)}", (), 403),
        (f"/ws/undefined?token={token(ABEL)}", (), 422),
        (f"/ws/99999?token={token(99999)}", (), 401),
    ],
)
async def test_refused_before_the_upgrade(client, path, protocols, status):
    with pytest.raises(WSServerHandshakeError) as error:
        await client.ws_connect(path, protocols=protocols)
    assert error.value.status == status


async def test_the_token_as_a_subprotocol(client):
    socket = await client.ws_connect("/ws/1", protocols=("bearer", token(ABEL)))
    assert socket.protocol == "bearer"
    assert (await heard(socket))["status"] == "connected"


async def test_a_token_that_ends(client):
    bearer = token(ABEL, exp=time.time() + 1)
    socket = await client.ws_connect(f"/ws/{ABEL}?token={bearer}")
    await heard(socket)
    message = await socket.receive(timeout=30)
    assert (message.type, message.data) == (WSMsgType.CLOSE, TOKEN_EXPIRED)


async def test_a_person_has_so_many_sockets(client, connect):
    client.app[SOCKETS].limit(Limits(per_person=2))
    await connect(ABEL)
    await connect(ABEL)
    with pytest.raises(WSServerHandshakeError) as error:
        await connect(ABEL)
    assert error.value.status == 429
    await connect(BEZA)


async def test_the_end_of_the_service_says_come_back(client, connect):
    socket = await connect(ABEL)
    await client.app[SOCKETS].close()
    message = await socket.receive(timeout=30)
    assert (message.type, message.data) == (WSMsgType.CLOSE, 1012)
