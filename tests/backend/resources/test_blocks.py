import pytest

from tests.backend.conftest import ABEL, BEZA, GENET, HANNA


async def blocked(person, who):
    answer = await person(who).get("/api/chat/blocked")
    return [(b["user_id"], b["reason"]) for b in answer["blocked_contacts"]]


@pytest.mark.migrated
async def test_block_and_unblock(person):
    await person(ABEL).post("/api/chat/block", {"blocked_user_id": BEZA, "reason": "spam"})
    await person(ABEL).post("/api/chat/block", {"blocked_user_id": BEZA, "reason": "still spam"})
    assert await blocked(person, ABEL) == [(BEZA, "still spam"), (HANNA, "unwanted messages")]
    assert await blocked(person, BEZA) == []
    await person(ABEL).delete(f"/api/chat/block/{BEZA}")
    await person(ABEL).delete(f"/api/chat/block/{BEZA}")
    assert await blocked(person, ABEL) == [(HANNA, "unwanted messages")]


@pytest.mark.migrated
async def test_what_an_older_backend_unblocked_is_not_listed(person, database):
    await database.execute("UPDATE blocked_chat_contacts SET is_active = false")
    assert await blocked(person, ABEL) == []
    await person(ABEL).post("/api/chat/block", {"blocked_user_id": HANNA})
    assert await blocked(person, ABEL) == [(HANNA, None)]


async def test_nobody_is_an_empty_list(person):
    assert await blocked(person, GENET) == []


@pytest.mark.parametrize(
    ("body", "status"),
    [
        ({"blocked_user_id": ABEL}, 400),
        ({"blocked_user_id": 99999}, 404),
        ({"blocked_user_id": 2**40}, 404),
        ({"blocked_user_id": 2**63}, 422),
        ({"blocked_user_id": "2"}, 422),
        ({"blocked_user_id": 2.5}, 422),
        ({"blocked_user_id": True}, 422),
        ({"reason": "x"}, 422),
        ([], 422),
    ],
)
async def test_refusals(person, body, status):
    answer = await person(ABEL).post("/api/chat/block", body, status=status)
    assert answer["detail"].startswith("$.body")
