"""The unchanged legacy client and the modern client chat with each other."""

from typing import Any

import pytest

from tests.support.openapi import check, load
from tests.system.conftest import World

MODERN = load("modern")


def _one(messages: dict[str, Any], id_: int) -> dict[str, Any] | None:
    return next((m for m in messages["messages"] if m["id"] == id_), None)


async def test_each_client_gets_its_own_shape(world: World) -> None:
    legacy = await world.legacy(1, "student").get("/api/chat/conversations", filter_type="all")
    modern = await world.modern(1).get("/api/chat/conversations")
    check(MODERN, "conversations.list", 200, modern)
    # The legacy list also shows contacts with whom there is no conversation yet, under invented ids.
    assert [c["id"] for c in legacy["conversations"] if isinstance(c["id"], int)] == [c["id"] for c in modern]
    assert "connection-107" in [c["id"] for c in legacy["conversations"]]
    direct = next(c for c in legacy["conversations"] if c["id"] == 11)
    assert (direct["other_profile_type"], direct["other_profile_id"], direct["display_name"]) == (
        "tutor",
        5,
        "beza_t",
    )
    assert (direct["name"], direct["role"], direct["other_user_id"]) == ("beza_t", "tutor", 2)
    same = next(c for c in modern if c["id"] == 11)
    assert (same["other_user"]["user_id"], same["other_user"]["name"]) == (2, "Beza B")


async def test_a_message_its_edit_its_reaction_and_its_deletion_are_seen_from_the_other_side(
    world: World,
) -> None:
    old, new = world.legacy(1, "student"), world.modern(2)
    sent = await old.do(
        "POST", "/api/chat/messages", {"conversation_id": 11, "content": "one", "message_type": "text"}
    )
    id_ = sent["message_id"]
    seen = _one(await new.get("/api/chat/conversations/11/messages"), id_)
    assert seen is not None
    assert (seen["content"], seen["is_mine"], seen["sender_user_id"]) == ("one", False, 1)

    await old.do("PUT", f"/api/chat/messages/{id_}", {"content": "two"})
    await new.do("POST", f"/api/chat/messages/{id_}/reactions", {"reaction": "heart"})
    again = _one(await old.get("/api/chat/messages/11"), id_)
    assert again is not None
    assert (again["content"], again["is_mine"], again["is_edited"]) == ("two", True, True)
    assert again["reactions"] == [{"reaction": "heart", "emoji": "❤️", "count": 1, "profile_ids": [5]}]

    await old.do("DELETE", f"/api/chat/messages/{id_}")
    assert _one(await new.get("/api/chat/conversations/11/messages"), id_) is None
    assert _one(await old.get("/api/chat/messages/11"), id_) is None


async def test_and_the_other_way_round(world: World) -> None:
    old, new = world.legacy(1, "student"), world.modern(2)
    body = {"content": "from the new side", "message_type": "text"}
    sent = await new.do("POST", "/api/chat/conversations/11/messages", body)
    check(MODERN, "messages.send", 200, sent)
    seen = _one(await old.get("/api/chat/messages/11"), sent["id"])
    assert seen is not None
    assert (seen["sender_profile_type"], seen["sender_profile_id"], seen["is_mine"]) == ("tutor", 5, False)
    assert (seen["sender_name"], seen["status"]) == ("beza_t", None)

    await new.do("PUT", f"/api/chat/messages/{sent['id']}", {"content": "edited"})
    await old.do("POST", f"/api/chat/messages/{sent['id']}/reactions", {"reaction": "laugh"})
    again = _one(await new.get("/api/chat/conversations/11/messages"), sent["id"])
    assert again is not None
    assert (again["content"], again["reactions"]) == (
        "edited",
        [{"reaction": "laugh", "count": 1, "user_ids": [1]}],
    )
    await new.do("DELETE", f"/api/chat/messages/{sent['id']}")
    assert _one(await old.get("/api/chat/messages/11"), sent["id"]) is None


