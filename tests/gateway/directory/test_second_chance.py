"""Who is given up when there is no room."""

from contracts.model.roster import Person
from gateway.directory.second_chance import MOST_STEPS, Age, SecondChance

AGE = Age(0.0, 300.0, 900.0, 0)


def person(user_id: int) -> Person:
    return Person(user_id, None, None, None, None, None, True, ())


def filled(size: int) -> SecondChance:
    memory = SecondChance(size)
    for number in range(1, size + 1):
        assert memory.put(person(number), AGE) is None
    return memory


def test_who_was_used_of_late_stays() -> None:
    memory = filled(5)
    for number in (1, 2, 4):
        memory.entries[number].used = True
    given_up = [memory.put(person(number), AGE) for number in (6, 7)]
    assert {entry.person.user_id for entry in given_up if entry} == {3, 5}
    assert set(memory.entries) == {1, 2, 4, 6, 7}


def test_a_chance_is_spent() -> None:
    memory = filled(3)
    memory.entries[2].used = True
    for number in range(4, 7):
        memory.put(person(number), AGE)
    assert 2 not in memory.entries
    assert len(memory.entries) == 3


def test_the_hand_moves_a_bounded_way_although_everybody_was_used() -> None:
    memory = filled(100 * MOST_STEPS)
    for entry in memory.entries.values():
        entry.used = True
    assert memory.put(person(9999), AGE) is not None
    assert sum(not entry.used for entry in memory.entries.values()) == MOST_STEPS - 1 + 1


def test_a_person_who_is_read_again_takes_its_own_place() -> None:
    memory = filled(3)
    for _ in range(10):
        former = memory.put(person(2), AGE)
        assert former
        assert former.person.user_id == 2
    assert set(memory.entries) == {1, 2, 3}


def test_room_of_the_forgotten_is_used_again() -> None:
    memory = filled(3)
    for number in range(4, 100):
        memory.entries.pop(number - 2, None)
        memory.put(person(number), AGE)
        assert len(memory.entries) <= 3
    assert memory.entries


def test_release_takes_it_apart_in_pieces() -> None:
    memory = filled(10)
    assert [memory.release(4) for _ in range(3)] == [False, False, True]
    assert not memory.entries
