import pytest

from tests.backend.conftest import ABEL, ABEL_BEZA, BEZA, CHALA, GROUP


async def pinned(person, who, conversation):
    answer = await person(who).get(f"/api/chat/conversations/{conversation}")
    return [(m["id"], m["pinned_by_user_id"]) for m in answer["pinned_messages"]]


@pytest.mark.migrated
async def test_anybody_pins_in_a_direct_chat_and_the_newest_is_first(person):
    await person(BEZA).post("/api/chat/messages/202/pin")
    assert await pinned(person, ABEL, ABEL_BEZA) == [(202, BEZA), (207, ABEL)]
    await person(ABEL).delete("/api/chat/messages/202/pin")
    await person(ABEL).delete("/api/chat/messages/207/pin")
    await person(ABEL).delete("/api/chat/messages/207/pin")
    assert await pinned(person, BEZA, ABEL_BEZA) == []


@pytest.mark.migrated
async def test_admins_pin_in_groups(person):
    assert (await person(BEZA).post("/api/chat/messages/221/pin", status=403))[
        "detail"
    ] == "Only admins can pin messages"
    assert (await person(BEZA).delete("/api/chat/messages/222/pin", status=403))[
        "detail"
    ] == "Only admins can unpin messages"
    await person(ABEL).post("/api/chat/messages/221/pin")
    assert await pinned(person, CHALA, GROUP) == [(221, ABEL), (222, ABEL)]


async def test_pins_of_the_older_kind_are_seen_and_removed(person, database):
    await database.execute("DELETE FROM pinned_messages")
    assert await pinned(person, ABEL, ABEL_BEZA) == [(207, ABEL)]
    await person(BEZA).delete("/api/chat/messages/207/pin")
    assert await pinned(person, ABEL, ABEL_BEZA) == []


@pytest.mark.migrated
async def test_a_deleted_message_is_pinned_no_more(person):
    await person(BEZA).delete("/api/chat/messages/207")
    assert await pinned(person, ABEL, ABEL_BEZA) == []


@pytest.mark.parametrize(
    ("who", "message", "status"), [(CHALA, 207, 403), (ABEL, 204, 404), (ABEL, 99999, 404)]
)
async def test_refusals(person, who, message, status):
    await person(who).post(f"/api/chat/messages/{message}/pin", status=status)
    await person(who).delete(f"/api/chat/messages/{message}/pin", status=status)
