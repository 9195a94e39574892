"""The ownership matrix, over frames: whatever people claim, nobody speaks as somebody else or into others' calls."""

import asyncio
import json
from typing import Any, NamedTuple

from hypothesis import given
from hypothesis import strategies as st

from adapters.frames.calls import FRAMES
from contracts.model.profile import Profile
from contracts.model.socket_limits import Limits
from gateway.sockets.bridge import Bridge
from gateway.sockets.hub import Hub, Socket
from gateway.sockets.people import People
from tests.gateway.sockets.world import PEOPLE, Clock, Directory, Permissions

IDS = st.sampled_from([1, 2, 3, 4, 5, 6, 7, 9, 999, "5", "undefined", None, -1, "x"])
TYPES = st.sampled_from(["tutor", "Student", "parent", "user", "banana", None])
CLAIMS = st.fixed_dictionaries(
    {},
    optional={
        **dict.fromkeys(("to_user_id", "to_profile_id", "from_user_id", "from_profile_id", "user_id"), IDS),
        **dict.fromkeys(("to_profile_type", "from_profile_type", "profile_type"), TYPES),
        "conversation_id": st.sampled_from([11, "11", 12, None]),
    },
)


class Spoken(NamedTuple):
    """One frame: on which socket, of which type, with which claims."""

    socket: int
    type: str
    claims: dict[str, Any]


STORIES = st.lists(
    st.builds(Spoken, st.integers(0, 9), st.sampled_from(sorted(FRAMES)), CLAIMS), min_size=5, max_size=20
)


def heard(socket: Socket) -> list[dict[str, Any]]:
    """Take what waits in a socket."""
    frames = [json.loads(data) for data in socket._queue._waiting]
    socket._queue.clear()
    return frames


def both_shapes() -> list[Socket]:
    """Two sockets for everybody, one of each shape."""
    return [
        Socket(
            person.user_id,
            person.profile if legacy else Profile("user", person.user_id),
            legacy=legacy,
            authorization="",
            limits=Limits(),
        )
        for person in PEOPLE
        for legacy in (True, False)
    ]


async def play(story: list[Spoken]) -> None:
    hub, sockets = Hub(), both_shapes()
    for socket in sockets:
        hub.join(socket)
    bridge = Bridge(hub, People(Directory()), Permissions(), Clock())
    invited: set[tuple[int, int, str]] = set()
    for spoken in story:
        sender = sockets[spoken.socket]
        me = sender.user_id
        busy = {person.user_id for person in PEOPLE if bridge.calls.busy(person.user_id)}
        text = json.dumps({"type": spoken.type, **spoken.claims}).encode()
        await bridge.hear(sender, text)
        conversation = str(spoken.claims.get("conversation_id"))
        for socket in sockets:
            for frame in heard(socket):
                if frame["type"] == "error" or "reason" in frame:
                    assert socket is sender  # what the gateway itself says
                    continue
                them = socket.user_id
                assert frame["type"] == spoken.type
                assert them != me
                assert frame["from_user_id"] == me
                assert frame["to_user_id"] == them
                if socket.legacy:
                    mine = next(person for person in PEOPLE if person.user_id == me).profile
                    assert Profile(frame["from_profile_type"], frame["from_profile_id"]) == mine
                    assert Profile(frame["to_profile_type"], frame["to_profile_id"]) == socket.named
                else:
                    assert not [name for name in frame if name.startswith(("from_profile", "to_profile"))]
                if FRAMES[spoken.type].part == "opens":
                    assert them in meant(spoken.claims)
                    invited.add((me, them, conversation))
                else:
                    assert acquainted(invited, me, them) or them not in busy


def meant(claims: dict[str, Any]) -> set[int]:
    """Whom the claims about the target can mean: the pair's owner, and the user id beside it."""
    pair = f"{claims.get('to_profile_type')}_{claims.get('to_profile_id')}".lower()
    owners = {
        someone.user_id
        for someone in PEOPLE
        for profile in (*(role.profile for role in someone.roles), Profile("user", someone.user_id))
        if pair == str(profile)
    }
    return owners or {
        someone.user_id for someone in PEOPLE if str(claims.get("to_user_id")) == str(someone.user_id)
    }


def acquainted(invited: set[tuple[int, int, str]], one: int, other: int) -> bool:
    """One has invited the other, or the same person both, to the same conversation."""
    direct = any({caller, callee} == {one, other} for caller, callee, _ in invited)
    return direct or any(
        (caller, other, conversation) in invited for caller, callee, conversation in invited if callee == one
    )


@given(STORIES)
def test_nothing_gets_through_wrongly(story: list[Spoken]) -> None:
    asyncio.run(play(story))
