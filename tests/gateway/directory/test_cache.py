"""What is remembered, for how long, and what makes it forget."""

import pytest

from contracts.model.profile import Profile
from contracts.model.roster import Person, Role
from gateway.directory.cache import NEGATIVE_S, NEGATIVES, DirectoryCache, Key, subject

TUTOR_5, TUTOR_7, STUDENT_5 = Profile("tutor", 5), Profile("tutor", 7), Profile("student", 5)


def person(user_id: int, *profiles: Profile) -> Person:
    roles = tuple(Role(profile, None, True) for profile in profiles)
    return Person(user_id, None, None, None, None, None, True, roles)


ABEL = person(1, TUTOR_7, STUDENT_5)


def cache_with(*people: Person, size: int = 100) -> DirectoryCache:
    cache = DirectoryCache(size, max_age_s=300, stale_s=600)
    for one in people:
        cache.store(one, 0.0, cache.epoch)
    return cache


def knows(cache: DirectoryCache, key: Key, now: float) -> Person | str | None:
    try:
        return cache.find(key, now) if isinstance(key, Profile) else cache.person(key, now)
    except KeyError:
        return "not known"


@pytest.mark.parametrize("key", [1, TUTOR_7, STUDENT_5, Profile("user", 1)])
def test_an_entry_is_fresh_then_stale_then_nothing(key: Key) -> None:
    cache = cache_with(ABEL)
    assert knows(cache, key, 299.9) == ABEL
    assert knows(cache, key, 300.0) == "not known"
    assert cache.stale(key, 899.9) == ABEL
    assert cache.stale(key, 900.0) is None


@pytest.mark.parametrize("key", [2, TUTOR_5, Profile("user", 2)])
def test_nobody_is_remembered_for_a_moment_and_never_stale(key: Key) -> None:
    cache = cache_with()
    assert knows(cache, key, 0.0) == "not known"
    cache.store_nobody(subject(key), 0.0)
    assert knows(cache, key, NEGATIVE_S - 0.1) is None
    assert knows(cache, key, NEGATIVE_S) == "not known"
    assert cache.stale(key, 1.0) is None


@pytest.mark.parametrize(
    ("forgotten", "gone"),
    [
        (1, [1, TUTOR_7, STUDENT_5]),
        (TUTOR_7, [1, TUTOR_7, STUDENT_5]),
        (STUDENT_5, [1, TUTOR_7, STUDENT_5]),
        (2, []),
        (TUTOR_5, []),
    ],
)
def test_forgetting_a_person_or_a_role_forgets_both(forgotten: Key, gone: list[Key]) -> None:
    cache = cache_with(ABEL)
    cache.forget([forgotten])
    keys: list[Key] = [1, TUTOR_7, STUDENT_5]
    assert [key for key in keys if knows(cache, key, 1.0) == "not known"] == gone
    assert [key for key in keys if cache.stale(key, 1.0) is None] == gone


def test_a_profile_belongs_to_whom_the_person_says() -> None:
    """Two entries may name one profile for a moment; the newer one counts, the older is not believed."""
    cache = cache_with(person(1, TUTOR_5), person(2, TUTOR_5), person(2))
    assert knows(cache, TUTOR_5, 1.0) == "not known"
    assert cache.stale(TUTOR_5, 1.0) is None


def test_an_expired_entry_is_not_believed_but_better_than_nothing() -> None:
    cache = cache_with(ABEL)
    cache.store_nobody(2, 0.0)
    before = cache.epoch
    cache.expire()
    assert knows(cache, 1, 1.0) == knows(cache, TUTOR_7, 1.0) == knows(cache, 2, 1.0) == "not known"
    assert cache.stale(1, 1.0) == ABEL
    cache.store(ABEL, 1.0, before)
    assert knows(cache, 1, 1.0) == "not known"
    cache.store(ABEL, 1.0, cache.epoch)
    assert knows(cache, 1, 1.0) == ABEL


def test_flushing_forgets_everything() -> None:
    cache = cache_with(ABEL)
    cache.store_nobody(2, 0.0)
    cache.flush()
    assert len(cache) == 0
    assert cache.stale(1, 1.0) is None


def test_both_memories_are_bounded_and_nobodies_do_not_push_out_people() -> None:
    cache = cache_with(ABEL, size=3)
    for number in range(3 * NEGATIVES):
        cache.store_nobody(Profile("tutor", number + 1000), 0.0)
        cache.store_nobody(number + 1000, 0.0)
    assert knows(cache, 1, 1.0) == ABEL
    assert len(cache) == 1 + NEGATIVES
    for number in range(2, 50):
        cache.store(person(number), 0.0, cache.epoch)
    assert len(cache) == 3 + NEGATIVES


def test_somebody_who_is_gone_is_nobody_at_once() -> None:
    cache = cache_with(ABEL)
    cache.store_nobody(1, 0.0)
    assert knows(cache, 1, 1.0) is None
    assert knows(cache, TUTOR_7, 1.0) == "not known"
    assert cache.stale(TUTOR_7, 1.0) is None
