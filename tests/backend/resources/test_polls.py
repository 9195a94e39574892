import asyncio
from datetime import UTC, datetime, timedelta

import pytest

from backend.resources.polls import remaining
from tests.backend.conftest import ABEL, ABEL_BEZA, BEZA, CHALA, DESTA, GROUP

PATH = "/api/chat/polls"
NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)


async def create(person, who=ABEL, status=200, **more):
    body = {"conversation_id": GROUP, "question": "Online?", "options": ["Yes", "No"], **more}
    return await person(who).post(PATH, body, status=status)


async def vote(person, who, poll, option, status=200):
    return await person(who).post(f"{PATH}/{poll}/vote", {"option_id": option}, status=status)


@pytest.mark.migrated
async def test_list(person):
    answer = await person(ABEL).get(f"{PATH}/conversation/{GROUP}")
    assert answer["count"] == 2
    polls = {poll["id"]: poll for poll in answer["polls"]}
    first = polls[501]
    assert [o["text"] for o in first["options"]] == ["Monday", "Wednesday", "Saturday"]
    assert first["options"][0]["voters"] == [{"user_id": BEZA, "name": "Beza B"}]
    assert (first["options"][0]["percentage"], first["total_votes"], first["user_votes"]) == (100.0, 1, [])
    assert first["created_by"] == {"user_id": CHALA, "name": "Chala C"}
    assert polls[502]["status"] == "ended"
    assert (await person(BEZA).get(f"{PATH}/501"))["user_votes"] == [511]
    assert await person(ABEL).get(f"{PATH}/conversation/{ABEL_BEZA}") == {"polls": [], "count": 0}


@pytest.mark.migrated
async def test_create_and_vote(person):
    poll = (await create(person))["poll"]
    assert (poll["status"], poll["time_remaining"]) == ("active", "23h 59m left")
    yes, no = (option["id"] for option in poll["options"])
    assert (await vote(person, BEZA, poll["id"], yes))["action"] == "added"
    answer = await vote(person, BEZA, poll["id"], no)
    assert (answer["poll"]["user_votes"], answer["poll"]["total_votes"]) == ([no], 1)
    answer = await vote(person, CHALA, poll["id"], yes)
    assert [o["percentage"] for o in answer["poll"]["options"]] == [50.0, 50.0]
    assert (await vote(person, BEZA, poll["id"], no))["action"] == "removed"


@pytest.mark.migrated
async def test_several_choices_and_no_names(person):
    poll = (await create(person, multiple_choice=True, anonymous=True, end_time_hours=None))["poll"]
    assert (poll["end_time"], poll["time_remaining"]) == (None, None)
    for option in poll["options"]:
        answer = await vote(person, BEZA, poll["id"], option["id"])
    assert len(answer["poll"]["user_votes"]) == 2
    assert all(option["voters"] == [] for option in answer["poll"]["options"])


@pytest.mark.migrated
async def test_one_person_at_once_has_one_vote(person):
    poll = (await create(person))["poll"]
    await asyncio.gather(*(vote(person, BEZA, poll["id"], o["id"]) for o in poll["options"]))
    assert (await person(BEZA).get(f"{PATH}/{poll['id']}"))["total_votes"] == 1


@pytest.mark.migrated
async def test_taking_back(person):
    await person(BEZA).delete(f"{PATH}/501/vote", option_id=511)
    assert (await person(BEZA).delete(f"{PATH}/501/vote", option_id=511, status=404))[
        "detail"
    ] == "Vote not found"


@pytest.mark.migrated
async def test_ending_and_deleting_is_for_who_asked(person):
    assert "creator" in (await person(ABEL).put(f"{PATH}/501/end", status=403))["detail"]
    assert "creator" in (await person(ABEL).delete(f"{PATH}/501", status=403))["detail"]
    assert (await person(CHALA).put(f"{PATH}/501/end"))["poll"]["status"] == "ended"
    assert (await person(CHALA).put(f"{PATH}/501/end", status=400))["detail"] == "Poll has already ended"
    assert (await vote(person, BEZA, 501, 511, 400))["detail"] == "Poll has ended"
    await person(CHALA).delete(f"{PATH}/501")
    await person(CHALA).get(f"{PATH}/501", status=404)


@pytest.mark.migrated
async def test_a_poll_that_is_ended_by_hand_has_ended_then(person):
    new = {"conversation_id": 11, "question": "q", "options": ["a", "b"], "end_time_hours": None}
    poll = (await person(ABEL).post(PATH, new))["poll"]
    assert poll["end_time"] is None
    ended = (await person(ABEL).put(f"{PATH}/{poll['id']}/end"))["poll"]
    assert ended["end_time"] >= poll["created_at"]
    assert (ended["status"], ended["time_remaining"]) == ("ended", None)


async def test_time_ends_a_poll(person, database):
    await database.execute("UPDATE polls SET end_time = now() - interval '1 second' WHERE id = 501")
    assert (await person(ABEL).get(f"{PATH}/501"))["status"] == "ended"
    await vote(person, ABEL, 501, 511, 400)


@pytest.mark.parametrize(
    ("more", "status"),
    [
        ({"options": ["one"]}, 400),
        ({"options": [str(n) for n in range(11)]}, 400),
        ({"question": " "}, 400),
        ({"options": ["a", ""]}, 422),
        ({"conversation_id": 14}, 403),
        ({"end_time_hours": -1}, 422),
        ({"end_time_hours": 2**60}, 422),
    ],
)
async def test_wrong_polls(person, more, status):
    await create(person, status=status, **more)


async def test_strangers(person):
    await person(DESTA).get(f"{PATH}/conversation/{GROUP}", status=403)
    await person(DESTA).get(f"{PATH}/501", status=403)
    await vote(person, DESTA, 501, 511, 403)
    await vote(person, ABEL, 501, 521, 400)
    await vote(person, ABEL, 99999, 521, 404)
    await person(ABEL).delete(f"{PATH}/501/vote", option_id="x", status=422)


@pytest.mark.parametrize(
    ("left", "said"),
    [
        (timedelta(days=2, hours=5), "2d left"),
        (timedelta(hours=1, minutes=5, seconds=59), "1h 5m left"),
        (timedelta(minutes=59), "59m left"),
        (timedelta(seconds=-5), "0m left"),
    ],
)
def test_remaining(left, said):
    assert remaining(NOW + left, NOW) == said
    assert remaining(None, NOW) is None
