"""Persons in the place of roles: the same one is the same, another one stays another."""

from typing import Any

from contracts.model.profile import Profile
from contracts.model.roster import Found, Person, Role
from gateway.comparison.identities import identified, mentioned

STUDENT, TUTOR, OTHER = Profile("student", 5), Profile("tutor", 7), Profile("tutor", 5)


def person(number: int, name: str, *roles: tuple[Profile, str]) -> Person:
    held = tuple(Role(profile, username, True) for profile, username in roles)
    return Person(number, name, None, None, None, None, True, held)


FOUND = Found(
    {STUDENT: 1, TUTOR: 1, OTHER: 2},
    {1: person(1, "Abel", (STUDENT, "abel_s"), (TUTOR, "abel_t")), 2: person(2, "Beza", (OTHER, "beza_t"))},
)


def row(profile: Profile, name: str) -> dict[str, Any]:
    return {"sender_profile_type": profile.type, "sender_profile_id": profile.id, "sender_name": name}


def test_everybody_who_is_named_is_found() -> None:
    assert mentioned({"a": [row(STUDENT, "x"), {"profile_type": "tutor", "profile_id": 5}]}) == {
        STUDENT,
        OTHER,
    }
    assert mentioned([{"profile_type": "system", "profile_id": 1}, {"profile_type": "tutor"}]) == set()


def test_two_roles_of_a_person_are_the_same() -> None:
    assert identified(row(STUDENT, "abel_s"), FOUND) == identified(row(TUTOR, "Abel"), FOUND)
    assert identified(row(STUDENT, "Abel None"), FOUND) == {
        "sender_person": "user 1",
        "sender_name": "user 1",
    }


def test_another_person_and_another_name_stay_different() -> None:
    assert identified(row(STUDENT, "abel_s"), FOUND) != identified(row(OTHER, "abel_s"), FOUND)
    assert identified(row(STUDENT, "abel_s"), FOUND) != identified(row(STUDENT, "beza_t"), FOUND)


def test_a_name_that_two_have_and_a_profile_that_nobody_has_stay_as_they_are() -> None:
    found = Found({}, {1: person(1, "Abel"), 2: person(2, "Abel")})
    assert identified({"name": "Abel", "profile_type": "tutor", "profile_id": 9}, found) == {
        "name": "Abel",
        "person": "tutor_9",
    }


def test_bare_numbers_name_nobody() -> None:
    assert identified({"count": 2, "profile_ids": [5, 5]}, FOUND) == {"count": 2}
