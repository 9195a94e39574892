import pytest

from tests.backend.conftest import ABEL, BEZA, DESTA, GENET


async def test_everybody_with_an_accepted_connection_once_and_the_latest_first(person):
    answer = await person(ABEL).get("/api/chat/contacts")
    assert [c["user_id"] for c in answer["contacts"]] == [DESTA, 3, BEZA]
    assert answer["total"] == 3
    beza = answer["contacts"][2]
    assert (beza["name"], beza["conversation_id"], beza["connection_id"]) == ("Beza B", 11, 1)


async def test_nobody_is_an_empty_list(person):
    assert await person(GENET).get("/api/chat/contacts") == {"contacts": [], "total": 0}


@pytest.mark.parametrize(
    ("search", "found"),
    [("bez", [2]), ("DESTA@", [4]), ("%", []), ("_", []), ("Chala C", [3]), ("", [4, 3, 2])],
)
async def test_search_is_text_not_a_pattern(person, search, found):
    answer = await person(ABEL).get("/api/chat/contacts", search=search)
    assert [c["user_id"] for c in answer["contacts"]] == found


async def test_pages(person):
    answer = await person(ABEL).get("/api/chat/contacts", limit=1, offset=1)
    assert [c["user_id"] for c in answer["contacts"]] == [3]


@pytest.mark.parametrize("query", [{"limit": 101}, {"limit": -1}, {"offset": "x"}, {"limit": "٣"}])
async def test_wrong_pages(person, query):
    answer = await person(ABEL).get("/api/chat/contacts", status=422, **query)
    assert answer["detail"].startswith(f"$.query.{next(iter(query))}")


async def test_two_roles_connected_twice_is_one_contact(person, database):
    await database.execute(
        """INSERT INTO connections (requested_by, requester_type, recipient_id, recipient_type, status, connected_at)
        VALUES (2, 'parent', 1, 'tutor', 'accepted', '2026-11-01')"""
    )
    answer = await person(ABEL).get("/api/chat/contacts")
    assert [c["user_id"] for c in answer["contacts"]] == [BEZA, DESTA, 3]
