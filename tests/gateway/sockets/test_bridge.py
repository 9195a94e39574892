"""Frames from socket to socket: every frame of a call, in all four pairings, to every socket of a person."""

from typing import Any

import pytest

from contracts.model.profile import Profile
from contracts.model.roster import Person
from tests.gateway.sockets.world import ABEL, BEZA, CHALA, GENET, Client, World

OFFER = {"type": "offer", "sdp": "v=0 example offer"}
ANSWER = {"type": "answer", "sdp": "v=0 example answer"}
CANDIDATE = {"candidate": "candidate:1 1 udp 1 192.0.2.1 5000 typ host", "sdpMid": "0", "sdpMLineIndex": 0}
SHAPES = ("legacy", "modern")
PATHS = {
    ("legacy", 1): "/ws/5/student",
    ("modern", 1): "/ws/1",
    ("legacy", 2): "/ws/5/Tutor",
    ("modern", 2): "/ws/2",
    ("legacy", 3): "/ws/6/student",
}
#: How a person is called on its own legacy socket.
OWN = {1: Profile("student", 5), 2: Profile("tutor", 5), 3: Profile("student", 6)}


def asked(shape: str, sender: Person, target: Person, **values: Any) -> dict[str, Any]:
    """A frame's fields as a client of this shape sends them."""
    if shape == "modern":
        return {"from_user_id": sender.user_id, "to_user_id": target.user_id, **values}
    own, other = OWN[sender.user_id], target.profile
    return {
        "from_profile_id": own.id,
        "from_profile_type": own.type,
        "to_profile_id": other.id,
        "to_profile_type": other.type,
        **values,
    }


def told(
    shape: str, sender: Person, recipient: Person, type_: str, own: Profile | None = None, **values: Any
) -> dict[str, Any]:
    """A frame as a client of this shape reads it: the sender under the name that everybody sees."""
    frame = {"type": type_, "from_user_id": sender.user_id, "to_user_id": recipient.user_id, **values}
    if shape == "modern":
        return frame
    own = own or OWN[recipient.user_id]
    return {
        **frame,
        "from_profile_id": sender.profile.id,
        "from_profile_type": sender.profile.type,
        "to_profile_id": own.id,
        "to_profile_type": own.type,
    }


def rings(shape: str, sender: Person, recipient: Person, **values: Any) -> dict[str, Any]:
    """An opening frame as it is told."""
    return told(
        shape,
        sender,
        recipient,
        **{
            "type_": "call_invitation",
            "from_name": sender.modern_name,
            "from_avatar": sender.avatar,
            "timestamp": "2027-01-15T08:00:00.000000Z",
            **values,
        },
    )


async def both(world: World, user: int, first: str) -> list[tuple[str, Client]]:
    """Two sockets of a person, the one that speaks first; the other one has the other shape."""
    shapes = (first, *(shape for shape in SHAPES if shape != first))
    return [(shape, await world.open(PATHS[shape, user], user)) for shape in shapes]


async def ring(caller: Client, shape: str, conversation: Any = 11, **values: Any) -> None:
    await caller.say(
        "call_invitation",
        **asked(shape, ABEL, BEZA, conversation_id=conversation, call_type="video", offer=OFFER, **values),
    )


async def talk(caller: Client, *callee: Client) -> None:
    """A call in conversation 11, answered by the first of the callee's sockets; everybody has heard of it."""
    await ring(caller, "modern")
    for client in callee:
        assert (await client.next())["type"] == "call_invitation"
    await callee[0].say("call_answer", conversation_id=11, answer=ANSWER)
    assert (await caller.next())["type"] == "call_answer"


async def quiet(*clients: Client) -> None:
    """Nothing more was said to these."""
    assert [await client.hears() for client in clients] == [[] for _ in clients]


async def heard_by_all(sockets: list[tuple[str, Client]], **frame: Any) -> None:
    """Every socket of a person gets the frame in its own shape, and nothing else."""
    for shape, client in sockets:
        assert await client.hears() == [frame[shape]]


