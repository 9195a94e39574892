import pytest

from tests.backend.conftest import ABEL, DESTA, GENET, HANNA, KIDAN

PATH = "/api/chat/connection-requests"


@pytest.mark.parametrize(
    ("who", "asked", "sent", "received"),
    [
        (ABEL, "all", [106], [110, 109, 105, 104]),
        (ABEL, "sent", [106], []),
        (ABEL, "received", [], [110, 109, 105, 104]),
        (ABEL, "banana", [], []),
        (HANNA, "all", [], [106]),
        (GENET, "all", [], []),
    ],
)
async def test_list(person, who, asked, sent, received):
    answer = await person(who).get(PATH, request_type=asked)
    assert [r["connection_id"] for r in answer["sent_requests"]] == sent
    assert [r["connection_id"] for r in answer["received_requests"]] == received
    assert (answer["sent_count"], answer["received_count"]) == (len(sent), len(received))


async def test_each_side_sees_the_other(person):
    assert (await person(ABEL).get(PATH))["sent_requests"][0]["user_id"] == HANNA
    assert (await person(HANNA).get(PATH))["received_requests"][0]["user_id"] == ABEL


async def test_accepting_connects_now(person, database):
    answer = await person(ABEL).post(f"{PATH}/110/respond", {"action": "accept"})
    assert answer == {"message": "Connection request accepted", "connection_id": 110, "status": "accepted"}
    assert await database.fetchval(
        "SELECT connected_at > now() - interval '1 minute' FROM connections WHERE id = 110"
    )
    assert (await person(KIDAN).get("/api/chat/contacts"))["contacts"][0]["user_id"] == ABEL


async def test_rejecting(person):
    assert (await person(ABEL).post(f"{PATH}/110/respond", {"action": "reject"}))["status"] == "rejected"
    assert (await person(KIDAN).get("/api/chat/contacts"))["total"] == 0
    await person(ABEL).post(f"{PATH}/110/respond", {"action": "accept"}, status=404)


@pytest.mark.parametrize(
    ("who", "request_id", "body", "status", "said"),
    [
        (DESTA, 104, {"action": "accept"}, 404, "Connection request not found"),
        (ABEL, 106, {"action": "accept"}, 404, "Connection request not found"),
        (ABEL, 2**40, {"action": "accept"}, 404, "Connection request not found"),
        (ABEL, 104, {"action": "banana"}, 422, "$.body.action: "),
        (ABEL, 104, {}, 422, "$.body: "),
        (ABEL, "abc", {"action": "accept"}, 422, "$.path.connection_id: "),
    ],
)
async def test_refusals(person, who, request_id, body, status, said):
    answer = await person(who).post(f"{PATH}/{request_id}/respond", body, status=status)
    assert answer["detail"].startswith(said)
