"""The memory of requests just before."""

import pytest

from gateway.sockets import recent
from gateway.sockets.recent import Place, Recent
from tests.gateway.sockets.world import Clock

PLACE = Place("192.0.2.1", "B", "https://app.example.org")


def note(memory: Recent, user_id: int = 1, place: Place = PLACE) -> None:
    memory.note(place, user_id, expires_at=9.0, authorization=f"Bearer {user_id}")


def test_the_last_request_counts_for_fifteen_seconds() -> None:
    clock = Clock()
    memory = Recent(clock)
    assert memory.find(PLACE, 1) is None
    note(memory)
    clock.forward(10)
    note(memory)
    clock.forward(15)
    found = memory.find(PLACE, 1)
    assert found is not None
    assert (found.authorization, found.expires_at) == ("Bearer 1", 9.0)
    clock.forward(0.1)
    assert memory.find(PLACE, 1) is None


@pytest.mark.parametrize(
    "place",
    [
        PLACE._replace(remote="192.0.2.2"),
        PLACE._replace(user_agent="C"),
        PLACE._replace(user_agent=""),
        PLACE._replace(page="https://other.example.org"),
        Place("192.0.2.1\nB", "", PLACE.page),
    ],
)
def test_another_place_is_another_place(place: Place) -> None:
    memory = Recent(Clock())
    note(memory)
    assert memory.find(place, 1) is None


def test_a_browser_without_a_name_is_never_found() -> None:
    memory, place = Recent(Clock()), PLACE._replace(user_agent="")
    note(memory, place=place)
    assert memory.find(place, 1) is None


def test_it_holds_so_many_people_and_so_many_places_of_each(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(recent, "PEOPLE", 3)
    memory = Recent(Clock())
    for user in range(1, 6):
        note(memory, user)
    assert [user for user in range(1, 6) if memory.find(PLACE, user)] == [3, 4, 5]
    for number in range(recent.PLACES):
        note(memory, 5, PLACE._replace(user_agent="x" * 10_000 + str(number)))
    assert memory.find(PLACE, 5) is None
    assert len(memory._people[5]) == recent.PLACES
    assert max(len(digest) for digest in memory._people[5]) == 16


def test_who_asked_long_ago_is_forgotten() -> None:
    clock = Clock()
    memory = Recent(clock)
    note(memory, 1)
    clock.forward(20)
    note(memory, 2)
    assert list(memory._people) == [2]
