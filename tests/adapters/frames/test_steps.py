"""What a frame costs grows with its bytes, never faster: counted in steps (calls of Python and C), not seconds."""

import contextlib
import json
from typing import Any

import pytest

from adapters.frames import calls, whiteboards
from contracts.model.errors import GatewayError
from contracts.model.profile import Profile
from contracts.model.roster import Caller, Found, Roster
from tests.support.steps import Steps

ROSTER = Roster(Caller(1, Profile("tutor", 7)), Found({}, {}))


def carried(text: bytes) -> None:
    """A frame as far as the gateway takes it without asking anybody."""
    spoken = calls.spoken(text)
    if whiteboards.part_of(spoken.type, spoken.body):
        whiteboards.target(spoken.body)
        whiteboards.session_of(spoken.body)
        whiteboards.signed(spoken.type, spoken.body, Profile("tutor", 7), 1, "A", "")
    elif spoken.type in calls.FRAMES:
        said = calls.signed(calls.to_modern(calls.heard(spoken), ROSTER), 1, ROSTER.found, "")
        calls.for_modern(said, 2)
        calls.for_legacy(said, ROSTER)


def steps(text: bytes) -> int:
    count = Steps()
    with count.on(), contextlib.suppress(GatewayError):
        carried(text)
    return count.count


def filled(type_: str, kind: str, count: int) -> bytes:
    extra: dict[str, Any] = {
        "keys": {f"from_{number}": number for number in range(count)},
        "items": {"points": [[number, number] for number in range(count)]},
        "text": {"offer": "x" * (8 * count)},
        "deep": {"offer": json.loads("[" * (count // 8) + "]" * (count // 8))},
    }[kind]
    return json.dumps({"type": type_, "to_user_id": 2, "conversation_id": 11, **extra}).encode()


TYPES = sorted({*calls.FRAMES, *whiteboards.SESSION_FRAMES, *calls.ASKED})


@pytest.mark.parametrize("kind", ["keys", "items", "text", "deep"])
@pytest.mark.parametrize("type_", TYPES)
def test_steps_grow_with_the_frame_at_most(type_: str, kind: str) -> None:
    few, many = (steps(filled(type_, kind, count)) for count in (400, 1600))
    assert many <= 1.3 * 4 * few + 200
