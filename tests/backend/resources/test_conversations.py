import asyncio

import pytest

from tests.backend.conftest import (
    ABEL,
    ABEL_BEZA,
    ABEL_DESTA,
    ABEL_FIKRU,
    BEZA,
    BEZA_CHALA,
    CHALA,
    DESTA,
    ELLEN,
    FIKRU,
    GENET,
    GROUP,
    HANNA,
    JALENE,
    KIDAN,
)

PATH = "/api/chat/conversations"


def by_id(entries):
    return {entry["id"]: entry for entry in entries}


@pytest.mark.migrated
async def test_list_has_what_clients_show(person):
    entries = await person(ABEL).get(PATH)
    assert [e["id"] for e in entries] == [15, 13, 12, 11]
    direct, group = by_id(entries)[11], by_id(entries)[12]
    assert (direct["other_user"]["user_id"], direct["other_user"]["name"], direct["name"]) == (
        BEZA,
        "Beza B",
        None,
    )
    assert direct["unread_count"] == 1
    assert direct["last_message"]["id"] == 210
    assert not direct["last_message"]["is_mine"]
    assert not direct["last_message"]["content"].startswith("gAAAAA")
    assert (group["other_user"], group["name"], group["participant_count"]) == (None, "Exam preparation", 3)


@pytest.mark.parametrize(
    ("asked", "found"),
    [
        ("all", [15, 13, 12, 11]),
        ("direct", [15, 13, 11]),
        ("groups", [12]),
        ("channels", []),
        ("unread", [15, 11]),
        ("archived", []),
        ("banana", [15, 13, 12, 11]),
    ],
)
async def test_filters(person, asked, found):
    assert [e["id"] for e in await person(ABEL).get(PATH, filter_type=asked)] == found


@pytest.mark.migrated
async def test_archived_is_apart_and_pinned_comes_first(person, database):
    await database.execute(
        "UPDATE conversation_participants SET is_archived = conversation_id = 13,"
        " is_pinned = conversation_id = 11 WHERE user_id = 1"
    )
    assert [e["id"] for e in await person(ABEL).get(PATH)] == [11, 15, 12]
    assert [e["id"] for e in await person(ABEL).get(PATH, filter_type="archived")] == [13]
    assert ABEL_DESTA in [e["id"] for e in await person(DESTA).get(PATH)]


async def test_pages(person):
    assert [e["id"] for e in await person(ABEL).get(PATH, limit=2, offset=1)] == [13, 12]
    assert await person(ABEL).get(PATH, limit=0) == []


async def test_nothing_is_an_empty_list(person):
    assert await person(GENET).get(PATH) == []


@pytest.mark.migrated
async def test_cleared_and_hidden_messages_count_for_nothing(person, database):
    await database.execute("""UPDATE chat_messages SET deleted_for_user_ids = '[1]' WHERE id = 210""")
    entry = by_id(await person(ABEL).get(PATH))[ABEL_BEZA]
    assert (entry["unread_count"], entry["last_message"]["id"]) == (0, 209)
    await database.execute("UPDATE conversation_participants SET chat_cleared_at = now() WHERE user_id = 1")
    entry = by_id(await person(ABEL).get(PATH))[ABEL_BEZA]
    assert (entry["unread_count"], entry["last_message"]) == (0, None)
    assert by_id(await person(BEZA).get(PATH))[ABEL_BEZA]["last_message"]["id"] == 210


@pytest.mark.migrated
async def test_unread_is_counted_per_person(person):
    await person(CHALA).send(GROUP, "one")
    await person(CHALA).send(GROUP, "two")
    counts = {who: by_id(await person(who).get(PATH))[GROUP]["unread_count"] for who in (ABEL, BEZA, CHALA)}
    # Writing marks as read only where nothing was unread: Chala had one from before.
    assert counts == {ABEL: 2, BEZA: 5, CHALA: 1}


async def test_details(person):
    answer = await person(ABEL).get(f"{PATH}/{GROUP}")
    assert {p["user_id"]: p["role"] for p in answer["participants"]} == {1: "admin", 2: "member", 3: "member"}
    assert [m["id"] for m in answer["pinned_messages"]] == [222]
    assert answer["shared_media"] == {"images": 0, "files": 1}
    assert (await person(BEZA).get(f"{PATH}/{ABEL_BEZA}"))["other_user"]["user_id"] == ABEL


