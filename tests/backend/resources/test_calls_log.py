import pytest

from tests.backend.conftest import ABEL, ABEL_BEZA, ABEL_DESTA, BEZA, BEZA_CHALA, DESTA

PATH = "/api/call-logs"
NEW = {"conversation_id": ABEL_BEZA, "call_type": "voice", "status": "initiated"}


@pytest.mark.migrated
async def test_list_from_both_sides(person):
    for who, mine in ((ABEL, [True, False]), (BEZA, [False, True])):
        logs = (await person(who).get(f"{PATH}/{ABEL_BEZA}"))["call_logs"]
        assert [(log["id"], log["is_caller"]) for log in logs] == list(zip([302, 301], mine, strict=True))
    assert (await person(ABEL).get(f"{PATH}/{ABEL_DESTA}"))["call_logs"] == []


@pytest.mark.migrated
async def test_a_log_from_beginning_to_end(person):
    created = await person(ABEL).post(
        PATH, {**NEW, "started_at": "2026-11-21T10:00:00+03:00", "caller_profile_id": 5}
    )
    path = f"{PATH}/{created['call_log_id']}"
    await person(BEZA).put(path, {"status": "answered", "answered_at": "2026-11-21T07:00:05Z"})
    await person(ABEL).put(
        path, {"status": "ended", "ended_at": "2026-11-21T07:03:05.123Z", "duration_seconds": 180}
    )
    log = (await person(ABEL).get(f"{PATH}/{ABEL_BEZA}"))["call_logs"][0]
    assert (log["started_at"], log["answered_at"]) == ("2026-11-21T07:00:00Z", "2026-11-21T07:00:05Z")
    assert (log["status"], log["duration_seconds"], log["is_caller"]) == ("ended", 180, True)


async def test_who_was_called_may_write_it(person):
    created = await person(BEZA).post(PATH, {**NEW, "caller_user_id": ABEL, "status": "missed"})
    log = (await person(ABEL).get(f"{PATH}/{ABEL_BEZA}"))["call_logs"][0]
    assert (log["id"], log["is_caller"], log["caller_name"]) == (created["call_log_id"], True, "Abel A")


@pytest.mark.parametrize(
    ("change", "status"),
    [
        ({"conversation_id": BEZA_CHALA}, 403),
        ({"conversation_id": 99999}, 403),
        ({"caller_user_id": DESTA}, 422),
        ({"caller_user_id": 2**40}, 422),
        ({"status": "banana"}, 422),
        ({"call_type": "audio"}, 422),
        ({"started_at": "yesterday"}, 422),
    ],
)
async def test_refusals(person, change, status):
    await person(ABEL).post(PATH, {**NEW, **change}, status=status)


@pytest.mark.parametrize(("who", "log", "status"), [(DESTA, 301, 403), (ABEL, 99999, 404)])
async def test_wrong_updates(person, who, log, status):
    await person(who).put(f"{PATH}/{log}", {"status": "ended"}, status=status)


async def test_strangers(person):
    await person(DESTA).get(f"{PATH}/{ABEL_BEZA}", status=403)
