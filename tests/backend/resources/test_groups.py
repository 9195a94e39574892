import pytest

from tests.backend.conftest import ABEL, BEZA, CHALA, DESTA, FIKRU, HANNA

PATH = "/api/chat/conversations"


@pytest.mark.migrated
@pytest.mark.parametrize("kind", ["group", "channel"])
async def test_start(person, kind):
    answer = await person(ABEL).post(
        PATH,
        {"type": kind, "name": "New", "description": "d", "participant_user_ids": [BEZA, ABEL, BEZA, CHALA]},
    )
    head = answer["conversation"]
    assert (head["type"], head["name"], head["created_by_user_id"], head["avatar_url"]) == (
        kind,
        "New",
        ABEL,
        None,
    )
    assert answer["added_participants"] == [{"user_id": BEZA}, {"user_id": CHALA}]
    details = await person(CHALA).get(f"{PATH}/{answer['conversation_id']}")
    assert {p["user_id"]: p["role"] for p in details["participants"]} == {
        ABEL: "admin",
        BEZA: "member",
        CHALA: "member",
    }
    assert details["other_user"] is None


@pytest.mark.migrated
async def test_refusals_do_not_stop_the_rest(person):
    answer = await person(ABEL).post(
        "/api/chat/groups", {"name": "New", "participant_user_ids": [FIKRU, HANNA, 99999, DESTA]}
    )
    assert answer["added_participants"] == [{"user_id": DESTA}]
    assert answer["rejected_participants"] == [
        {"user_id": FIKRU, "reason": "This user has disabled being added to groups"},
        {"user_id": HANNA, "reason": "You have blocked this user"},
        {"user_id": 99999, "reason": "User not found"},
    ]


async def test_alone(person):
    answer = await person(ABEL).post("/api/chat/groups", {"name": "Notes", "participant_user_ids": []})
    assert (answer["added_participants"], answer["rejected_participants"]) == ([], [])


async def test_each_time_a_new_one(person):
    body = {"name": "Twice", "participant_user_ids": [BEZA]}
    first, second = [await person(ABEL).post("/api/chat/groups", body) for _ in range(2)]
    assert first["conversation_id"] != second["conversation_id"]


@pytest.mark.parametrize(
    ("body", "status"),
    [
        ({"participant_user_ids": [BEZA]}, 400),
        ({"name": " ", "participant_user_ids": [BEZA]}, 400),
        ({"name": "x" * 256, "participant_user_ids": [BEZA]}, 422),
        ({"name": "x"}, 422),
        ({"name": "x", "participant_user_ids": [0]}, 422),
        ({"name": "x", "participant_user_ids": [2**63]}, 422),
    ],
)
async def test_wrong_bodies(person, body, status):
    await person(ABEL).post("/api/chat/groups", body, status=status)
