import pytest

from tests.backend.conftest import ABEL, ABEL_BEZA, BEZA, BEZA_CHALA, CHALA, GROUP

PATH = "/api/chat/conversations/{}/typing"


async def typing(person, who, conversation=GROUP):
    answer = await person(who).get(PATH.format(conversation))
    assert answer["is_someone_typing"] == bool(answer["typing_users"])
    return [user["user_id"] for user in answer["typing_users"]]


async def say(person, who, is_typing, conversation=GROUP):
    return await person(who).post(PATH.format(conversation), {"is_typing": is_typing})


async def test_others_see_it_until_it_ends(person):
    answer = await say(person, ABEL, True)
    assert answer == {"broadcasted": True, "conversation_id": GROUP, "user_id": ABEL, "is_typing": True}
    await say(person, BEZA, True)
    assert [await typing(person, who) for who in (ABEL, BEZA, CHALA)] == [[BEZA], [ABEL], [ABEL, BEZA]]
    assert await typing(person, BEZA, ABEL_BEZA) == []
    await say(person, ABEL, False)
    assert await typing(person, CHALA) == [BEZA]


async def test_it_lasts_five_seconds(person, clock):
    await say(person, ABEL, True)
    clock.now += 4.9
    assert await typing(person, BEZA) == [ABEL]
    clock.now += 0.2
    assert await typing(person, BEZA) == []


async def test_who_keeps_it_private_is_not_shown(person):
    answer = await say(person, CHALA, True)
    assert answer == {"broadcasted": False, "reason": "Typing indicators disabled in settings"}
    assert await typing(person, ABEL) == []


async def test_switching_it_off_hides_at_once(person):
    await say(person, ABEL, True)
    await person(ABEL).put("/api/chat/settings", {"settings": {"typing_indicators": False}})
    assert await typing(person, BEZA) == []


@pytest.mark.parametrize(("who", "allowed"), [(ABEL, True), (CHALA, False)])
async def test_allowed_is_one_s_own_setting(person, who, allowed):
    answer = await person(who).get(f"/api/chat/conversations/{GROUP}/typing-allowed")
    assert answer == {"can_broadcast_typing": allowed}


async def test_strangers(person):
    await person(ABEL).get(PATH.format(BEZA_CHALA), status=403)
    await person(ABEL).post(PATH.format(BEZA_CHALA), {"is_typing": True}, status=403)
    await person(ABEL).post(PATH.format(GROUP), {"is_typing": "yes"}, status=422)
