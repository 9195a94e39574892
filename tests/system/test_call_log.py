"""The call log as old clients write and read it: both sides of a call, each as its caller."""

import asyncio
from typing import Any

import pytest

from tests.system.conftest import Client, World

PLACE = 11


def own_pair(client: Client) -> dict[str, Any]:
    identity = client.identity
    return {"caller_profile_id": int(identity["profile_id"]), "caller_profile_type": identity["profile_type"]}


async def write(client: Client, pair: dict[str, Any]) -> int:
    entry = {"conversation_id": PLACE, "call_type": "voice", "status": "initiated"}
    return int((await client.do("POST", "/api/call-logs", {**entry, **pair}))["call_log_id"])


async def read(client: Client, id_: int) -> dict[str, Any]:
    logs = (await client.get(f"/api/call-logs/{PLACE}"))["call_logs"]
    return next(one for one in logs if one["id"] == id_)


def pair_of(log: dict[str, Any]) -> dict[str, Any]:
    return {key: log[key] for key in ("caller_profile_id", "caller_profile_type")}


@pytest.mark.parametrize("role", ["student", "tutor"])
async def test_each_side_reads_the_caller_under_the_name_that_it_knows(world: World, role: str) -> None:
    abel, beza = world.legacy(1, role), world.legacy(2, "tutor")
    id_ = await write(abel, own_pair(abel))
    assert await write(beza, own_pair(beza)) == id_
    mine, theirs = await read(abel, id_), await read(beza, id_)
    assert [(one["is_caller"], one["caller_user_id"]) for one in (mine, theirs)] == [(True, 1), (False, 1)]
    assert pair_of(mine) == own_pair(abel)
    listed = (await beza.get("/api/chat/conversations", filter_type="all"))["conversations"]
    place = next(one for one in listed if one["id"] == PLACE)
    assert pair_of(theirs) == {
        "caller_profile_id": place["other_profile_id"],
        "caller_profile_type": place["other_profile_type"],
    }


@pytest.mark.parametrize(
    ("pair", "caller"),
    [
        ({"caller_profile_id": 5, "caller_profile_type": "student"}, 1),  # who is called says who rang
        ({"caller_profile_id": 7, "caller_profile_type": "tutor"}, 1),  # in whatever role
        ({"caller_profile_id": 5, "caller_profile_type": "tutor"}, 2),  # itself, as the real one does
        ({"caller_profile_id": None, "caller_profile_type": None}, 2),
        ({"caller_profile_id": 99999, "caller_profile_type": "tutor"}, 2),  # nobody's: who writes
    ],
)
async def test_who_is_called_may_write_the_first_entry(
    world: World, pair: dict[str, Any], caller: int
) -> None:
    beza = world.legacy(2, "tutor")
    log = await read(beza, await write(beza, pair))
    assert (log["caller_user_id"], log["is_caller"]) == (caller, caller == 2)
    assert log["caller_profile_id"] is not None


async def test_the_fallback_of_the_old_client_names_itself(world: World) -> None:
    """In a role that a person does not have, it puts the user's number in the place of a profile's."""
    person = world.client(2, {"profile_id": "2", "profile_type": "student", "user_id": "2"})
    log = await read(person, await write(person, own_pair(person)))
    assert (log["caller_user_id"], log["is_caller"]) == (2, True)


async def test_both_sides_in_the_same_instant_write_one_entry(world: World) -> None:
    """On a database that was migrated, with clients of both kinds."""
    sides = [world.legacy(2, "tutor"), world.legacy(1, "student"), world.modern(1), world.modern(2)]
    pairs = [own_pair(one) if "profile_id" in one.identity else {} for one in sides]
    ids = await asyncio.gather(*(write(one, pair) for one, pair in zip(sides, pairs, strict=True)))
    assert len(set(ids)) == 1
