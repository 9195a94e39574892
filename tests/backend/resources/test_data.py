import pytest

from tests.backend.conftest import ABEL, ABEL_BEZA, BEZA, GENET, GROUP


async def test_hidden_for_me_only(person):
    answer = await person(ABEL).delete("/api/chat/data")
    assert answer["conversations_cleared"] == 4
    assert (await person(ABEL).read(ABEL_BEZA))["messages"] == []
    assert (await person(BEZA).read(ABEL_BEZA))["total_count"] == 9
    assert (await person(ABEL).get("/api/chat/settings"))["settings"]["bubble_style"] == "rounded"
    await person(BEZA).send(ABEL_BEZA, "still here")
    assert (await person(ABEL).read(ABEL_BEZA))["total_count"] == 1


@pytest.mark.parametrize("confirm", ["false", "0"])
async def test_only_true_deletes(person, confirm):
    await person(ABEL).delete("/api/chat/data", confirm=confirm)
    assert (await person(BEZA).read(ABEL_BEZA))["total_count"] == 9


async def test_confirmed_it_is_gone_for_everybody_but_others_keep_theirs(person, database):
    await person(ABEL).delete("/api/chat/data", confirm="true")
    left = await person(BEZA).read(ABEL_BEZA)
    assert {m["sender_user_id"] for m in left["messages"]} == {BEZA}
    assert all(user != ABEL for m in left["messages"] for r in m["reactions"] for user in r["user_ids"])
    assert await database.fetchval("SELECT count(content) FROM chat_messages WHERE sender_user_id = 1") == 0
    assert await person(ABEL).get("/api/chat/conversations") == []
    assert (await person(BEZA).read(GROUP))["total_count"] == 3
    await person(BEZA).delete("/api/chat/data", confirm="yes", status=422)


async def test_nothing_to_delete(person):
    assert (await person(GENET).delete("/api/chat/data"))["conversations_cleared"] == 0