async def test_one_identity_one_history_whatever_the_role(world: World) -> None:
    tutor, student = world.legacy(1, "tutor"), world.legacy(1, "student")
    body = {"conversation_id": 11, "content": "as a tutor", "message_type": "text"}
    sent = await tutor.do("POST", "/api/chat/messages", body)
    for client in (tutor, student):
        seen = _one(await client.get("/api/chat/messages/11"), sent["message_id"])
        assert seen is not None
        assert seen["is_mine"]
    listed = [await client.get("/api/chat/conversations") for client in (tutor, student)]
    assert [c["id"] for c in listed[0]["conversations"]] == [c["id"] for c in listed[1]["conversations"]]


@pytest.mark.parametrize("role", ["tutor", "parent"])
async def test_is_mine_is_right_from_both_sides(world: World, role: str) -> None:
    beza, abel = world.legacy(2, role), world.modern(1)
    mine = {m["id"]: m["is_mine"] for m in (await beza.get("/api/chat/messages/11"))["messages"]}
    theirs = {
        m["id"]: m["is_mine"] for m in (await abel.get("/api/chat/conversations/11/messages"))["messages"]
    }
    assert mine.keys() == theirs.keys()
    assert all(mine[id_] != theirs[id_] for id_ in mine)


async def test_the_same_person_has_one_name_everywhere_and_is_found_by_it(world: World) -> None:
    abel = world.legacy(1, "student")
    names = {
        ("conversations", c["other_profile_type"], c["other_profile_id"])
        for c in (await abel.get("/api/chat/conversations"))["conversations"]
        if c.get("other_user_id") == 2
    }
    names |= {
        ("messages", m["sender_profile_type"], m["sender_profile_id"])
        for m in (await abel.get("/api/chat/messages/11"))["messages"]
        if m["sender_user_id"] == 2
    }
    names |= {
        ("participants", p["profile_type"], p["profile_id"])
        for p in (await abel.get("/api/chat/conversations/12"))["participants"]
        if p["user_id"] == 2
    }
    names |= {
        ("contacts", c["profile_type"], c["profile_id"])
        for c in (await abel.get("/api/chat/contacts"))["contacts"]
        if c["user_id"] == 2
    }
    block = {"blocked_profile_id": 5, "blocked_profile_type": "tutor", "blocked_user_id": None}
    await abel.do("POST", "/api/chat/block", block)
    names |= {
        ("blocked", b["blocked_profile_type"], b["blocked_profile_id"])
        for b in (await abel.get("/api/chat/blocked"))["blocked"]
        if b["blocked_user_id"] == 2
    }
    assert {name[0] for name in names} == {"conversations", "messages", "participants", "contacts", "blocked"}
    assert {name[1:] for name in names} == {("tutor", 5)}


async def test_a_person_without_profiles_is_found_by_the_name_it_was_given(world: World) -> None:
    abel, genet = world.legacy(1, "student"), world.modern(7)
    await genet.do("POST", "/api/chat/conversations", {"type": "direct", "participant_user_ids": [7, 1]})
    listed = (await abel.get("/api/chat/conversations"))["conversations"]
    entry = next(c for c in listed if c.get("other_user_id") == 7)
    member = {
        "profile_id": entry["other_profile_id"],
        "profile_type": entry["other_profile_type"],
        "user_id": None,
    }
    found = await abel.do("POST", "/api/chat/conversations", {"type": "direct", "participants": [member]})
    assert (found["conversation_id"], found["existing"]) == (entry["id"], True)


async def test_a_changed_name_is_seen_without_a_restart(world: World) -> None:
    abel = world.legacy(1, "student")

    async def name() -> str:
        listed = (await abel.get("/api/chat/conversations"))["conversations"]
        return str(next(c for c in listed if c["id"] == 11)["display_name"])

    async def changed() -> bool:
        return await name() == "beza_new"

    assert await name() == "beza_t"
    await world.sql("UPDATE tutor_profiles SET username = 'beza_new' WHERE id = 5")
    await world.until(changed)
