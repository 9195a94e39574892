import pytest

from tests.backend.conftest import (
    ABEL,
    ABEL_BEZA,
    BEZA,
    BEZA_CHALA,
    CHALA,
    DESTA,
    FIKRU,
    GROUP,
    HANNA,
    JALENE,
)

PATH = "/api/chat/conversations/{}/participants"


async def members(person, who, conversation=GROUP):
    answer = await person(who).get(f"/api/chat/conversations/{conversation}")
    return {p["user_id"]: p["role"] for p in answer["participants"]}


async def add(person, who, people, status=200, conversation=GROUP):
    return await person(who).post(PATH.format(conversation), {"participant_user_ids": people}, status=status)


@pytest.mark.migrated
async def test_everybody_asked_for_is_added_or_rejected(person):
    answer = await add(person, ABEL, [DESTA, FIKRU, HANNA, BEZA, 99999, 2**40, DESTA])
    assert answer == {
        "new_count": 1,  # Beza was in it before
        "added": [{"user_id": DESTA}, {"user_id": BEZA}],
        "rejected": [
            {"user_id": FIKRU, "reason": "This user has disabled being added to groups"},
            {"user_id": HANNA, "reason": "You have blocked this user"},
            {"user_id": 99999, "reason": "User not found"},
            {"user_id": 2**40, "reason": "User not found"},
        ],
    }
    assert await members(person, DESTA) == {ABEL: "admin", BEZA: "member", CHALA: "member", DESTA: "member"}


@pytest.mark.migrated
async def test_who_left_can_come_back(person):
    await person(CHALA).delete(f"{PATH.format(GROUP)}/{CHALA}")
    await person(CHALA).get(f"/api/chat/conversations/{GROUP}", status=403)
    assert (await add(person, ABEL, [CHALA]))["added"] == [{"user_id": CHALA}]
    assert CHALA in await members(person, CHALA)


@pytest.mark.parametrize(
    ("setting", "connected", "reason"),
    [
        ("everyone", False, None),
        ("connections", True, None),
        ("connections", False, "This user only allows connections to add them to {}"),
        ("none", True, "This user has disabled being added to {}"),
    ],
)
@pytest.mark.parametrize(("kind", "name"), [("group", "allow_group_adds"), ("channel", "allow_channel_adds")])
async def test_privacy(person, setting, connected, reason, kind, name):
    target = DESTA if connected else JALENE
    await person(target).put("/api/chat/settings", {"settings": {name: setting}})
    answer = await person(ABEL).post(
        "/api/chat/conversations", {"type": kind, "name": "New", "participant_user_ids": [ABEL, target, BEZA]}
    )
    rejected = [{"user_id": target, "reason": reason.format(f"{kind}s")}] if reason else []
    assert answer["rejected_participants"] == rejected
    expected = {ABEL: "admin", BEZA: "member", **({} if reason else {target: "member"})}
    assert await members(person, BEZA, answer["conversation_id"]) == expected


async def test_group_by_its_own_path(person):
    answer = await person(ABEL).post(
        "/api/chat/groups", {"name": "Chess", "description": "Tuesdays", "participant_user_ids": [BEZA]}
    )
    head = answer["conversation"]
    assert (head["type"], head["name"], head["created_by_user_id"]) == ("group", "Chess", ABEL)
    assert not answer["existing"]


@pytest.mark.migrated
async def test_removing(person):
    await person(ABEL).delete(f"{PATH.format(GROUP)}/{CHALA}")
    await person(ABEL).delete(f"{PATH.format(GROUP)}/{CHALA}")
    assert await members(person, BEZA) == {ABEL: "admin", BEZA: "member"}


@pytest.mark.migrated
async def test_a_group_always_has_an_admin(person):
    await person(ABEL).delete(f"{PATH.format(GROUP)}/{ABEL}")
    assert await members(person, CHALA) == {BEZA: "admin", CHALA: "member"}


@pytest.mark.parametrize(
    ("who", "conversation", "target", "status", "said"),
    [
        (BEZA, GROUP, CHALA, 403, "Only admins can remove participants"),
        (DESTA, GROUP, CHALA, 403, "You are not a participant in this conversation"),
        (DESTA, GROUP, DESTA, 403, "You are not a participant in this conversation"),
        (ABEL, ABEL_BEZA, BEZA, 403, "Only admins can remove participants"),
        (ABEL, ABEL_BEZA, ABEL, 400, "A direct conversation has always its two people"),
    ],
)
async def test_who_may_not_remove(person, who, conversation, target, status, said):
    answer = await person(who).delete(f"{PATH.format(conversation)}/{target}", status=status)
    assert answer["detail"] == said


@pytest.mark.parametrize(
    ("who", "conversation", "said"),
    [
        (BEZA, GROUP, "Only admins can add participants"),
        (ABEL, ABEL_BEZA, "Only admins can add participants"),
        (ABEL, BEZA_CHALA, "You are not a participant in this conversation"),
    ],
)
async def test_who_may_not_add(person, who, conversation, said):
    assert (await add(person, who, [DESTA], 403, conversation))["detail"] == said


@pytest.mark.migrated
async def test_update_keeps_what_is_not_given(person):
    answer = await person(ABEL).put(
        f"/api/chat/conversations/{GROUP}", {"name": "Finals", "description": None}
    )
    head = answer["conversation"]
    assert (head["name"], head["description"]) == ("Finals", "Maths and physics before the finals")
    assert (await person(CHALA).get(f"/api/chat/conversations/{GROUP}"))["name"] == "Finals"


@pytest.mark.parametrize(
    ("who", "conversation", "body", "status"),
    [
        (BEZA, GROUP, {"name": "x"}, 403),
        (ABEL, ABEL_BEZA, {"name": "x"}, 403),
        (ABEL, GROUP, {"name": " "}, 422),
    ],
)
async def test_who_may_not_update(person, who, conversation, body, status):
    await person(who).put(f"/api/chat/conversations/{conversation}", body, status=status)
