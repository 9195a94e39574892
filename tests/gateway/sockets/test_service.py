"""The life of a socket: its limits, its close codes, who is online, and a restart."""

import asyncio

import pytest

from contracts.model.errors import Unavailable
from contracts.model.roster import Found
from gateway.sockets import Limits
from tests.gateway.sockets.world import ABEL, NOW, World
from tests.gateway.sockets.world import world as make_world


async def test_a_socket_ends_with_its_token(world: World) -> None:
    soon = await world.open("/ws/1", f"token-of-1-until-{NOW + 60}")
    later = await world.open("/ws/5/student", 1)
    world.clock.forward(59)
    assert await soon.hears() == []
    world.clock.forward(1)
    assert await soon.closed() == 4401
    assert await later.hears() == []


async def test_a_message_that_is_too_large_closes_with_1009() -> None:
    async with make_world(Limits(message_bytes=1000)) as world:
        client = await world.open("/ws/1", 1)
        await client.say("ping", padding="x" * 900)
        assert await client.next() == {"type": "pong"}
        await client.say("ping", padding="x" * 1000)
        assert await client.closed() == 1009


async def test_too_many_frames_are_refused_and_then_too_much() -> None:
    async with make_world(Limits(frames_per_s=10, burst=5, refused=3)) as world:
        client = await world.open("/ws/1", 1)
        for _ in range(7):
            await client.say("ping")
        frames = [await client.next() for _ in range(7)]
        assert [f.get("code", f["type"]) for f in frames] == ["pong"] * 5 + ["rate_limited"] * 2
        world.clock.forward(0.2)
        for _ in range(5):
            await client.say("ping")
        assert await client.closed() == 1008


def padded(size: int) -> str:
    start = '{"type":"ping","x":"'
    return start + "x" * (size - len(start) - 2) + '"}'


async def test_a_message_of_exactly_256_kib_is_taken_and_one_byte_more_is_not(world: World) -> None:
    client = await world.open("/ws/1", 1)
    await client.ws.send_str(padded(262_144))
    assert await client.next() == {"type": "pong"}
    await client.ws.send_str(padded(262_145))
    assert await client.closed() == 1009


async def test_a_frame_without_a_mask_is_a_protocol_error(world: World) -> None:
    client = await world.open("/ws/1", 1)
    client.ws._writer.transport.write(b'\x81\x0f{"type":"ping"}')  # type: ignore[union-attr]
    assert await client.closed() == 1002
    await world.left()
    assert not world.sockets.online(1)


async def test_pings_count_like_any_other_frame() -> None:
    async with make_world(Limits(frames_per_s=10, burst=5, refused=3)) as world:
        client = await world.open("/ws/1", 1)
        for _ in range(9):
            await client.ws.ping()
        assert await client.closed() == 1008


async def test_pieces_of_a_message_that_does_not_end_count(world: World) -> None:
    async with make_world(Limits(frames_per_s=10, burst=5, refused=3)) as world:
        client = await world.open("/ws/1", 1)
        empty_piece = b"\x00\x80abcd"
        client.ws._writer.transport.write(b"\x01\x80abcd" + empty_piece * 9)  # type: ignore[union-attr]
        assert await client.closed() == 1008


async def test_all_sockets_of_a_person_share_its_bytes() -> None:
    async with make_world(Limits(bytes_per_s=100, bytes_burst=1000)) as world:
        first, second = await world.open("/ws/1", 1), await world.open("/ws/5/student", 1)
        other = await world.open("/ws/2", 2)
        await first.ws.send_str(padded(600))
        assert await first.next() == {"type": "pong"}
        await second.ws.send_str(padded(600))
        assert (await second.next())["code"] == "rate_limited"
        await other.ws.send_str(padded(600))
        assert await other.next() == {"type": "pong"}
        await second.leave()
        again = await world.open("/ws/5/student", 1)  # a new socket does not begin anew
        await again.ws.send_str(padded(600))
        assert (await again.next())["code"] == "rate_limited"
        world.clock.forward(5)
        await again.ws.send_str(padded(600))
        assert await again.next() == {"type": "pong"}


async def test_who_kept_the_process_busy_waits_until_that_is_made_up_for() -> None:
    async with make_world(Limits(busy_s_per_s=0.01, busy_burst_s=1e-9)) as world:
        client = await world.open("/ws/1", 1)
        replies = []
        for _ in range(2):
            await client.say("ping")
            replies.append(await client.next())
        assert [reply.get("code", reply["type"]) for reply in replies] == ["pong", "rate_limited"]
        world.clock.forward(60)
        await client.say("ping")
        assert await client.next() == {"type": "pong"}


async def test_a_frame_of_many_keys_is_refused_before_they_are_read(world: World) -> None:
    client = await world.open("/ws/1", 1)
    wide = ",".join(f'"{number}":0' for number in range(22_000))
    await client.ws.send_str(f'{{"type":"ice_candidate",{wide}}}')
    told = await client.next()
    assert (told["code"], told["detail"]) == ("invalid_request", "$: holds more than 5000 values")


