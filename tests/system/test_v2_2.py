"""A gateway in front of a backend that speaks 2.2, over real sockets and a real database.

That backend is our own behind a second gateway, whose modern clients speak 2.2: so the whole second table is gone
through twice, down and up, and what an old client hears in the end is laid beside what it hears without it.
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
    behind, before = {"modern": {"api": "2.2"}}, {"modern": {"api": "2.1"}}
    async with fronted(make_database(STORY), "2.2", behind, before) as found:
        yield found


# What an old client asks, and where the answer through 2.2 differs. Our second gateway keeps to what may be told of
# somebody else's settings, so nobody seems to show when it has read something; the deployed backend tells all.
STATUS = "$.messages[].status"
GETS: dict[str, set[str]] = {
    # The time of the last message, where the old column also knew of other events.
    "/api/chat/conversations": {
        "$.conversations[].last_message_at",
        "$.conversations[].online_hidden",
        "$.conversations[].last_seen_hidden",
    },
    CONVERSATION: {"$.last_message_at", "$.pinned_messages"},
    "/api/chat/conversations/12": {"$.last_message_at", "$.pinned_messages"},
    "/api/chat/messages/11": {
        STATUS,
        "$.messages[].forwarded_from_profile_id",
        "$.messages[].forwarded_from_profile_type",
    },
    "/api/chat/messages/12": set(),
    "/api/chat/contacts": {"$.contacts[].last_message_at"},
    "/api/chat/connection-requests": set(),
    "/api/chat/blocked": set(),
    f"{CONVERSATION}/read-status": {"$.hidden", "$.read_status", "$.reason"},
    f"{CONVERSATION}/typing": set(),
    f"{CONVERSATION}/typing-allowed": set(),
    "/api/chat/calls": set(),
    "/api/call-logs/11": set(),
    "/api/chat/sessions": {"$.sessions[].browser", "$.sessions[].os", "$.sessions[].is_current"},
    "/api/chat/security/two-step": set(),
    "/api/chat/settings": set(),
    "/api/chat/polls/conversation/11": set(),
}


@pytest.mark.parametrize(("path", "different"), GETS.items(), ids=GETS)
async def test_what_an_old_client_reads(world: Fronted, path: str, different: set[str]) -> None:
    client = world.legacy(1, "student")
    without, through = await client.get(path), await world.through(client).get(path)
    assert places_of_differences(without, through) == different


async def test_a_story_of_two_people(world: Fronted) -> None:
    """What old clients do in front of 2.2 is seen without it, and the other way round."""
    abel, beza = world.legacy(1, "student"), world.legacy(2, "tutor")
    here = world.through(abel)
    sent = await here.do("POST", "/api/chat/messages", {"conversation_id": 11, "content": "Selam"})
    id_ = sent["message_id"]
    await here.do("PUT", f"/api/chat/messages/{id_}", {"content": "Selam!"})
    await world.through(beza).do("POST", f"/api/chat/messages/{id_}/reactions", {"reaction": "heart"})
    seen = (await beza.get("/api/chat/messages/11"))["messages"][-1]
    assert (seen["content"], seen["is_edited"]) == ("Selam!", True)
    assert [(one["reaction"], one["count"]) for one in seen["reactions"]] == [("heart", 1)]
    await beza.do("POST", "/api/chat/messages", {"conversation_id": 11, "content": "Selam, Abel"})
    assert (await here.get("/api/chat/messages/11", limit=1))["messages"][0]["content"] == "Selam, Abel"
    await here.do("DELETE", f"/api/chat/messages/{id_}")
    assert id_ not in [one["id"] for one in (await beza.get("/api/chat/messages/11"))["messages"]]
    await here.do("PUT", f"{CONVERSATION}/mute", muted="true")
    (muted,) = [
        one for one in (await abel.get("/api/chat/conversations"))["conversations"] if one["id"] == 11
    ]
    assert muted["is_muted"]


async def test_a_block_holds_and_ends(world: Fronted) -> None:
    abel, beza = world.through(world.legacy(1, "student")), world.through(world.legacy(2, "tutor"))
    who = {"blocked_profile_id": 5, "blocked_profile_type": "tutor", "blocked_user_id": 2}
    hello = {"conversation_id": 11, "content": "?"}
    await abel.do("POST", "/api/chat/block", who)
    assert (await beza.ask("POST", "/api/chat/messages", hello)).status == 403
    assert (await abel.ask("POST", "/api/chat/messages", hello)).status == 403
    await abel.do("DELETE", "/api/chat/block/5/tutor")
    assert (await beza.ask("POST", "/api/chat/messages", hello)).status == 200


async def test_modern_clients_of_both_shapes(world: Fronted) -> None:
    """2.1 in front of 2.2 and 2.2 in front of 2.1 tell of the same messages, each in its own order."""
    ours, theirs = world.through(world.modern(1)), world.modern(1)
    oldest_first = (await ours.get(f"{CONVERSATION}/messages"))["messages"]
    newest_first = (await theirs.get("/api/chat/messages/11"))["messages"]
    assert [one["id"] for one in oldest_first] == [one["id"] for one in newest_first][::-1]
    assert {one["created_at"][-1] for one in oldest_first} == {"Z"}
    assert not any(one["created_at"].endswith("Z") for one in newest_first)


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


@pytest.mark.parametrize("user_id", [1, 3, 7])
async def test_the_contract_of_2_1_holds_in_front_of_2_2(world: Fronted, user_id: int) -> None:
    """But for what is a 501, said in docs/deployed-api.md."""
    cannot = {"settings.put", "search.messages", "polls.create"}
    assert await _deviating(world.front, "2.1", world.people[user_id]) <= cannot


@pytest.mark.parametrize("user_id", [1, 3, 7])
async def test_the_contract_of_2_2_holds_in_front_of_2_1(world: Fronted, user_id: int) -> None:
    """But for a poll, which can be made there: 2.2 promises that it cannot."""
    assert await _deviating(world.stage.gateway, "2.2", world.people[user_id]) <= {"polls.create"}


@pytest.mark.parametrize(("user_id", "profile"), [(1, ("student", 5)), (3, ("student", 6))])
async def test_the_contract_of_old_clients_holds_in_front_of_2_2(
    world: Fronted, user_id: int, profile: tuple[str, int]
) -> None:
    cannot = {"settings.put", "search.messages", "polls.create"}
    assert await _deviating(world.front, "legacy", world.people[user_id], profile) <= cannot
