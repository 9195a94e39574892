"""Whiteboards and their video calls through real sockets: from role to role, never into user ids."""

from typing import Any

import pytest

from adapters.frames.whiteboards import SESSION_FRAMES
from tests.gateway.sockets.world import Client, World

STUDENT, TUTOR = {"from_student_profile_id": 5, "from_tutor_profile_id": None}, {"to_tutor_profile_id": 5}
TIME = "2027-01-15T08:00:00.000000Z"


def signed(type_: str, user: int, name: str, **values: Any) -> dict[str, Any]:
    role, id_ = name.rsplit("_", 1)
    return {
        "type": type_,
        "from_user_id": user,
        "from_profile_id": int(id_),
        "from_profile_type": role,
        "from_student_profile_id": int(id_) if role == "student" else None,
        "from_tutor_profile_id": int(id_) if role == "tutor" else None,
        "from_role": role,
        "timestamp": TIME,
        **values,
    }


async def pair(world: World) -> tuple[Client, Client]:
    return await world.open("/ws/5/student", 1), await world.open("/ws/5/tutor", 2)


async def invite(caller: Client, callee: Client) -> None:
    await caller.say("video_call_invitation", to_tutor_profile_id=5, session_id=9, is_multi_party=False)
    assert (await callee.next())["type"] == "video_call_invitation"


async def test_an_invitation_goes_to_the_role_and_says_who_calls(world: World) -> None:
    caller, callee = await pair(world)
    other_role, modern = await world.open("/ws/9/parent", 2), await world.open("/ws/2", 2)
    await caller.say(
        "video_call_invitation",
        to_tutor_profile_id=5,
        session_id=9,
        caller_name="The bank",
        from_student_profile_id=6,
        from_role="admin",
    )
    assert await callee.next() == signed(
        "video_call_invitation", 1, "student_5", to_tutor_profile_id=5, session_id=9, caller_name="Abel A"
    )
    assert await other_role.hears() == await modern.hears() == []


@pytest.mark.parametrize(
    ("type_", "extra"),
    [
        ("video_offer", {}),
        ("video_answer", {}),
        ("ice_candidate", {}),
        (
            "video_call_participant_left",
            {"left_participant_id": 5, "left_participant_role": "tutor", "left_participant_name": "Beza B"},
        ),
        ("video_call_declined", {"declined_by": "tutor_5"}),
        ("video_call_cancelled", {"cancelled_by": "tutor_5"}),
        ("video_call_ended", {"ended_by": "tutor_5"}),
    ],
)
async def test_the_frames_of_a_video_call(world: World, type_: str, extra: dict[str, Any]) -> None:
    caller, callee = await pair(world)
    await invite(caller, callee)
    fields = {"to_student_profile_id": 5, "session_id": 9, "payload": {"sdp": "x"}}
    await callee.say(type_, **fields, **dict.fromkeys(extra, "a lie"))
    assert await caller.next() == signed(type_, 2, "tutor_5", **fields, **extra)
    ended = SESSION_FRAMES.get(type_) == "ends"
    await caller.say("video_offer", to_tutor_profile_id=5, session_id=9)
    assert [f.get("code") for f in await caller.hears()] == (["no_call"] if ended else [])


@pytest.mark.parametrize("type_", sorted({*SESSION_FRAMES, "ice_candidate"}))
async def test_nobody_reaches_a_session_uninvited(world: World, type_: str) -> None:
    caller, callee = await pair(world)
    await invite(caller, callee)
    stranger = await world.open("/ws/6/student", 3)
    world.permissions.refused[3, 2] = "blocked"
    await stranger.say(type_, to_tutor_profile_id=5, session_id=9)
    draws = SESSION_FRAMES.get(type_) in ("opens", "draws")
    assert [f["code"] for f in await stranger.hears()] == ["forbidden" if draws else "no_call"]
    assert await callee.hears() == []


async def test_drawing_asks_for_leave_once(world: World) -> None:
    tutor, student = await world.open("/ws/5/tutor", 2), await world.open("/ws/5/student", 1)
    for _ in range(3):
        await tutor.say("whiteboard_stroke", to_profile_id=5, to_profile_type="Student", points=[[1.50, 2]])
    frames = [await student.next() for _ in range(3)]
    assert {(f["type"], f["from_role"], str(f["points"])) for f in frames} == {
        ("whiteboard_stroke", "tutor", "[[1.5, 2]]")
    }
    assert [(w.caller, w.callee) for w in world.permissions.wishes] == [(2, 1)]
    world.permissions.refused[2, 1] = "blocked"
    world.clock.forward(61)
    await tutor.say("whiteboard_stroke", to_profile_id=5, to_profile_type="student")
    assert [f["code"] for f in await tutor.hears()] == ["forbidden"]


async def test_a_video_call_ends_though_the_other_side_is_not_there(world: World) -> None:
    caller, callee = await pair(world)
    await world.open("/ws/9/parent", 2)
    await invite(caller, callee)
    await callee.leave()
    await world.left()
    for code in ("offline", "no_call"):
        await caller.say("video_call_ended", to_tutor_profile_id=5, session_id=9)
        assert [f.get("code") for f in await caller.hears()] == [code]


async def test_nobody_is_there_under_that_role(world: World) -> None:
    caller = await world.open("/ws/5/student", 1)
    await world.open("/ws/2", 2)
    await caller.say("video_call_invitation", to_tutor_profile_id=5, session_id=9)
    await caller.say("whiteboard_stroke", to_tutor_profile_id=5)
    offline, error = await caller.hears()
    assert offline == {
        "type": "user_offline",
        "offline_user_profile_id": 5,
        "offline_user_profile_type": "tutor",
        "offline_user_name": "Beza B",
        "offline_user_avatar": "/pictures/2.png",
        "call_id": None,
        "original_message_type": "video_call_invitation",
        "timestamp": TIME,
    }
    assert error["code"] == "offline"


@pytest.mark.parametrize(
    ("fields", "code"),
    [
        ({}, "invalid_value"),
        ({"to_tutor_profile_id": "undefined"}, "invalid_value"),
        ({"to_tutor_profile_id": "x"}, "invalid_value"),
        ({"to_tutor_profile_id": 999}, "not_found"),
        ({"to_profile_id": 999, "to_profile_type": "user"}, "not_found"),
        ({"to_tutor_profile_id": 7}, "invalid_request"),  # the caller's other role
    ],
)
async def test_whom_an_invitation_cannot_reach(world: World, fields: dict[str, Any], code: str) -> None:
    caller = await world.open("/ws/5/student", 1)
    await caller.say("video_call_invitation", **fields)
    assert [f.get("code") for f in await caller.hears()] == [code]


@pytest.mark.parametrize("leaver", [0, 1])
async def test_a_lost_whiteboard_ends_its_video_call(world: World, leaver: int) -> None:
    clients = await pair(world)
    await invite(*clients)
    await world.open("/ws/5/tutor", 2)  # another page of the callee stays
    await clients[1].say("video_answer", to_student_profile_id=5, session_id=9)
    assert (await clients[0].next())["type"] == "video_answer"
    await clients[leaver].leave()
    assert await clients[1 - leaver].next() == {
        "type": "video_call_ended",
        "ended_by": ("student_5", "tutor_5")[leaver],
        "session_id": 9,
    }


async def test_a_candidate_of_a_chat_call_is_none_of_a_session(world: World) -> None:
    caller, callee = await pair(world)
    await invite(caller, callee)
    await caller.say("ice_candidate", to_profile_id=5, to_profile_type="tutor", to_student_profile_id=None)
    assert [f["code"] for f in await caller.hears()] == ["no_call"]