#: Every frame of a call: its own fields, and who says it in which state.
FRAMES = [
    ("ice_candidate", {"candidate": CANDIDATE}, "caller", "ringing"),
    ("ice_candidate", {"candidate": CANDIDATE}, "callee", "ringing"),
    ("call_answer", {"answer": ANSWER}, "callee", "ringing"),
    ("call_declined", {"reason": "busy"}, "callee", "ringing"),
    ("call_declined", {}, "callee", "ringing"),
    ("call_cancelled", {"call_type": "video"}, "caller", "ringing"),
    ("call_ended", {"call_type": "video"}, "caller", "ringing"),
    ("call_ended", {"call_type": "video"}, "callee", "ringing"),
    ("ice_candidate", {"candidate": CANDIDATE}, "caller", "answered"),
    ("ice_candidate", {"candidate": CANDIDATE}, "callee", "answered"),
    ("call_mode_switched", {"new_mode": "voice"}, "caller", "answered"),
    ("call_mode_switched", {"new_mode": "voice"}, "callee", "answered"),
    ("call_mode_changed", {"new_mode": "voice"}, "caller", "answered"),
    ("webrtc_offer", {"offer": OFFER}, "caller", "answered"),
    ("webrtc_offer", {"offer": OFFER}, "callee", "answered"),
    ("webrtc_answer", {"answer": ANSWER}, "caller", "answered"),
    ("webrtc_answer", {"answer": ANSWER}, "callee", "answered"),
    ("call_cancelled", {"call_type": "video"}, "caller", "answered"),
    ("call_ended", {"call_type": "video"}, "caller", "answered"),
    ("call_ended", {"call_type": "video"}, "callee", "answered"),
]


@pytest.mark.parametrize("callee_shape", SHAPES)
@pytest.mark.parametrize("caller_shape", SHAPES)
@pytest.mark.parametrize("type_", ["call_invitation", "call_invite", "call_offer"])
async def test_a_call_rings_at_every_socket_of_the_callee(
    world: World, type_: str, caller_shape: str, callee_shape: str
) -> None:
    """Incident 18: calls did not ring, because the two generations had different addresses for one person."""
    callers, callees = await both(world, 1, caller_shape), await both(world, 2, callee_shape)
    values = {"conversation_id": 11, "call_type": "video", "offer": OFFER}
    await callers[0][1].say(type_, **asked(caller_shape, ABEL, BEZA, **values))
    await quiet(*(client for _, client in callers))
    frames = {shape: rings(shape, ABEL, BEZA, **{**values, "type_": type_}) for shape in SHAPES}
    await heard_by_all(callees, **frames)


@pytest.mark.parametrize("named", [True, False], ids=["named", "nobody named"])
@pytest.mark.parametrize("callee_shape", SHAPES)
@pytest.mark.parametrize("caller_shape", SHAPES)
@pytest.mark.parametrize(("type_", "fields", "who", "state"), FRAMES)
async def test_a_frame_of_a_call_reaches_every_socket_of_the_other_side(
    world: World,
    type_: str,
    fields: dict[str, Any],
    who: str,
    state: str,
    caller_shape: str,
    callee_shape: str,
    named: bool,
) -> None:
    """Incident 19: decline, cancel and the like were lost, which nobody noticed for 15 days."""
    callers, callees = await both(world, 1, caller_shape), await both(world, 2, callee_shape)
    await ring(callers[0][1], caller_shape)
    for _, client in callees:
        assert (await client.next())["type"] == "call_invitation"
    if state == "answered":
        answer = asked(callee_shape, BEZA, ABEL, conversation_id=11, answer=ANSWER)
        await callees[0][1].say("call_answer", **answer)
        for _, client in callers:
            assert (await client.next())["type"] == "call_answer"
    shape, sender, recipient = (caller_shape, ABEL, BEZA) if who == "caller" else (callee_shape, BEZA, ABEL)
    ours, others = (callers, callees) if who == "caller" else (callees, callers)
    values = {"conversation_id": 11, **fields}
    await ours[0][1].say(type_, **(asked(shape, sender, recipient, **values) if named else values))
    await quiet(*(client for _, client in ours))
    await heard_by_all(others, **{shape: told(shape, sender, recipient, type_, **values) for shape in SHAPES})


async def test_every_other_field_and_its_bytes_pass(world: World) -> None:
    caller, callee = await world.open("/ws/1", 1), await world.open("/ws/2", 2)
    offer = '{"sdp": "v=0\\u0022\\r\\n",  "n": 1.10, "big": 123456789012345678901234567890}'
    await caller.ws.send_str(
        '{"type":"call_invitation","to_user_id":2,"conversation_id":11,"group_call":true,"offer":'
        + offer
        + "}"
    )
    told = (await callee.ws.receive()).data
    assert f'"offer":{offer}' in told
    assert '"group_call":true' in told


