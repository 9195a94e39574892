"""Who misses the same waits for one answer; what was read before an invalidation is not remembered."""

import asyncio

from contracts.model.profile import Profile
from contracts.model.roster import NOBODY, Found
from gateway.directory.single_flight import Flight, Flights

TUTOR_5 = Profile("tutor", 5)


class Tower:
    """Lets flights land when it is told to."""

    def __init__(self) -> None:
        self.departed: list[Flight] = []
        self.may_land = asyncio.Event()
        self.flights = Flights(self.bring)

    async def bring(self, flight: Flight) -> Found | None:
        self.departed.append(flight)
        await self.may_land.wait()
        return NOBODY


async def test_keys_on_their_way_are_joined_and_the_rest_departs_together() -> None:
    tower = Tower()
    first = tower.flights.join([1, TUTOR_5], 0)
    second = tower.flights.join([TUTOR_5, 2, 3], 0)
    assert len(first) == 1
    assert second > first
    (new,) = second - first
    assert new.keys == {2, 3}
    tower.may_land.set()
    await asyncio.wait([flight.task for flight in second])
    assert [flight.landed() for flight in second] == [NOBODY, NOBODY]
    assert len(tower.departed) == 2


async def test_after_landing_the_same_key_departs_anew() -> None:
    tower = Tower()
    tower.may_land.set()
    (first,) = tower.flights.join([1], 0)
    await first.task
    (second,) = tower.flights.join([1], 7)
    assert second is not first
    assert second.epoch == 7
    await second.task


async def test_nobody_joins_what_departed_before_a_change_and_it_is_not_remembered() -> None:
    tower = Tower()
    (old,) = tower.flights.join([1, 2], 0)
    tower.flights.changed([TUTOR_5, 1])
    (new,) = tower.flights.join([1], 0)
    assert new is not old
    assert [old.may_remember([1]), old.may_remember([2]), old.may_remember([2, TUTOR_5])] == [
        False,
        True,
        False,
    ]
    assert new.may_remember([1, TUTOR_5])
    tower.may_land.set()
    await asyncio.wait([old.task, new.task])


async def test_a_change_of_anybody() -> None:
    tower = Tower()
    (old,) = tower.flights.join([1], 0)
    tower.flights.changed(None)
    assert not old.may_remember([2])
    tower.may_land.set()
    await old.task


async def test_the_end_of_an_older_flight_does_not_hide_a_newer_one() -> None:
    tower = Tower()
    (old,) = tower.flights.join([1], 0)
    tower.flights.part()
    (new,) = tower.flights.join([1], 0)
    old.task.cancel()
    await asyncio.wait([old.task])
    assert old.landed() is None
    assert tower.flights.join([1], 0) == {new}
    tower.may_land.set()
    await new.task


async def test_a_client_that_leaves_does_not_take_the_answer_along() -> None:
    tower = Tower()
    (flight,) = tower.flights.join([1], 0)

    async def wait() -> None:
        await asyncio.wait([flight.task])

    leaving, staying = asyncio.create_task(wait()), asyncio.create_task(wait())
    await asyncio.sleep(0)
    leaving.cancel()
    tower.may_land.set()
    await staying
    assert flight.landed() == NOBODY


async def test_closing_cancels_what_is_on_its_way() -> None:
    tower = Tower()
    (flight,) = tower.flights.join([1], 0)
    await tower.flights.close(5)
    assert flight.task.cancelled()
    assert flight.landed() is None
