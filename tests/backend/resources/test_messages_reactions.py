import pytest

from tests.backend.conftest import ABEL, ABEL_BEZA, BEZA, CHALA


async def reactions(person, message):
    answer = await person(ABEL).read(ABEL_BEZA)
    return next(m["reactions"] for m in answer["messages"] if m["id"] == message)


async def react(person, who, message, reaction, status=200):
    return await person(who).post(
        f"/api/chat/messages/{message}/reactions", {"reaction": reaction}, status=status
    )


@pytest.mark.migrated
async def test_the_newest_reaction_of_a_person_counts(person):
    await react(person, ABEL, 210, "👍")
    await react(person, ABEL, 210, "❤️")
    await react(person, BEZA, 210, "❤️")
    assert await reactions(person, 210) == [{"reaction": "❤️", "count": 2, "user_ids": [ABEL, BEZA]}]


@pytest.mark.migrated
async def test_taking_back(person):
    await person(ABEL).delete("/api/chat/messages/207/reactions/laugh")
    assert len(await reactions(person, 207)) == 2
    await person(ABEL).delete("/api/chat/messages/207/reactions/heart")
    assert [r["reaction"] for r in await reactions(person, 207)] == ["thumbsup"]
    await person(ABEL).delete("/api/chat/messages/207/reactions/heart")


async def test_a_reaction_in_a_path_may_be_any_text(person):
    await react(person, ABEL, 210, "❤️/100%")
    await person(ABEL).delete("/api/chat/messages/210/reactions/" + "%E2%9D%A4%EF%B8%8F%2F100%25")
    assert await reactions(person, 210) == []


@pytest.mark.parametrize(
    ("who", "message", "reaction", "status"),
    [
        (CHALA, 207, "x", 403),
        (ABEL, 204, "x", 404),
        (ABEL, 99999, "x", 404),
        (ABEL, 207, "", 422),
        (ABEL, 207, "x" * 51, 422),
    ],
)
async def test_refusals(person, who, message, reaction, status):
    await react(person, who, message, reaction, status)
