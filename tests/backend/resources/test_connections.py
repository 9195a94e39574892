import asyncio
from urllib.parse import urlencode

import pytest

from tests.backend.conftest import ABEL, BEZA, CHALA, DESTA, ELLEN, GENET, HANNA, ISKINDER, JALENE

PATH = "/api/connections"


async def ids(person, who, **query):
    return [c["id"] for c in await person(who).get(f"{PATH}?{urlencode(query)}")]


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ({}, [110, 103, 109, 107, 106, 105, 104, 1]),
        ({"status": "accepted"}, [103, 107, 1]),
        ({"status": "banana"}, []),
        ({"direction": "outgoing"}, [107, 106, 1]),
        ({"direction": "incoming", "status": "pending"}, [110, 109, 105, 104]),
        ({"role": "tutor"}, [103, 104]),
        ({"search": "HANNA"}, [106]),
        ({"search": "%"}, []),
    ],
)
async def test_list(person, query, found):
    assert await ids(person, ABEL, **query) == found


async def test_a_connection_names_both_with_their_roles(person):
    answer = await person(ABEL).get(f"{PATH}/1")
    assert (answer["requested_by"], answer["requester_type"], answer["requester_profile_id"]) == (
        ABEL,
        "student",
        5,
    )
    assert (answer["recipient_id"], answer["recipient_type"], answer["recipient_profile_id"]) == (
        BEZA,
        "tutor",
        5,
    )
    assert (answer["recipient_name"], answer["recipient_roles"]) == ("Beza B", ["tutor", "parent"])


@pytest.mark.parametrize(
    ("who", "connection", "status"), [(CHALA, 1, 403), (ABEL, 99999, 404), (ABEL, "x", 422)]
)
async def test_others(person, who, connection, status):
    await person(who).get(f"{PATH}/{connection}", status=status)
    await person(who).delete(f"{PATH}/{connection}", status=status)
    await person(who).put(f"{PATH}/{connection}", {"status": "accepted"}, status=status)


async def test_stats(person):
    answer = await person(ABEL).get(f"{PATH}/stats")
    assert (answer["total_connections"], answer["pending_count"], answer["rejected_count"]) == (3, 5, 0)
    assert (answer["incoming_requests"], answer["outgoing_requests"]) == (4, 1)
    assert (await person(ABEL).get(f"{PATH}/stats", role="tutor"))["accepted_count"] == 1


@pytest.mark.parametrize(
    ("target", "expected"),
    [
        (BEZA, (True, "accepted", "outgoing", 1)),
        (ISKINDER, (False, "pending", "incoming", 109)),
        (HANNA, (False, "pending", "outgoing", 106)),
        (JALENE, (False, None, None, None)),
        (2**40, (False, None, None, None)),
    ],
)
async def test_check(person, target, expected):
    answer = await person(ABEL).post(f"{PATH}/check", {"target_user_id": target})
    assert (
        tuple(answer[name] for name in ("is_connected", "status", "direction", "connection_id")) == expected
    )
    assert ("requested_at" in answer) is (expected[3] is not None)


async def test_check_batch(person):
    answer = await person(ABEL).post(
        f"{PATH}/check-batch", {"target_profile_ids": [5, 8, 10, 99999, 2**40], "target_type": "tutor"}
    )
    assert {key: (r["status"], r["direction"]) for key, r in answer["connections"].items()} == {
        "5": ("accepted", "outgoing"),
        "8": ("pending", "incoming"),
        "10": (None, None),
    }


@pytest.mark.migrated
@pytest.mark.parametrize("body", [{"recipient_id": JALENE}, {"recipient_profile_id": 10}])
async def test_create_by_person_or_profile(person, body):
    answer = await person(ABEL).post(PATH, {**body, "recipient_type": "tutor"}, status=201)
    assert (answer["recipient_id"], answer["status"]) == (JALENE, "pending")
    assert (answer["requester_type"], answer["requester_profile_id"]) == ("tutor", 7)
    received = (await person(JALENE).get("/api/chat/connection-requests"))["received_requests"]
    assert [r["user_id"] for r in received] == [ABEL]


@pytest.mark.parametrize(
    ("who", "body", "status", "said"),
    [
        (ABEL, {"recipient_id": BEZA, "recipient_type": "tutor"}, 400, "already connected"),
        (HANNA, {"recipient_id": ABEL, "recipient_type": "student"}, 400, "pending response"),
        (ABEL, {"recipient_id": ABEL, "recipient_type": "tutor"}, 400, "Cannot connect with yourself"),
        (GENET, {"recipient_id": ABEL, "recipient_type": "tutor"}, 400, "You must have a profile"),
        (DESTA, {"recipient_id": ELLEN, "recipient_type": "tutor"}, 400, "does not have 'tutor' role"),
        (
            DESTA,
            {"recipient_id": ELLEN, "recipient_type": "student", "requester_type": "tutor"},
            400,
            "You don't have",
        ),
        (ABEL, {"recipient_id": 99999, "recipient_type": "tutor"}, 404, "Target user not found"),
        (
            ABEL,
            {"recipient_profile_id": 99999, "recipient_type": "tutor"},
            404,
            "Tutor profile with ID 99999 not found",
        ),
        (ABEL, {"recipient_type": "tutor"}, 400, "required"),
        (ABEL, {"recipient_id": JALENE, "recipient_type": "banana"}, 422, "recipient_type"),
    ],
)
async def test_wrong_requests(person, who, body, status, said):
    assert said in (await person(who).post(PATH, body, status=status))["detail"]


@pytest.mark.migrated
async def test_at_once_from_both_sides_is_one(person, database):
    async def ask(who, other, kind):
        try:
            await person(who).post(PATH, {"recipient_id": other, "recipient_type": kind}, status=201)
        except AssertionError:
            return 0
        return 1

    asked = await asyncio.gather(
        *(ask(*pair) for pair in [(ABEL, JALENE, "tutor"), (JALENE, ABEL, "tutor")] * 4)
    )
    assert sum(asked) == 1
    assert await database.fetchval("SELECT count(*) FROM connections WHERE id > 2148") == 1


@pytest.mark.migrated
async def test_update(person):
    said = (await person(HANNA).put(f"{PATH}/106", {"status": "accepted"}))["status"]
    assert said == "accepted"
    assert (await person(ABEL).get(f"{PATH}/106"))["connected_at"] is not None
    await person(ABEL).put(f"{PATH}/106", {"status": "rejected"}, status=403)
    assert (await person(ABEL).put(f"{PATH}/106", {"status": "blocked"}))["status"] == "blocked"
    await person(ABEL).put(f"{PATH}/106", {"status": "banana"}, status=422)


@pytest.mark.migrated
async def test_delete(client, person):
    answer = await client.delete(f"{PATH}/1", headers=person(BEZA).headers)
    assert (answer.status, await answer.read()) == (204, b"")
    await person(ABEL).get(f"{PATH}/1", status=404)


async def test_of_others_only_accepted_and_no_addresses(person):
    answer = await person(GENET).get(f"/api/users/{ABEL}/connections?status=pending")
    assert [c["id"] for c in answer] == [103, 107, 1]
    assert all(c["requester_email"] is None and c["recipient_email"] is None for c in answer)
    own = await person(ABEL).get(f"/api/users/{ABEL}/connections")
    assert own[0]["requester_email"] == "desta@example.test"
    await person(ABEL).get("/api/users/99999/connections", status=404)
