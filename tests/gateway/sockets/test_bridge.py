"""Frames from socket to socket: every frame of a call, in all four pairings, to every socket of a person."""

from tests.gateway.sockets.world import World

OFFER = {"type": "offer", "sdp": "v=0 example offer"}


async def test_an_invitation_reaches_the_other_legacy_socket(world: World) -> None:
    caller = await world.open("/ws/5/student", 1)
    callee = await world.open("/ws/5/Tutor", 2)
    await caller.say(
        "call_invitation",
        call_type="video",
        conversation_id=11,
        from_profile_id=5,
        from_profile_type="student",
        to_profile_id=5,
        to_profile_type="tutor",
        to_user_id=2,
        from_name="Abel",
        from_avatar=None,
        offer=OFFER,
    )
    assert await callee.next() == {
        "type": "call_invitation",
        "call_type": "video",
        "conversation_id": 11,
        "from_user_id": 1,
        "from_profile_id": 7,
        "from_profile_type": "tutor",
        "from_name": "Abel A",
        "from_avatar": "/pictures/1.png",
        "to_user_id": 2,
        "to_profile_id": 5,
        "to_profile_type": "tutor",
        "offer": OFFER,
        "timestamp": "2027-01-15T08:00:00.000000Z",
    }
    assert await caller.hears() == []