@pytest.mark.parametrize("path", ["/ws/5/student", "/ws/1"])
async def test_who_speaks_is_written_by_the_gateway(world: World, path: str) -> None:
    caller, callee = await world.open(path, 1), await world.open("/ws/5/tutor", 2)
    lies = {
        "from_user_id": 3,
        "from_profile_id": 6,
        "from_profile_type": "student",
        "from_name": "Chala C",
        "from_avatar": "https://elsewhere.example/x.png",
        "from_role": "admin",
        "caller_name": "The bank",
        "caller_avatar": "x",
        "sender_id": "student_6",
    }
    await caller.say("call_invitation", to_user_id=2, conversation_id=11, offer=OFFER, **lies)
    frame = await callee.next()
    assert frame == rings("legacy", ABEL, BEZA, conversation_id=11, offer=OFFER)


async def test_a_legacy_name_is_the_username_and_the_callee_is_named_as_it_asked(world: World) -> None:
    renamed = ABEL.roles[0]._replace(username="teacher.abel")
    world.directory.people[1] = ABEL._replace(roles=(renamed, *ABEL.roles[1:]))
    caller, callee = await world.open("/ws/1", 1), await world.open("/ws/9/PARENT", 2)
    await caller.say("call_invitation", to_user_id=2, offer=OFFER)
    frame = await callee.next()
    assert (frame["from_name"], frame["to_profile_type"], frame["to_profile_id"]) == (
        "teacher.abel",
        "parent",
        9,
    )


async def test_people_without_profiles_call_each_other_too(world: World) -> None:
    caller, callee = await world.open("/ws/7/user", 7), await world.open("/ws/5/tutor", 2)
    await caller.say("call_invitation", to_profile_id=9, to_profile_type="parent", offer=OFFER)
    frame = await callee.next()
    assert (frame["from_profile_type"], frame["from_profile_id"]) == ("user", 7)
    await callee.say("call_answer", to_profile_id=7, to_profile_type="user", answer=ANSWER)
    assert await caller.next() == told(
        "legacy", BEZA, GENET, "call_answer", Profile("user", 7), answer=ANSWER
    )


async def test_the_pair_wins_over_the_user_id_beside_it(world: World) -> None:
    """The old client fills both, and panels put a profile id into the user id's place."""
    caller = await world.open("/ws/5/student", 1)
    beza, chala = await world.open("/ws/2", 2), await world.open("/ws/3", 3)
    await caller.say("call_invitation", to_profile_id=5, to_profile_type="Tutor", to_user_id=3, offer=OFFER)
    assert (await beza.next())["type"] == "call_invitation"
    await quiet(chala)
    await caller.say("call_ended")
    assert (await beza.next())["type"] == "call_ended"
    await caller.say("call_invitation", to_profile_id=999, to_profile_type="tutor", to_user_id=3, offer=OFFER)
    assert (await chala.next())["type"] == "call_invitation"


async def test_the_standalone_listener_declines_in_user_ids_on_a_legacy_socket(world: World) -> None:
    caller, listener = await world.open("/ws/5/student", 1), await world.open("/ws/5/Tutor", 2)
    await ring(caller, "legacy")
    ringing = await listener.next()
    await listener.say(
        "call_declined",
        conversation_id=ringing["conversation_id"],
        from_user_id=ringing["to_user_id"],
        to_user_id=ringing["from_user_id"],
    )
    assert await caller.next() == told("legacy", BEZA, ABEL, "call_declined", conversation_id=11)


async def test_two_sockets_of_one_page_may_both_decline(world: World) -> None:
    caller = await world.open("/ws/1", 1)
    modal, listener = await world.open("/ws/5/tutor", 2), await world.open("/ws/5/Tutor", 2)
    await ring(caller, "modern")
    await modal.next()
    await modal.say("call_declined", conversation_id=11)
    await modal.hears()
    await listener.say("call_declined", conversation_id=11)
    assert [frame["type"] for frame in await listener.hears()] == ["call_invitation", "error"]
    assert [frame["type"] for frame in await caller.hears()] == ["call_declined"]