async def test_a_person_has_so_many_sockets_at_most() -> None:
    async with make_world(Limits(per_person=2)) as world:
        first = await world.open("/ws/1", 1)
        await world.open("/ws/5/student", 1)
        assert await world.refused("/ws/7/tutor?token=token-of-1") == 429
        assert await first.hears() == []  # the older one is not thrown out: both would reconnect for ever
        await world.open("/ws/2", 2)
        await world.left()
        await first.leave()
        await world.left()
        await world.open("/ws/7/tutor", 1)


async def test_who_is_online_and_who_hears_of_it(world: World) -> None:
    assert not world.sockets.online(1)
    legacy, modern = await world.open("/ws/5/student", 1), await world.open("/ws/1", 1)
    await legacy.leave()
    await world.left()
    assert world.sockets.online(1)
    assert world.presence == [(1, True)]
    await modern.leave()
    await world.left()
    assert not world.sockets.online(1)
    assert world.presence == [(1, True), (1, False)]


async def test_a_restart_tells_everybody_and_lets_nobody_in(world: World) -> None:
    clients = [await world.open("/ws/5/student", 1), await world.open("/ws/2", 2)]
    closing = asyncio.create_task(world.sockets.close())
    assert [await client.closed() for client in clients] == [1012, 1012]
    await closing
    assert not world.sockets.online(1)
    assert await world.refused("/ws/1?token=token-of-1") == Unavailable.status


async def test_a_restart_in_the_middle_of_an_admission(world: World) -> None:
    asked, goes_on = asyncio.Event(), asyncio.Event()

    async def slow(*_: object) -> Found:
        asked.set()
        await goes_on.wait()
        return Found({}, {1: ABEL})

    world.directory.cold = True
    world.directory.find = slow  # type: ignore[method-assign]
    knocking = asyncio.create_task(world.refused("/ws/1?token=token-of-1"))
    await asked.wait()
    await world.sockets.close()
    goes_on.set()
    assert await knocking == Unavailable.status
    assert not world.sockets.online(1)


async def test_a_token_that_ends_while_the_callee_is_asked_rings_nobody(world: World) -> None:
    world.permissions.gate = asyncio.Event()
    caller, callee = await world.open("/ws/1", f"token-of-1-until-{NOW + 5}"), await world.open("/ws/2", 2)
    await caller.say("call_invitation", to_user_id=2, conversation_id=11)
    await world.permissions.asked.wait()
    world.clock.forward(5)
    world.permissions.gate.set()
    assert await caller.closed() == 4401
    await world.left()
    assert await callee.hears() == []


async def test_a_vanished_client_is_gone(world: World) -> None:
    """Without a goodbye: the connection breaks."""
    client = await world.open("/ws/1", 1)
    transport = client.ws.get_extra_info("socket")
    assert transport is not None
    client.ws._writer.transport.abort()  # type: ignore[union-attr]
    await world.left()
    assert not world.sockets.online(1)


async def test_nothing_is_remembered_of_requests_by_default(world: World) -> None:
    world.sockets.recognize(
        {"Authorization": "Bearer token-of-1", "Origin": "https://a.example"}, "127.0.0.1"
    )
    assert not world.sockets._recent._people


@pytest.mark.parametrize(
    ("authorization", "has_cookie"),
    [
        ("Bearer token-of-1", True),
        ("Bearer token-of-1-until-5", True),
        ("Bearer an-administrators", False),
        ("Basic dXNlcjpw", False),
        ("", False),
    ],
)
async def test_a_cookie_is_for_who_brings_a_users_token(
    world: World, authorization: str, has_cookie: bool
) -> None:
    headers = {"Authorization": authorization} if authorization else {}
    assert bool(world.sockets.recognize(headers, "127.0.0.1")) is has_cookie


async def test_who_reads_too_slowly_loses_the_connection() -> None:
    async with make_world(
        Limits(queue_bytes=300_000, frames_per_s=1000, burst=1000, bytes_burst=100_000_000, busy_burst_s=60)
    ) as world:
        caller, idle = await world.open("/ws/1", 1), await world.open("/ws/2", 2)
        await caller.say("call_invitation", to_user_id=2, conversation_id=11)
        assert await caller.hears() == []
        for _ in range(200):  # more than the kernel's buffers hold
            await caller.say("ice_candidate", conversation_id=11, candidate="x" * 200_000)
            if frames := await caller.hears():
                assert frames[0]["type"] == "call_ended"
                break
        else:
            pytest.fail("everything was kept for a client that does not read")
        await world.left()
        assert not world.sockets.online(2)
        await idle.leave()


async def test_what_is_counted(world: World) -> None:
    caller, callee = await world.open("/ws/1", 1), await world.open("/ws/2", 2)
    await caller.say("call_invitation", to_user_id=2, conversation_id=11)
    await callee.next()
    assert world.sockets.stats() == {
        "open": 2,
        "people": 2,
        "calls": 1,
        "heard": 1,
        "refused": 0,
        "unanswered": 0,
    }
    world.clock.forward(25)
    await callee.say("call_answer", conversation_id=11)
    await callee.hears()
    counted = world.sockets.stats()
    assert (counted["calls"], counted["refused"], counted["unanswered"]) == (0, 1, 1)
