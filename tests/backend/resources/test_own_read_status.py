import pytest

from tests.backend.conftest import ABEL, ABEL_BEZA, ABEL_DESTA, BEZA, BEZA_CHALA, CHALA, GROUP

PATH = "/api/chat/conversations/{}/read-status"


@pytest.mark.migrated
async def test_direct(person):
    answer = await person(ABEL).get(PATH.format(ABEL_BEZA))
    assert (answer["type"], answer["hidden"], answer["reason"]) == ("direct", False, None)
    assert [(r["user_id"], r["last_read_message_id"]) for r in answer["read_status"]] == [(BEZA, 209)]


async def test_hidden(person):
    answer = await person(ABEL).get(PATH.format(ABEL_DESTA))
    assert answer == {
        "type": "direct",
        "hidden": True,
        "reason": "User has disabled read receipts",
        "read_status": [],
    }


@pytest.mark.migrated
async def test_group_without_those_who_hide(person):
    assert [r["user_id"] for r in (await person(ABEL).get(PATH.format(GROUP)))["read_status"]] == [
        BEZA,
        CHALA,
    ]
    await person(BEZA).put("/api/chat/settings", {"settings": {"read_receipts": False}})
    answer = await person(ABEL).get(PATH.format(GROUP))
    assert [r["user_id"] for r in answer["read_status"]] == [CHALA]
    assert not answer["hidden"]


async def test_nobody_else(person, database):
    await database.execute(
        "UPDATE conversation_participants SET is_active = false WHERE user_id = 2 AND conversation_id = 11"
    )
    answer = await person(ABEL).get(PATH.format(ABEL_BEZA))
    assert (answer["hidden"], answer["reason"], answer["read_status"]) == (False, "No other participant", [])


@pytest.mark.parametrize("conversation", [BEZA_CHALA, 99999])
async def test_strangers(person, conversation):
    await person(ABEL).get(PATH.format(conversation), status=403)