@pytest.mark.parametrize(
    ("conversation", "said"), [(11, "11"), ("11", 11), ("connection-5", "connection-5"), (None, None)]
)
async def test_a_conversation_is_the_same_as_number_and_as_text(
    world: World, conversation: Any, said: Any
) -> None:
    caller, callee = await world.open("/ws/1", 1), await world.open("/ws/2", 2)
    await ring(caller, "modern", conversation)
    await callee.next()
    await callee.say("call_answer", conversation_id=said, answer=ANSWER)
    assert (await caller.next())["type"] == "call_answer"


async def test_a_callee_who_is_not_there(world: World) -> None:
    caller = await world.open("/ws/5/student", 1)
    await ring(caller, "legacy")
    declined = told("legacy", BEZA, ABEL, "call_declined", conversation_id=11, reason="offline")
    assert await caller.hears() == [declined]
    callee = await world.open("/ws/2", 2)
    await callee.leave()
    await world.left()
    await ring(caller, "legacy")
    assert await caller.hears() == [declined]


@pytest.mark.parametrize("reason", ["blocked", ""])
async def test_whom_the_callee_does_not_want_does_not_ring(world: World, reason: str) -> None:
    world.permissions.refused[1, 2] = reason
    caller, callee = await world.open("/ws/1", 1), await world.open("/ws/2", 2)
    await ring(caller, "modern")
    declined = told("modern", BEZA, ABEL, "call_declined", conversation_id=11, reason=reason or "not_allowed")
    assert await caller.hears() == [declined]
    await caller.say("ice_candidate", conversation_id=11, to_user_id=2, candidate=CANDIDATE)
    assert [frame["code"] for frame in await caller.hears()] == ["no_call"]
    await quiet(callee)
    request = world.permissions.wishes[0]
    assert request == (1, 2, "11", "Bearer token-of-1", "Bearer token-of-2")


@pytest.mark.parametrize("type_", sorted({row[0] for row in FRAMES}))
async def test_nobody_speaks_into_a_call_of_others(world: World, type_: str) -> None:
    caller, callee, other = [await world.open(f"/ws/{n}", n) for n in (1, 2, 3)]
    await talk(caller, callee)
    for target in (1, 2, None):
        await other.say(type_, conversation_id=11, to_user_id=target, from_user_id=1)
        assert [frame["code"] for frame in await other.hears()] == ["no_call"]
    await quiet(caller, callee)


async def test_a_call_of_ones_own_in_the_same_conversation_is_no_door(world: World) -> None:
    """Chala calls Beza, who talks with Abel in conversation 11: that makes Chala no party of Abel's call."""
    caller, callee, other = [await world.open(f"/ws/{n}", n) for n in (1, 2, 3)]
    await talk(caller, callee)
    await other.say("call_invitation", conversation_id=11, to_user_id=2, offer=OFFER)
    await other.hears()
    for type_ in ("call_ended", "call_answer", "ice_candidate"):
        await other.say(type_, conversation_id=11, to_user_id=1)
        assert [frame["code"] for frame in await other.hears()] == ["no_call"]
    await quiet(caller)


FORGOTTEN = sorted({row[0] for row in FRAMES} - {"call_answer", "call_declined"})


@pytest.mark.parametrize("type_", FORGOTTEN)
async def test_a_call_that_began_before_a_restart_can_still_end(world: World, type_: str) -> None:
    """Nobody knows of it any more: who is in no other call hears a frame that names it."""
    abel, beza, chala = [await world.open(f"/ws/{n}", n) for n in (1, 2, 3)]
    for _ in range(2):
        await beza.say(type_, conversation_id=11, to_user_id=1)
        assert await abel.next() == told("modern", BEZA, ABEL, type_, conversation_id=11)
    assert len(world.permissions.wishes) == 1
    await chala.say("call_invitation", conversation_id=12, to_user_id=1, offer=OFFER)
    assert (await abel.next())["type"] == "call_invitation"
    await beza.say(type_, conversation_id=11, to_user_id=1)
    assert [frame["code"] for frame in await beza.hears()] == ["no_call"]
    await quiet(abel)


@pytest.mark.parametrize("type_", ["call_answer", "call_declined"])
async def test_nothing_rings_that_could_be_answered_or_declined(world: World, type_: str) -> None:
    abel, beza = await world.open("/ws/1", 1), await world.open("/ws/2", 2)
    await beza.say(type_, conversation_id=11, to_user_id=1)
    assert [frame["code"] for frame in await beza.hears()] == ["no_call"]
    await quiet(abel)


