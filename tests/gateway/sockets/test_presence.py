"""Who hears that somebody comes and goes, and who is listed."""

from typing import Any

from contracts.model.errors import Unavailable
from tests.gateway.sockets.world import Client, World

TIME = "2027-01-15T08:00:00.000000Z"


async def frames(client: Client, count: int) -> list[dict[str, Any]]:
    return [await client.next() for _ in range(count)]


async def test_the_audience_hears_in_its_own_shape(world: World) -> None:
    world.permissions.audiences[1] = {1, 2, 3}
    legacy, modern = await world.open("/ws/5/tutor", 2), await world.open("/ws/3", 3)
    stranger = await world.open("/ws/4", 4)
    abel = await world.open("/ws/5/student", 1)
    for change in ("user_online", "user_offline"):
        shared = {"type": change, "user_id": 1, "timestamp": TIME}
        assert await legacy.next() == {**shared, "profile_type": "tutor", "tutor_profile_id": 7}
        assert await modern.next() == {**shared, "profile_type": "user", "user_profile_id": 1}
        if change == "user_online":
            assert await abel.hears() == []
            second = await world.open("/ws/1", 1)
            await second.leave()
            await abel.leave()
    assert await stranger.hears() == await legacy.hears() == await modern.hears() == []


async def test_whose_audience_is_not_known_is_seen_by_nobody(world: World) -> None:
    async def unknown(*_: object) -> set[int]:
        raise Unavailable

    world.permissions.audience = unknown  # type: ignore[method-assign]
    watcher = await world.open("/ws/2", 2)
    abel = await world.open("/ws/1", 1)
    await abel.leave()
    await world.left()
    assert await watcher.hears() == []


async def test_the_list_has_those_who_show_themselves(world: World) -> None:
    world.permissions.audiences = {1: {2, 3}, 3: {2}}
    legacy, modern = await world.open("/ws/5/tutor", 2), await world.open("/ws/2", 2)
    await world.open("/ws/1", 1)
    await world.open("/ws/3", 3)
    await world.open("/ws/4", 4)
    await frames(legacy, 2)
    await frames(modern, 2)
    await legacy.say("get_online_users")
    entry = {"profile_type": "tutor", "profile_id": 7, "tutor_profile_id": 7, "user_id": 1}
    listed = await legacy.next()
    assert (listed["type"], listed["count"], listed["timestamp"]) == ("online_users_list", 2, TIME)
    assert listed["users"][0] == {**entry, "name": "Abel A", "avatar": "/pictures/1.png", "is_online": True}
    await legacy.say("get_online_users", profile_types=["student"])
    assert [user["profile_id"] for user in (await legacy.next())["users"]] == [6]
    await modern.say("get_online_users")
    assert await modern.next() == {"type": "online_users", "users": ["user_1", "user_3"]}


async def test_the_list_is_empty_for_a_stranger_and_an_error_without_a_directory(world: World) -> None:
    await world.open("/ws/1", 1)
    client = await world.open("/ws/4", 4)
    await client.say("get_online_users")
    assert (await client.next())["users"] == []
    world.directory.away = True
    await client.say("get_online_users")
    assert (await client.next())["code"] == "unavailable"
