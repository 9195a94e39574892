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


async def log_of(person, log_id):
    logs = (await person(ABEL).get(f"{PATH}/{ABEL_BEZA}"))["call_logs"]
    return next(log for log in logs if log["id"] == log_id)


@pytest.mark.migrated
async def test_both_sides_write_down_one_call(person):
    """The callee's client posts the call, too, with itself as the caller: two cards appeared, one of them wrong."""
    before = len((await person(ABEL).get(f"{PATH}/{ABEL_BEZA}"))["call_logs"])
    first = (await person(ABEL).post(PATH, NEW))["call_log_id"]
    second = (await person(BEZA).post(PATH, {**NEW, "caller_user_id": BEZA, "status": "answered"}))[
        "call_log_id"
    ]
    assert first == second
    log = await log_of(person, first)
    assert (log["caller_user_id"], log["status"]) == (ABEL, "answered")
    assert len((await person(ABEL).get(f"{PATH}/{ABEL_BEZA}"))["call_logs"]) == before + 1


@pytest.mark.parametrize("status", ["ended", "declined", "cancelled"])
async def test_what_is_over_is_another_call(person, status):
    first = (await person(ABEL).post(PATH, NEW))["call_log_id"]
    await person(ABEL).put(f"{PATH}/{first}", {"status": status, "ended_at": "2026-11-21T07:03:05Z"})
    assert (await person(ABEL).post(PATH, NEW))["call_log_id"] != first
    # What comes late does not begin it again.
    await person(BEZA).put(f"{PATH}/{first}", {"status": "answered", "answered_at": "2026-11-21T07:03:04Z"})
    assert (await log_of(person, first))["status"] == status


async def test_an_old_call_that_nobody_ended_is_another_one(person, database):
    first = (await person(ABEL).post(PATH, NEW))["call_log_id"]
    await database.execute("UPDATE call_logs SET created_at = created_at - interval '2 minutes'")
    assert (await person(ABEL).post(PATH, NEW))["call_log_id"] != first