async def test_the_people_of_a_group_call_reach_each_other(world: World) -> None:
    caller, beza, chala = [await world.open(f"/ws/{n}", n) for n in (1, 2, 3)]
    for target in (2, 3):
        await caller.say("call_invitation", conversation_id=12, to_user_id=target, offer=OFFER)
    await caller.hears(), await beza.hears(), await chala.hears()
    await beza.say("ice_candidate", conversation_id=12, to_user_id=3, candidate=CANDIDATE)
    assert await chala.next() == told(
        "modern", BEZA, CHALA, "ice_candidate", conversation_id=12, candidate=CANDIDATE
    )
    await beza.say("call_answer", conversation_id=12, answer=ANSWER)
    assert (await caller.next())["from_user_id"] == 2
    await quiet(chala)
    await caller.say("call_ended", conversation_id=12)
    assert [(await c.next())["type"] for c in (beza, chala)] == ["call_ended", "call_ended"]


async def test_an_unanswered_call_ends_after_25_seconds(world: World) -> None:
    callers, callees = await both(world, 1, "legacy"), await both(world, 2, "modern")
    await ring(callers[0][1], "legacy")
    for _, client in callees:
        await client.hears()
    await callers[0][1].hears()
    world.clock.forward(24.9)
    await quiet(*(client for _, client in [*callers, *callees]))
    world.clock.forward(0.2)
    values = {"conversation_id": 11}
    await heard_by_all(
        callers,
        **{s: told(s, BEZA, ABEL, "call_declined", reason="no_answer", **values) for s in SHAPES},
    )
    await heard_by_all(
        callees, **{s: told(s, ABEL, BEZA, "call_cancelled", call_type="video", **values) for s in SHAPES}
    )
    assert world.unanswered == [(1, 2, "11", "video", "Bearer token-of-1", "no_answer")]
    await callees[0][1].say("call_answer", conversation_id=11, answer=ANSWER)
    assert [frame["code"] for frame in await callees[0][1].hears()] == ["no_call"]


@pytest.mark.parametrize("end", ["call_answer", "call_declined", "call_ended"])
async def test_a_call_that_was_taken_or_ended_does_not_time_out(world: World, end: str) -> None:
    caller, callee = await world.open("/ws/1", 1), await world.open("/ws/2", 2)
    await ring(caller, "modern")
    await callee.next()
    await callee.say(end, conversation_id=11)
    assert (await caller.next())["type"] == end
    world.clock.forward(60)
    await quiet(caller, callee)
    assert world.unanswered == []


async def test_ringing_again_counts_anew(world: World) -> None:
    caller, callee = await world.open("/ws/1", 1), await world.open("/ws/2", 2)
    await ring(caller, "modern")
    await caller.hears()
    world.clock.forward(20)
    await ring(caller, "modern")
    await caller.hears()
    world.clock.forward(20)
    assert [frame["type"] for frame in await callee.hears()] == ["call_invitation", "call_invitation"]
    world.clock.forward(5)
    assert [frame["type"] for frame in await callee.hears()] == ["call_cancelled"]


@pytest.mark.parametrize("answered", [False, True])
@pytest.mark.parametrize("leaver", [1, 2])
async def test_a_lost_socket_ends_its_calls(world: World, leaver: int, answered: bool) -> None:
    clients = {n: await world.open(f"/ws/{n}", n) for n in (1, 2)}
    await ring(clients[1], "modern")
    await clients[2].next()
    if answered:
        await clients[2].say("call_answer", conversation_id=11, answer=ANSWER)
        await clients[1].next()
    await clients[leaver].leave()
    other, gone = (BEZA, ABEL) if leaver == 1 else (ABEL, BEZA)
    assert await clients[other.user_id].next() == told(
        "modern", gone, other, "call_ended", conversation_id=11
    )
    world.clock.forward(30)
    await quiet(clients[other.user_id])


async def test_the_loss_of_a_bystander_ends_nothing(world: World) -> None:
    caller = await world.open("/ws/1", 1)
    phone, tablet = await world.open("/ws/2", 2), await world.open("/ws/5/tutor", 2)
    await talk(caller, phone)
    await tablet.leave()
    await world.left()
    await quiet(caller)
    await phone.leave()
    assert (await caller.next())["type"] == "call_ended"


