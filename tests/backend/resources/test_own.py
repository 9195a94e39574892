import pytest

from tests.backend.conftest import ABEL, ABEL_BEZA, BEZA, BEZA_CHALA

PATH = "/api/chat/conversations"


async def entry(person, who, **query):
    found = [e for e in await person(who).get(PATH, **query) if e["id"] == ABEL_BEZA]
    return found[0] if found else None


@pytest.mark.migrated
async def test_mute_is_one_s_own(person):
    assert (await person(ABEL).put(f"{PATH}/{ABEL_BEZA}/mute", {"is_muted": True}))["is_muted"]
    assert (await entry(person, ABEL))["is_muted"]
    assert (await person(ABEL).get(f"{PATH}/{ABEL_BEZA}"))["is_muted"]
    assert not (await entry(person, BEZA))["is_muted"]
    await person(ABEL).put(f"{PATH}/{ABEL_BEZA}/mute", {"is_muted": False})
    assert not (await entry(person, ABEL))["is_muted"]


@pytest.mark.migrated
async def test_archive_is_one_s_own(person):
    await person(ABEL).put(f"{PATH}/{ABEL_BEZA}/archive", {"is_archived": True})
    assert await entry(person, ABEL) is None
    assert (await entry(person, ABEL, filter_type="archived"))["is_archived"]
    assert await entry(person, BEZA) is not None
    await person(ABEL).put(f"{PATH}/{ABEL_BEZA}/archive", {"is_archived": False})
    assert await entry(person, ABEL) is not None


@pytest.mark.migrated
async def test_marking_as_read(person):
    assert (await entry(person, ABEL))["unread_count"] == 1
    await person(ABEL).post(f"{PATH}/{ABEL_BEZA}/read")
    assert (await entry(person, ABEL))["unread_count"] == 0


@pytest.mark.migrated
async def test_clearing_is_one_s_own_and_new_messages_come(person):
    await person(ABEL).delete(f"{PATH}/{ABEL_BEZA}/history")
    assert (await person(ABEL).read(ABEL_BEZA))["total_count"] == 0
    assert (await person(BEZA).read(ABEL_BEZA))["total_count"] == 9
    await person(BEZA).send(ABEL_BEZA, "again")
    assert [m["content"] for m in (await person(ABEL).read(ABEL_BEZA))["messages"]] == ["again"]


@pytest.mark.parametrize(
    ("method", "tail", "body"),
    [
        ("PUT", "mute", {"is_muted": True}),
        ("PUT", "archive", {"is_archived": True}),
        ("POST", "read", None),
        ("DELETE", "history", None),
    ],
)
async def test_strangers(person, method, tail, body):
    await person(ABEL)(method, f"{PATH}/{BEZA_CHALA}/{tail}", body, status=403)


@pytest.mark.parametrize(
    ("tail", "body"), [("mute", True), ("mute", {}), ("archive", {"is_archived": "yes"})]
)
async def test_wrong_bodies(person, tail, body):
    await person(ABEL).put(f"{PATH}/{ABEL_BEZA}/{tail}", body, status=422)