@pytest.mark.parametrize(
    ("conversation", "status"),
    [(BEZA_CHALA, 403), (99999, 403), (2**62, 403), ("abc", 422), (0, 422), (2**63, 422)],
)
async def test_details_of_what_is_not_ours(person, conversation, status):
    answer = await person(ABEL).get(f"{PATH}/{conversation}", status=status)
    if status == 403:
        assert answer["detail"] == "You are not a participant in this conversation"


async def start(person, who, people, status=200, **more):
    return await person(who).post(PATH, {"participant_user_ids": people, **more}, status=status)


@pytest.mark.parametrize("people", [[BEZA], [ABEL, BEZA], [BEZA, BEZA, ABEL]])
async def test_the_existing_direct_conversation_is_returned(person, people):
    answer = await start(person, ABEL, people)
    assert (answer["conversation_id"], answer["existing"]) == (ABEL_BEZA, True)


@pytest.mark.migrated
async def test_a_new_direct_conversation_is_there_for_both(person):
    answer = await start(person, ABEL, [ABEL, JALENE])
    assert (answer["existing"], answer["added_participants"]) == (False, [{"user_id": JALENE}])
    for who, other in ((ABEL, JALENE), (JALENE, ABEL)):
        entry = by_id(await person(who).get(PATH))[answer["conversation_id"]]
        assert entry["other_user"]["user_id"] == other


@pytest.mark.migrated
async def test_at_once_from_both_sides_gives_one(person, database):
    answers = await asyncio.gather(
        *(start(person, *pair) for pair in [(KIDAN, [JALENE]), (JALENE, [KIDAN])] * 10)
    )
    assert len({a["conversation_id"] for a in answers}) == 1
    assert [a["existing"] for a in answers].count(False) >= 1
    assert await database.fetchval("SELECT count(*) FROM conversations WHERE id > 2185") == 1
    assert (
        await database.fetchval("SELECT count(*) FROM conversation_participants WHERE conversation_id > 2185")
        == 2
    )


@pytest.mark.migrated
async def test_who_had_left_is_in_it_again(person, database):
    await database.execute(
        "UPDATE conversation_participants SET is_active = false, left_at = now() WHERE conversation_id = 11"
    )
    assert ABEL_BEZA not in by_id(await person(ABEL).get(PATH))
    assert (await start(person, ABEL, [BEZA]))["conversation_id"] == ABEL_BEZA
    assert ABEL_BEZA in by_id(await person(ABEL).get(PATH))
    assert ABEL_BEZA in by_id(await person(BEZA).get(PATH))


@pytest.mark.parametrize(
    ("who", "people", "more", "status", "said"),
    [
        (ABEL, [ABEL], {}, 400, "You cannot start a conversation with yourself"),
        (ABEL, [], {}, 400, "$.body.participant_user_ids: At least one participant is required"),
        (ABEL, [BEZA, CHALA], {}, 400, "Direct conversations must have exactly one other participant"),
        (ABEL, [99999], {}, 404, "$.body.participant_user_ids: User not found"),
        (ABEL, [2**40], {}, 404, "$.body.participant_user_ids: User not found"),
        (ABEL, [HANNA], {}, 403, "You have blocked this user"),
        (HANNA, [ABEL], {}, 403, "You have been blocked by this user"),
        (ELLEN, [FIKRU], {}, 403, "This user has disabled messages"),
        (ABEL, ["2"], {}, 422, "$.body.participant_user_ids[0]: Expected `int`, got `str`"),
        (ABEL, "x", {}, 422, "$.body.participant_user_ids: Expected `array`, got `str`"),
        (ABEL, [BEZA], {"type": "banana"}, 422, "$.body.type: Invalid enum value 'banana'"),
        (ABEL, [BEZA], {"type": "group"}, 400, "$.body.name: Group conversations must have a name"),
        (ABEL, [BEZA], {"type": "group", "name": "x" * 256}, 422, "$.body.name: Expected"),
    ],
)
async def test_refusals(person, who, people, more, status, said):
    answer = await start(person, who, people, status, **more)
    assert answer["detail"].startswith(said)


async def test_only_connections_may_begin(person):
    await person(JALENE).put("/api/chat/settings", {"settings": {"who_can_message": "connections"}})
    answer = await start(person, ABEL, [JALENE], 403)
    assert answer["detail"] == "This user only accepts messages from connections"


async def test_a_refused_chat_that_exists_can_still_be_opened(person):
    assert (await start(person, ABEL, [FIKRU]))["conversation_id"] == ABEL_FIKRU