async def test_the_socket_that_conducts_a_call_ends_it_though_the_person_has_another(world: World) -> None:
    """Closing the chat window in a call, while the page's listener stays connected."""
    caller = await world.open("/ws/1", 1)
    modal, _listener = await world.open("/ws/5/tutor", 2), await world.open("/ws/5/Tutor", 2)
    await talk(caller, modal)
    await modal.leave()
    assert (await caller.next())["type"] == "call_ended"


async def test_a_second_device_neither_answers_nor_declines_what_was_answered(world: World) -> None:
    caller = await world.open("/ws/1", 1)
    phone, tablet = await world.open("/ws/2", 2), await world.open("/ws/2", 2)
    await talk(caller, phone)
    await tablet.say("call_answer", conversation_id=11, answer=ANSWER)
    await tablet.say("call_declined", conversation_id=11)
    assert [frame["type"] for frame in await tablet.hears()] == ["call_invitation", "error"]
    await quiet(caller)
    await phone.say("ice_candidate", conversation_id=11, candidate=CANDIDATE)
    assert (await caller.next())["type"] == "ice_candidate"


async def test_two_who_call_each_other_at_once_have_one_call(world: World) -> None:
    abel, beza = await world.open("/ws/1", 1), await world.open("/ws/2", 2)
    await ring(abel, "modern")
    await abel.hears()
    await beza.say("call_invitation", conversation_id=11, to_user_id=1, offer=OFFER)
    await beza.hears()
    await abel.hears()
    await abel.say("call_answer", conversation_id=11, to_user_id=2, answer=ANSWER)
    assert [frame["type"] for frame in await beza.hears()] == ["call_answer"]
    world.clock.forward(30)
    await quiet(abel, beza)
    await beza.say("call_ended", conversation_id=11)
    assert [frame["type"] for frame in await abel.hears()] == ["call_ended"]


MALFORMED = [
    ("not json", "invalid_request", None, "$: not JSON (Expecting value, character 0)"),
    ("[1,2]", "invalid_request", None, "$: a frame is an object with a type"),
    ("5", "invalid_request", None, "$: a frame is an object with a type"),
    ("", "invalid_request", None, "$: a frame is an object with a type"),
    ('{"hello": 1}', "invalid_value", None, "$.type: must be text"),
    ('{"type": 7}', "invalid_value", None, "$.type: must be text"),
    ('{"type": "banana"}', "invalid_value", None, '$.type: "banana" is not known here'),
    ('{"type": "ping", "type": "pong"}', "invalid_request", None, None),
    ('{"type": "ping", "n": NaN}', "invalid_request", None, "$: NaN is not JSON"),
    ('{"type": "call_invitation"}', "invalid_value", "call_invitation", "$.to_user_id: is missing"),
    (
        '{"type": "call_invitation", "to_user_id": "student"}',
        "invalid_value",
        "call_invitation",
        "$.to_user_id: must be a positive whole number below 2^63",
    ),
    (
        '{"type": "call_invitation", "to_user_id": 1}',
        "invalid_request",
        "call_invitation",
        "$.to_user_id: nobody calls themselves",
    ),
    (
        '{"type": "call_invitation", "to_user_id": 999}',
        "not_found",
        "call_invitation",
        "$.to_profile_id: no such person",
    ),
    (
        '{"type": "call_invitation", "to_profile_id": 5, "to_profile_type": "banana"}',
        "invalid_value",
        "call_invitation",
        "$.to_profile_type: must be one of tutor, student, parent, advertiser",
    ),
    (
        '{"type": "call_answer", "conversation_id": true}',
        "invalid_value",
        "call_answer",
        "$.conversation_id: must be the id of a conversation",
    ),
    ('{"type": "call_answer", "conversation_id": 1e400}', "invalid_value", "call_answer", None),
    ('{"type": "call_answer", "conversation_id": ' + "1" * 5000 + "}", "invalid_value", "call_answer", None),
    ('{"type": "call_answer", "conversation_id": "\\ud800"}', "invalid_value", None, None),
    ('{"type": "\\ud800"}', "invalid_value", None, None),
    ('{"type": "call_answer", "n": ' + "[" * 100_000 + "}", "invalid_request", None, None),
    ('{"type": "call_answer"}', "no_call", "call_answer", "there is no such call"),
]


