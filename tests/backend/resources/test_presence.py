import pytest

from tests.backend.conftest import ABEL, BEZA, DESTA, GENET, JALENE, KIDAN


async def beat(person, who, **query):
    return await person(who).post("/api/chat/users/status/update", **query)


async def status(person, who, target):
    return await person(who).get(f"/api/chat/users/{target}/status")


@pytest.mark.migrated
async def test_online_for_five_minutes_after_a_heartbeat(person, database):
    assert (await beat(person, KIDAN))["success"]
    assert (await status(person, ABEL, KIDAN))["is_online"]
    await database.execute(
        "UPDATE chat_active_sessions SET last_active_at = now() - interval '5 minutes 1 second' WHERE user_id = 11"
    )
    answer = await status(person, ABEL, KIDAN)
    assert not answer["is_online"]
    assert answer["last_seen"] is not None


@pytest.mark.migrated
async def test_a_device_is_one_row_and_says_goodbye(person, database):
    for _ in range(2):
        await beat(person, KIDAN, device_name="Firefox", device_type="mobile", browser="Firefox", os="Linux")
    await beat(person, KIDAN, device_name="Firefox", is_online="false")
    await beat(person, KIDAN)
    await beat(person, KIDAN)
    rows = await database.fetch("SELECT * FROM chat_active_sessions WHERE user_id = 11 ORDER BY id")
    assert [(r["device_name"], r["browser"], r["is_online"]) for r in rows] == [
        ("Firefox", "Firefox", False),
        ("Unknown device", None, True),
    ]


@pytest.mark.parametrize(
    ("settings", "connected", "online_hidden", "last_seen_hidden"),
    [
        ({}, False, False, False),
        ({"online_status": False}, True, True, False),
        ({"last_seen_visibility": "nobody"}, True, False, True),
        ({"last_seen_visibility": "connections"}, True, False, False),
        ({"last_seen_visibility": "connections"}, False, False, True),
        ({"online_status": False, "last_seen_visibility": "nobody"}, False, True, True),
    ],
)
async def test_privacy(person, database, settings, connected, online_hidden, last_seen_hidden):
    await person(BEZA).put("/api/chat/settings", {"settings": settings})
    if not connected:
        await database.execute("UPDATE connections SET status = 'rejected' WHERE id = 1")
    await beat(person, BEZA)
    answer = await status(person, ABEL, BEZA)
    assert (answer["online_hidden"], answer["last_seen_hidden"]) == (online_hidden, last_seen_hidden)
    assert answer["is_online"] is not online_hidden
    assert (answer["last_seen"] is None) is last_seen_hidden
    entry = next(e for e in await person(ABEL).get("/api/chat/conversations") if e["id"] == 11)
    assert entry["other_user"]["online"] is not online_hidden
    assert (entry["other_user"]["last_seen"] is None) is last_seen_hidden
    own = await status(person, BEZA, BEZA)
    assert (own["is_online"], own["online_hidden"], own["last_seen_hidden"]) == (True, False, False)


async def test_bulk_keeps_the_order_and_knows_nobody(person):
    await beat(person, BEZA)
    answer = await person(ABEL).get("/api/chat/users/online-status", user_ids="99999,2,4,2,1099511627776")
    assert [(s["user_id"], s["is_online"]) for s in answer["statuses"]] == [
        (99999, False),
        (BEZA, True),
        (DESTA, False),
        (BEZA, True),
        (2**40, False),
    ]
    assert answer["statuses"][2]["online_hidden"]


@pytest.mark.parametrize("query", [{}, {"user_ids": ""}, {"user_ids": ","}])
async def test_nobody_is_an_empty_list(person, query):
    assert await person(ABEL).get("/api/chat/users/online-status", **query) == {"statuses": []}


@pytest.mark.parametrize("target", [GENET, JALENE, 99999, 2**40])
async def test_who_was_never_here(person, target):
    answer = await status(person, ABEL, target)
    assert answer == {
        "user_id": target,
        "is_online": False,
        "last_seen": None,
        "online_hidden": False,
        "last_seen_hidden": False,
    }


async def test_wrong_values(person):
    await person(ABEL).get("/api/chat/users/online-status", user_ids="1,x", status=422)
    await person(ABEL).get("/api/chat/users/online-status", user_ids=",".join(["1"] * 1001), status=422)
    await person(ABEL).get("/api/chat/users/0/status", status=422)
    await person(ABEL).post("/api/chat/users/status/update", device_type="fridge", status=422)
    await person(ABEL).post("/api/chat/users/status/update", device_name="x" * 101, status=422)
    await person(ABEL).post("/api/chat/users/status/update", is_online="maybe", status=422)
