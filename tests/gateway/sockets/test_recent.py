"""The memory of requests just before."""

from typing import Any

import pytest

from contracts.model.profile import Profile
from gateway.sockets import recent
from gateway.sockets.recent import Recent
from tests.gateway.sockets.world import Clock

PROFILE = Profile("tutor", 10)


def note(memory: Recent, user_id: int = 1, **changes: Any) -> None:
    key = {"remote": "192.0.2.1", "user_agent": "B", "profile": PROFILE, **changes}
    memory.note(
        key["remote"],
        key["user_agent"],
        key["profile"],
        user_id=user_id,
        expires_at=9.0,
        authorization=f"Bearer {user_id}",
    )


def found(memory: Recent) -> int | None:
    asked = memory.find("192.0.2.1", "B", PROFILE)
    return asked.user_id if asked else None


def test_the_last_request_counts_for_fifteen_seconds() -> None:
    clock = Clock()
    memory = Recent(clock)
    assert found(memory) is None
    note(memory)
    clock.forward(10)
    note(memory)
    clock.forward(15)
    assert found(memory) == 1
    clock.forward(0.1)
    assert found(memory) is None
    assert not memory._last


def test_two_people_under_one_name_are_nobody() -> None:
    """The old client's fallback: user 10 is "tutor 10", and so is somebody else."""
    clock = Clock()
    memory = Recent(clock)
    note(memory, 10)
    clock.forward(8)
    note(memory, 4)
    assert found(memory) is None
    clock.forward(8)
    assert found(memory) == 4


def test_it_does_not_grow(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(recent, "REMEMBERED", 3)
    memory = Recent(Clock())
    note(memory)
    for number in range(5):
        note(memory, remote=f"198.51.100.{number}")
    assert found(memory) is None
    assert len(memory._order) == len(memory._last) == 3