@pytest.mark.parametrize(("text", "code", "about", "detail"), MALFORMED)
async def test_what_is_wrong_is_said_and_the_socket_lives(
    world: World, text: str, code: str, about: str | None, detail: str | None
) -> None:
    client = await world.open("/ws/1", 1)
    await client.ws.send_str(text)
    frame = await client.next()
    assert (frame["type"], frame["code"], frame["about"]) == ("error", code, about)
    assert detail is None or frame["detail"] == detail
    if about == "call_invitation":  # the old client would wait for an answer for ever
        assert await client.next() == {"type": "call_declined", "reason": code}
    await quiet(client)


async def test_bytes_are_no_frame(world: World) -> None:
    client = await world.open("/ws/1", 1)
    await client.ws.send_bytes(b'{"type":"ping"}')
    assert (await client.next())["detail"] == "$: a frame is text, not bytes"
    await quiet(client)


async def test_several_calls_at_once_and_a_frame_for_nobody_in_particular(world: World) -> None:
    caller, _beza, _chala = [await world.open(f"/ws/{n}", n) for n in (1, 2, 3)]
    for target in (2, 3):
        await caller.say("call_invite", to_user_id=target, group_call=True)
    await caller.say("call_ended")
    frames = await caller.hears()
    assert [frame["detail"] for frame in frames] == ["$.conversation_id: this could mean several calls"]


async def test_who_is_called_cannot_be_answered_by_the_caller(world: World) -> None:
    caller, callee = await world.open("/ws/1", 1), await world.open("/ws/2", 2)
    await ring(caller, "modern")
    await caller.say("call_answer", conversation_id=11, answer=ANSWER)
    assert [frame["code"] for frame in await caller.hears()] == ["forbidden"]
    assert [frame["type"] for frame in await callee.hears()] == ["call_invitation"]


async def test_what_cannot_be_known_is_refused(world: World) -> None:
    caller, callee = await world.open("/ws/1", 1), await world.open("/ws/2", 2)
    world.directory.away = True
    await ring(caller, "modern")
    error, declined = await caller.hears()
    assert error["code"] == "unavailable"
    assert declined == {"type": "call_declined", "conversation_id": 11, "reason": "unavailable"}
    await quiet(callee)


async def test_a_failure_of_ours_is_told_without_its_reason(world: World) -> None:
    caller = await world.open("/ws/1", 1)
    world.permissions.may_call = None  # type: ignore[method-assign, assignment]
    await ring(caller, "modern")
    assert (await caller.hears())[:1] == [
        {"type": "error", "code": "internal", "detail": "Internal server error", "about": "call_invitation"}
    ]


@pytest.mark.parametrize(
    ("answered", "gone", "status"),
    [(True, 1, "ended"), (True, 2, "ended"), (False, 1, "cancelled"), (False, 2, "missed")],
)
async def test_a_lost_socket_ends_the_call_in_the_log(
    world: World, answered: bool, gone: int, status: str
) -> None:
    """Closing the old modal within a call says nothing and writes nothing."""
    sockets = {1: await world.open("/ws/1", 1), 2: await world.open("/ws/2", 2)}
    await sockets[1].say("call_invitation", conversation_id=11, to_user_id=2, call_type="voice", offer={})
    assert (await sockets[2].next())["type"] == "call_invitation"
    if answered:
        await sockets[2].say("call_answer", conversation_id=11, to_user_id=1, answer={})
        assert (await sockets[1].next())["type"] == "call_answer"
    await sockets[gone].leave()
    assert (await sockets[3 - gone].next())["type"] == "call_ended"
    assert world.unanswered == [(1, 2, "11", "voice", "Bearer token-of-1", status)]


async def test_a_call_that_a_client_ended_is_its_own_to_write_down(world: World) -> None:
    caller, callee = await world.open("/ws/1", 1), await world.open("/ws/2", 2)
    await caller.say("call_invitation", conversation_id=11, to_user_id=2, call_type="voice", offer={})
    assert (await callee.next())["type"] == "call_invitation"
    await caller.say("call_ended", conversation_id=11, to_user_id=2)
    assert (await callee.next())["type"] == "call_ended"
    await caller.leave()
    await world.left()
    assert world.unanswered == []
