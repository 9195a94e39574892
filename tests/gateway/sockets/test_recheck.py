"""Who was let in and may not stay."""

from datetime import UTC, datetime

import pytest

from gateway.exchange.deprecation import Deprecation
from gateway.sockets.recheck import RECHECK_S
from tests.gateway.sockets.world import ABEL, NOW, World
from tests.gateway.sockets.world import world as make_world


@pytest.mark.parametrize(
    "change",
    [
        {"active": False},
        {"roles": (ABEL.roles[0],)},  # the student profile is gone
    ],
)
@pytest.mark.parametrize("how", ["by the clock", "by a frame"])
async def test_who_may_not_be_here_any_more_is_sent_away(world: World, how: str, change: dict) -> None:
    client = await world.open("/ws/5/student", 1)
    world.directory.people[1] = ABEL._replace(**change)
    if how == "by the clock":
        world.clock.forward(RECHECK_S)
    else:
        await client.say("call_answer", conversation_id=11)
    assert await client.closed() == 4403
    await world.left()
    assert not world.sockets.online(1)


async def test_who_vanishes_from_the_directory_is_sent_away(world: World) -> None:
    client = await world.open("/ws/1", 1)
    del world.directory.people[1]
    world.clock.forward(RECHECK_S)
    assert await client.closed() == 4403


async def test_whom_the_directory_cannot_tell_stays(world: World) -> None:
    client = await world.open("/ws/1", 1)
    world.directory.away = True
    await world.sockets.recheck.run()
    assert await client.hears() == []


async def test_the_check_goes_on_and_asks_once_for_everybody(world: World) -> None:
    clients = [await world.open(f"/ws/{n}", n) for n in (1, 2, 3)]
    world.directory.cold = True
    await world.sockets.recheck.run()
    assert world.directory.finds == 1
    world.clock.forward(2 * RECHECK_S)
    for client in clients:
        assert await client.hears() == []
    world.directory.people[3] = world.directory.people[3]._replace(active=False)
    world.clock.forward(RECHECK_S)
    assert await clients[2].closed() == 4403


async def test_the_old_shape_ends_with_its_sunset() -> None:
    sunset = datetime.fromtimestamp(NOW + RECHECK_S, UTC)
    async with make_world(deprecation=Deprecation(None, sunset, None)) as world:
        legacy, modern = await world.open("/ws/5/student", 1), await world.open("/ws/1", 1)
        world.clock.forward(RECHECK_S - 1)
        assert await legacy.hears() == []
        world.clock.forward(1)
        assert await legacy.closed() == 4403
        assert await modern.hears() == []
        assert await world.refused("/ws/5/student?token=token-of-1") == 410
        await world.open("/ws/1", 1)
