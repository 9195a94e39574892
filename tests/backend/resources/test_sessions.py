import pytest

from tests.backend.conftest import ABEL, BEZA, GENET

PATH = "/api/chat/sessions"


async def ids(person, who):
    return [s["id"] for s in (await person(who).get(PATH))["sessions"]]


@pytest.mark.migrated
async def test_list(person, database):
    # The story was loaded when the first test wanted it, which may be long ago.
    await database.execute("UPDATE chat_active_sessions SET last_active_at = now() AT TIME ZONE 'utc'")
    sessions = (await person(ABEL).get(PATH))["sessions"]
    assert {s["id"]: (s["device_name"], s["is_current"], s["is_active"]) for s in sessions} == {
        401: ("Firefox on Linux", True, True),
        402: ("Android phone", False, True),
    }
    assert await ids(person, GENET) == []


@pytest.mark.migrated
async def test_terminate_one(person):
    assert (await person(ABEL).delete(f"{PATH}/402"))["terminated_session_id"] == 402
    assert await ids(person, ABEL) == [401]
    assert await ids(person, BEZA) == [403]


@pytest.mark.parametrize("session", [403, 99999, 2**40])
async def test_terminate_of_others(person, session):
    assert (await person(ABEL).delete(f"{PATH}/{session}", status=404))[
        "detail"
    ] == "Session not found or not authorized"
    assert await ids(person, BEZA) == [403]


@pytest.mark.parametrize(("method", "path"), [("DELETE", PATH), ("POST", f"{PATH}/terminate-all")])
@pytest.mark.parametrize(
    ("query", "kept"),
    [
        ({}, 401),
        ({"current_session_token": "seed-session-402"}, 402),
        ({"current_session_token": "unknown"}, 401),
    ],
)
async def test_the_calling_one_is_kept(person, method, path, query, kept):
    answer = await person(ABEL)(method, path, **query)
    assert answer["terminated_count"] == 1
    assert await ids(person, ABEL) == [kept]
    assert await ids(person, BEZA) == [403]


@pytest.mark.migrated
async def test_registering_makes_it_current(person):
    body = {"device_name": "Tablet", "device_type": "tablet", "browser": "Chrome", "os": "Android"}
    first = await person(ABEL).post(f"{PATH}/register", body)
    again = await person(ABEL).post(f"{PATH}/register", body)
    assert first["session_id"] == again["session_id"]
    assert first["session_token"] != again["session_token"]
    current = [s["id"] for s in (await person(ABEL).get(PATH))["sessions"] if s["is_current"]]
    assert current == [first["session_id"]]
    await person(ABEL).delete(PATH, current_session_token=again["session_token"])
    assert await ids(person, ABEL) == [first["session_id"]]


@pytest.mark.parametrize("body", [{"device_type": "fridge"}, {"device_name": "x" * 101}, []])
async def test_wrong_devices(person, body):
    await person(ABEL).post(f"{PATH}/register", body, status=422)
