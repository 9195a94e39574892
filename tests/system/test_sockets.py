"""Sockets through the running gateway: admission, and a call between an old and a new client, over the real backend."""

import asyncio
from collections.abc import Callable
from typing import Any

import aiohttp
import pytest

from demo.stage import staged
from tests.support.whole import STORY
from tests.system.conftest import SECRET, World

OFFER = {"type": "offer", "sdp": "v=0 one"}
#: How each side opens its socket, and how it names the other one.
SIDES: dict[str, dict[int, tuple[str, dict[str, Any]]]] = {
    "legacy": {
        1: ("/ws/5/student", {"to_profile_id": 5, "to_profile_type": "tutor"}),
        2: ("/ws/5/Tutor", {"to_profile_id": 7, "to_profile_type": "tutor"}),
    },
    "modern": {1: ("/ws/1", {"to_user_id": 2}), 2: ("/ws/2", {"to_user_id": 1})},
}


async def _open(world: World, side: str, user: int) -> aiohttp.ClientWebSocketResponse:
    path = SIDES[side][user][0]
    return await world.session.ws_connect(f"{world.stage.gateway}{path}?token={world.bearer(user)}")


async def _next(socket: aiohttp.ClientWebSocketResponse, kind: str) -> dict[str, Any]:
    async with asyncio.timeout(30):
        while True:
            frame: dict[str, Any] = await socket.receive_json()
            if frame["type"] == kind:
                return frame


@pytest.mark.parametrize("caller", ["legacy", "modern"])
@pytest.mark.parametrize("callee", ["legacy", "modern"])
async def test_a_call_is_rung_answered_and_ended(world: World, caller: str, callee: str) -> None:
    one, two = await _open(world, caller, 1), await _open(world, callee, 2)
    to_two, to_one = SIDES[caller][1][1], SIDES[callee][2][1]
    call = {"conversation_id": 11, "call_type": "voice"}
    await one.send_json({"type": "call_invitation", **call, **to_two, "from_name": "Mallory", "offer": OFFER})
    rung = await _next(two, "call_invitation")
    assert (rung["offer"], rung["call_type"], rung["from_user_id"]) == (OFFER, "voice", 1)
    assert "Mallory" not in str(rung)
    if callee == "legacy":
        assert (rung["from_profile_id"], rung["from_profile_type"]) == (7, "tutor")
    await two.send_json({"type": "call_answer", "conversation_id": 11, **to_one, "answer": {"sdp": "two"}})
    assert (await _next(one, "call_answer"))["answer"] == {"sdp": "two"}
    await one.send_json({"type": "ice_candidate", "conversation_id": 11, "candidate": {"a": 1}})
    assert (await _next(two, "ice_candidate"))["candidate"] == {"a": 1}
    await two.close()
    assert (await _next(one, "call_ended"))["conversation_id"] == 11
    await one.close()


async def test_a_blocked_caller_does_not_ring(world: World) -> None:
    await world.modern(2).do("POST", "/api/chat/block", {"blocked_user_id": 1})
    one, two = await _open(world, "modern", 1), await _open(world, "modern", 2)
    await one.send_json(
        {"type": "call_invitation", "conversation_id": 11, "call_type": "voice", "to_user_id": 2}
    )
    await _next(one, "call_declined")
    await two.send_json({"type": "ping"})
    async with asyncio.timeout(30):
        first = await two.receive_json()
    assert first["type"] != "call_invitation"
    await one.close()
    await two.close()


@pytest.mark.parametrize(
    ("path", "user", "status"),
    [("/ws/2", 1, 403), ("/ws/5/tutor", 1, 403), ("/ws/1", None, 401), ("/ws/undefined/null", None, 401)],
)
async def test_who_is_not_let_in_is_refused_before_the_upgrade(
    world: World, path: str, user: int | None, status: int
) -> None:
    token = world.bearer(user) if user else "nonsense"
    with pytest.raises(aiohttp.WSServerHandshakeError) as caught:
        await world.session.ws_connect(f"{world.stage.gateway}{path}?token={token}")
    assert caught.value.status == status


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("/api/chat/blocked", 200),
        ("/api/me", 200),  # streams through
        ("/api/chat/blocked?user_id=2", 403),
        ("/api/chat/media/unknown", 404),
    ],
)
async def test_a_page_gets_its_cookie_from_any_answer(world: World, path: str, status: int) -> None:
    jar = aiohttp.CookieJar(unsafe=True)
    async with aiohttp.ClientSession(cookie_jar=jar) as session:
        headers = {"Authorization": f"Bearer {world.bearer(1)}"}
        async with session.get(world.stage.gateway + path, headers=headers) as answer:
            assert answer.status == status
            assert "HttpOnly" in answer.headers["Set-Cookie"]
            assert "private" in answer.headers["Cache-Control"]
        async with session.get(world.stage.gateway + path, headers=headers) as answer:
            assert "Set-Cookie" not in answer.headers
        async with session.ws_connect(f"{world.stage.gateway}/ws/5/student") as socket:
            await socket.send_json({"type": "ping"})
            await _next(socket, "pong")


async def test_a_token_that_is_no_users_sets_no_cookie(world: World) -> None:
    for bearer in ("nonsense", world.bearer(1, "another secret of at least thirty-two bytes")):
        headers = {"Authorization": f"Bearer {bearer}"}
        async with world.session.get(f"{world.stage.gateway}/api/me", headers=headers) as answer:
            assert answer.status == 401
            assert "Set-Cookie" not in answer.headers


PAGE = "https://example.org"


@pytest.mark.parametrize(
    ("asked", "socket"),
    [
        ("/api/chat/conversations?user_id=1", "/ws/1"),  # the new modal
        ("/api/me", "/ws/5/Student"),  # the call modal, when its page loads
        ("/api/chat/settings?profile_id=5&profile_type=student", "/ws/5/student"),  # the old modal
        ("/api/chat/conversations?profile_id=5&profile_type=student&user_id=1", "/ws/7/tutor"),
    ],
)
async def test_a_page_on_another_origin_opens_its_socket_after_any_request(
    make_database: Callable[..., str], asked: str, socket: str
) -> None:
    websocket = {"admit": "recent", "origins": [PAGE]}
    origin = {"Origin": PAGE, "User-Agent": "Browser"}
    dsn = make_database(STORY)
    async with (
        staged(dsn, SECRET, observe=False, websocket=websocket) as stage,
        aiohttp.ClientSession(headers=origin, cookie_jar=aiohttp.DummyCookieJar()) as session,
    ):
        with pytest.raises(aiohttp.WSServerHandshakeError):
            await session.ws_connect(stage.gateway + socket)
        headers = {"Authorization": f"Bearer {World(stage, session).bearer(1)}"}
        async with session.get(stage.gateway + asked, headers=headers) as answer:
            assert answer.status == 200
        async with session.ws_connect(stage.gateway + socket) as opened:
            await opened.send_json({"type": "ping"})
            await _next(opened, "pong")
