"""What is remembered, for how long, and what makes it forget."""

import gc

import pytest
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from contracts.model.profile import Profile
from contracts.model.roster import Person, Role
from gateway.directory.cache import NEGATIVE_S, NEGATIVES, RELEASED, DirectoryCache, Key, subject

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


def test_the_collector_tracks_nothing_of_a_person() -> None:
    """A full collection walks what it tracks, and holds up the event loop meanwhile."""
    cache = cache_with(size=1000)
    gc.collect()
    before = len(gc.get_objects())
    for number in range(1000):
        cache.store(stranger(number + 1), 0.0, cache.epoch)
    gc.collect()  # a plain tuple of what is not tracked is let go at its first collection
    assert len(cache) == 1000
    assert len(gc.get_objects()) - before < 20


class Counted(int):
    """A user id that counts how often somebody looks at it."""

    looks = 0

    def __hash__(self) -> int:
        Counted.looks += 1
        return super().__hash__()


@pytest.mark.parametrize("people", [10, 1000])
def test_forgetting_everybody_looks_at_nobody_and_each_store_releases_some(people: int) -> None:
    cache = cache_with(*(stranger(Counted(number + 1)) for number in range(people)), size=people)
    Counted.looks = 0
    cache.flush()
    assert (Counted.looks, len(cache), cache.aside) == (0, 0, 2 * people)
    for number in range(people):
        before = cache.aside
        cache.store(stranger(number + 1), 1.0, cache.epoch)
        assert before - 2 * RELEASED <= cache.aside < max(before, 1)
    assert cache.aside == 0


def test_what_was_put_aside_never_grows_beyond_the_bound() -> None:
    cache = cache_with(size=100)
    for number in range(1000):
        cache.store(stranger(number + 1), 0.0, cache.epoch)
        if number % 100 == 50:
            cache.flush()
        assert cache.aside <= 2 * 100


def test_who_is_given_up_takes_its_profiles_with_it() -> None:
    cache = cache_with(ABEL, size=1)
    cache.store(person(2, TUTOR_5), 0.0, cache.epoch)
    assert [key for key in (1, TUTOR_7, STUDENT_5) if knows(cache, key, 1.0) == "not known"] == [
        1,
        TUTOR_7,
        STUDENT_5,
    ]
    cache.flush()
    assert cache.aside == 2  # the one person and the one profile


def test_people_who_are_read_together_have_one_age_and_are_never_younger_than_they_are() -> None:
    cache = cache_with()
    for number, now in enumerate((0.0, 0.2, 0.4), 1):
        cache.store(person(number), now, cache.epoch)
    assert [knows(cache, number, 300.1) for number in (1, 2, 3)] == ["not known", "not known", person(3)]


def stranger(user_id: int) -> Person:
    return person(user_id, Profile("student", user_id + 10_000))


KEYS = [Profile("tutor", number) for number in range(1, 4)]


class Against(RuleBasedStateMachine):
    """The cache beside the plainest memory that could be: what it says is what was last stored, or nothing."""

    def __init__(self) -> None:
        super().__init__()
        self.cache = DirectoryCache(4, max_age_s=300, stale_s=600)
        self.last: dict[int, Person] = {}

    @rule(user_id=st.integers(1, 8), profiles=st.lists(st.sampled_from(KEYS), unique=True))
    def store(self, user_id: int, profiles: list[Profile]) -> None:
        self.last[user_id] = person(user_id, *profiles)
        self.cache.store(self.last[user_id], 0.0, self.cache.epoch)

    @rule(key=st.one_of(st.integers(1, 8), st.sampled_from(KEYS)))
    def forget(self, key: Key) -> None:
        for user_id in [n for n, one in self.last.items() if n == key]:
            del self.last[user_id]
        self.cache.forget([key])
        assert knows(self.cache, key, 1.0) == "not known"

    @rule(key=st.one_of(st.integers(1, 8), st.sampled_from(KEYS)))
    def nobody(self, key: Key) -> None:
        self.cache.store_nobody(key, 0.0)
        assert knows(self.cache, key, 1.0) is None
        assert self.cache.stale(key, 1.0) is None

    @rule()
    def flush(self) -> None:
        self.cache.flush()
        self.last.clear()

    @invariant()
    def never_says_what_was_not_stored(self) -> None:
        for user_id in range(1, 9):
            assert knows(self.cache, user_id, 1.0) in (self.last.get(user_id), None, "not known")
        for profile in KEYS:
            owner = knows(self.cache, profile, 1.0)
            if isinstance(owner, Person):
                assert owner is self.last[owner.user_id]
                assert owner.has(profile)

    @invariant()
    def is_bounded(self) -> None:
        assert len(self.cache) <= 4 + 11


TestAgainst = Against.TestCase
