import pytest

from tests.backend.conftest import ABEL, ABEL_BEZA, BEZA, CHALA, GENET, GROUP

PATH = "/api/chat/search"


async def found(person, who, q, **more):
    return [m["id"] for m in (await person(who).get(PATH, q=q, **more))["messages"]]


async def test_plain_and_encrypted_texts_in_any_case(person):
    old = (await person(BEZA).read(ABEL_BEZA))["messages"][0]
    word = old["content"].split()[0].strip(".,!?")
    assert old["id"] in await found(person, ABEL, word.upper())
    sent = await person(ABEL).send(GROUP, "Ruler and COMPASS 100%")
    assert await found(person, BEZA, "compass 100%") == [sent["id"]]
    assert await found(person, BEZA, "compass 100%", conversation_id=GROUP) == [sent["id"]]
    assert await found(person, BEZA, "compass 100%", conversation_id=ABEL_BEZA) == []


async def test_newest_first_and_limited(person):
    sent = [(await person(ABEL).send(place, "needle"))["id"] for place in (GROUP, ABEL_BEZA, GROUP)]
    assert await found(person, BEZA, "needle") == sent[::-1]
    assert await found(person, BEZA, "needle", limit=2) == sent[:0:-1]


async def test_only_what_one_can_see(person):
    sent = await person(BEZA).send(14, "needle")
    assert await found(person, CHALA, "needle") == [sent["id"]]
    assert await found(person, ABEL, "needle") == []
    assert await found(person, ABEL, "needle", conversation_id=14) == []
    await person(CHALA).delete("/api/chat/conversations/14/history")
    assert await found(person, CHALA, "needle") == []
    await person(BEZA).delete(f"/api/chat/messages/{sent['id']}")
    assert await found(person, BEZA, "needle") == []


async def test_ciphertext_is_no_text(person):
    assert await found(person, ABEL, "gAAAAA") == []
    assert await found(person, GENET, "a") == []


@pytest.mark.parametrize("query", [{}, {"q": ""}, {"q": "x" * 201}, {"q": "x", "conversation_id": "y"}])
async def test_wrong_questions(person, query):
    await person(ABEL).get(PATH, status=422, **query)
