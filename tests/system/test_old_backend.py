"""A gateway in front of a backend that speaks legacy, over real sockets and a real database.

That backend is our own behind a second gateway, which is asked in the legacy shape only: so what a modern client asks
goes down to roles and up to persons again, and what it hears is laid beside what it hears without that.
"""

from collections.abc import AsyncIterator, Callable
from typing import Any

import pytest

from contracts.model.profile import Profile
from contracts.specs import openapi
from gateway.check.known_ids import at_start
from gateway.check.run import check
from tests.system.conftest import STORY
from tests.system.fronted import CONVERSATION, Fronted, fronted, places_of_differences


@pytest.fixture
async def world(make_database: Callable[..., str]) -> AsyncIterator[Fronted]:
    async with fronted(make_database(STORY), "legacy", {}, {}) as found:
        yield found


#: What a modern client asks, and where the answer through the old backend differs.
GETS: dict[str, set[str]] = {
    "/api/chat/conversations": set(),
    CONVERSATION: set(),
    "/api/chat/conversations/12": set(),
    f"{CONVERSATION}/messages": set(),
    "/api/chat/conversations/12/messages": set(),
    "/api/chat/contacts": set(),
    "/api/chat/connection-requests": set(),
    "/api/chat/blocked": set(),
    f"{CONVERSATION}/read-status": set(),
    f"{CONVERSATION}/typing": set(),
    f"{CONVERSATION}/typing-allowed": set(),
    "/api/chat/calls": set(),
    "/api/call-logs/11": set(),
    "/api/chat/sessions": set(),
    "/api/chat/security/two-step": set(),
    "/api/chat/settings": set(),
    "/api/chat/polls/conversation/12": set(),
    "/api/chat/users/2/status": set(),
    "/api/chat/users/online-status?user_ids=2,3,4": set(),
}


@pytest.mark.parametrize(("path", "different"), GETS.items(), ids=GETS)
async def test_what_a_modern_client_reads(world: Fronted, path: str, different: set[str]) -> None:
    client = world.modern(1)
    path, _, text = path.partition("?")
    query = dict([text.split("=")]) if text else {}
    without, through = await client.get(path, **query), await world.through(client).get(path, **query)
    assert places_of_differences(without, through) == different


@pytest.mark.parametrize("path", ["/api/chat/conversations", "/api/chat/messages/11", "/api/chat/settings"])
async def test_an_old_client_reads_what_it_always_read(world: Fronted, path: str) -> None:
    client = world.legacy(1, "student")
    assert await client.get(path) == await world.through(client).get(path)


async def test_a_story_of_a_new_and_an_old_client(world: Fronted) -> None:
    """What a modern client does in front of the old backend is seen by an old one beside it, and back."""
    abel, beza = world.through(world.modern(1)), world.through(world.legacy(2, "tutor"))
    id_ = (await abel.do("POST", f"{CONVERSATION}/messages", {"content": "Selam"}))["id"]
    await abel.do("PUT", f"/api/chat/messages/{id_}", {"content": "Selam!"})
    await beza.do("POST", f"/api/chat/messages/{id_}/reactions", {"reaction": "heart"})
    seen = (await abel.get(f"{CONVERSATION}/messages"))["messages"][-1]
    assert (seen["content"], seen["is_edited"], seen["is_mine"]) == ("Selam!", True, True)
    assert seen["reactions"] == [{"reaction": "heart", "count": 1, "user_ids": [2]}]
    await beza.do("POST", "/api/chat/messages", {"conversation_id": 11, "content": "Selam, Abel"})
    assert (await abel.get(f"{CONVERSATION}/messages", limit=1))["messages"][0]["sender_user_id"] == 2
    await abel.do("DELETE", f"/api/chat/messages/{id_}")
    assert id_ not in [one["id"] for one in (await beza.get("/api/chat/messages/11"))["messages"]]
    await abel.do("PUT", f"{CONVERSATION}/mute", {"is_muted": True})
    listed = (await world.legacy(1, "student").get("/api/chat/conversations"))["conversations"]
    assert [one["is_muted"] for one in listed if one["id"] == 11] == [True]


async def test_a_direct_conversation_is_that_of_two_people(world: Fronted) -> None:
    abel = world.through(world.modern(1))
    there = await abel.do("POST", "/api/chat/conversations", {"type": "direct", "participant_user_ids": [4]})
    assert (there["conversation_id"], there["existing"]) == (13, True)
    new = await abel.do("POST", "/api/chat/conversations", {"type": "direct", "participant_user_ids": [5]})
    again = await abel.do(
        "POST", "/api/chat/conversations", {"type": "direct", "participant_user_ids": [5, 1]}
    )
    assert (new["existing"], again["existing"]) == (False, True)
    assert new["conversation_id"] == again["conversation_id"]


async def test_a_block_holds_between_persons_and_ends(world: Fronted) -> None:
    """Whatever roles they use: Abel blocks, and Beza's other role may not write either."""
    abel, beza = world.through(world.modern(1)), world.through(world.legacy(2, "tutor"))
    hello = {"conversation_id": 11, "content": "?"}
    await abel.do("POST", "/api/chat/block", {"blocked_user_id": 2})
    assert 2 in [one["user_id"] for one in (await abel.get("/api/chat/blocked"))["blocked_contacts"]]
    assert (await beza.ask("POST", "/api/chat/messages", hello)).status == 403
    assert (await abel.ask("POST", f"{CONVERSATION}/messages", {"content": "?"})).status == 403
    await abel.do("DELETE", "/api/chat/block/2")
    assert (await beza.ask("POST", "/api/chat/messages", hello)).status == 200


async def test_a_stranger_is_refused_in_every_shape(world: Fronted) -> None:
    chala = world.through(world.modern(3))
    assert (await chala.ask("GET", f"{CONVERSATION}/messages")).status == 403
    old = world.through(world.legacy(3, "student"))
    assert (await old.ask("PUT", f"{CONVERSATION}/mute", muted="true")).status == 403


async def _deviating(url: str, shape: str, person: dict[str, Any], profile: Any = None) -> set[str]:
    document = openapi.promised(openapi.load(shape))
    findings = await check(
        url,
        document,
        person["token"],
        at_start(person["token"], Profile(*profile) if profile else None),
        True,
    )
    assert sum(one.verdict == "conforms" for one in findings) > 15
    return {one.operation for one in findings if one.verdict in ("deviates", "missing")}


#: Said in docs/operations.md.
CANNOT = {"conversations.archive", "search.messages"}


@pytest.mark.parametrize("user_id", [1, 3])
async def test_the_contract_of_2_1_holds_in_front_of_the_old_backend(world: Fronted, user_id: int) -> None:
    assert await _deviating(world.front, "2.1", world.people[user_id]) <= CANNOT


async def test_the_contract_of_old_clients_holds_in_front_of_the_old_backend(world: Fronted) -> None:
    """For a person with one role: of two, our stand-in lists the conversations of both."""
    assert await _deviating(world.front, "legacy", world.people[3], ("student", 6)) <= {"search.messages"}
