import pytest

from tests.backend.conftest import ABEL, ABEL_BEZA, ABEL_FIKRU, BEZA, BEZA_CHALA, CHALA, DESTA, GENET, GROUP

PATH = "/api/chat/calls"


async def begin(person, who, conversation, kind="voice", status=200):
    return await person(who).post(PATH, {"conversation_id": conversation, "call_type": kind}, status=status)


@pytest.mark.parametrize("kind", ["voice", "video"])
async def test_a_call_from_beginning_to_end(person, kind):
    call = (await begin(person, ABEL, ABEL_BEZA, kind))["call"]
    assert (call["status"], call["call_type"], call["is_caller"]) == ("initiated", kind, True)
    path = f"{PATH}/{call['id']}"
    call = (await person(BEZA).put(path, {"status": "answered"}))["call"]
    assert (call["is_caller"], call["answered_at"] is not None, call["ended_at"]) == (False, True, None)
    call = (await person(ABEL).put(path, {"status": "ended", "duration_seconds": 340}))["call"]
    assert (call["duration_seconds"], call["ended_at"] is not None) == (340, True)


async def test_seconds_are_counted_when_nobody_says_them(person, database):
    call = (await begin(person, ABEL, ABEL_BEZA))["call"]
    await person(BEZA).put(f"{PATH}/{call['id']}", {"status": "answered"})
    await database.execute("UPDATE call_logs SET answered_at = answered_at - interval '1 minute'")
    call = (await person(BEZA).put(f"{PATH}/{call['id']}", {"status": "ended"}))["call"]
    assert 60 <= call["duration_seconds"] < 90


@pytest.mark.parametrize(
    ("who", "found"), [(ABEL, [302, 301]), (BEZA, [303, 302, 301]), (CHALA, [303]), (GENET, [])]
)
async def test_list(person, who, found):
    calls = (await person(who).get(PATH))["calls"]
    assert [c["id"] for c in calls] == found


async def test_list_names_the_other(person):
    first = (await person(ABEL).get(PATH, limit=1))["calls"][0]
    assert (first["other_user"]["user_id"], first["caller_name"], first["conversation_type"]) == (
        BEZA,
        "Abel A",
        "direct",
    )
    await begin(person, CHALA, GROUP)
    first = (await person(ABEL).get(PATH, limit=1))["calls"][0]
    assert (first["other_user"], first["conversation_name"]) == (None, "Exam preparation")


@pytest.mark.parametrize(
    ("setting", "connected", "refused"),
    [
        ("everyone", False, None),
        ("connections", True, None),
        ("connections", False, "This user only accepts calls from connections"),
        ("none", True, "This user has disabled calls"),
    ],
)
async def test_privacy(person, database, setting, connected, refused):
    await person(BEZA).put("/api/chat/settings", {"settings": {"allow_calls_from": setting}})
    if not connected:
        await database.execute("UPDATE connections SET status = 'rejected' WHERE id = 1")
    answer = await begin(person, ABEL, ABEL_BEZA, status=403 if refused else 200)
    assert answer.get("detail") == refused


async def test_blocks(person):
    await person(BEZA).post("/api/chat/block", {"blocked_user_id": ABEL})
    assert (await begin(person, ABEL, ABEL_BEZA, status=403))[
        "detail"
    ] == "You have been blocked by this user"
    assert (await begin(person, BEZA, ABEL_BEZA, status=403))["detail"] == "You have blocked this user"


@pytest.mark.parametrize(
    ("who", "conversation", "kind", "status"),
    [
        (ABEL, ABEL_FIKRU, "voice", 403),
        (ABEL, BEZA_CHALA, "voice", 403),
        (ABEL, 99999, "voice", 403),
        (ABEL, 2**40, "voice", 403),
        (ABEL, ABEL_BEZA, "audio", 422),
        (ABEL, "11", "voice", 422),
    ],
)
async def test_refusals(person, who, conversation, kind, status):
    await begin(person, who, conversation, kind, status)


@pytest.mark.parametrize(
    ("who", "call", "body", "status"),
    [
        (DESTA, 301, {"status": "ended"}, 403),
        (ABEL, 99999, {"status": "ended"}, 404),
        (ABEL, 301, {"status": "banana"}, 422),
        (ABEL, 301, "ended", 422),
        (ABEL, 301, {"status": "ended", "duration_seconds": -1}, 422),
        (ABEL, 301, {"status": "ended", "duration_seconds": 2**31}, 422),
    ],
)
async def test_wrong_updates(person, who, call, body, status):
    await person(who).put(f"{PATH}/{call}", body, status=status)
