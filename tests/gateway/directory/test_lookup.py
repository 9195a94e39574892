"""An answer grows from memory and from what was read."""

from contracts.model.profile import Profile
from contracts.model.roster import Found, Person, Role
from gateway.directory.cache import DirectoryCache
from gateway.directory.lookup import draft

TUTOR_7, TUTOR_8, TUTOR_9, USER_2 = (
    Profile("tutor", 7),
    Profile("tutor", 8),
    Profile("tutor", 9),
    Profile("user", 2),
)
ABEL = Person(1, "Abel", None, None, None, None, True, (Role(TUTOR_7, None, True),))
BEZA = Person(2, "Beza", None, None, None, None, True, (Role(TUTOR_8, None, True),))


def cache() -> DirectoryCache:
    made = DirectoryCache(10, 300, 600)
    made.store(ABEL, 0.0, 0)
    made.store_nobody(TUTOR_9, 0.0)
    return made


def test_what_is_known_and_what_is_missing() -> None:
    result = draft(cache(), [TUTOR_7, TUTOR_8, TUTOR_9, USER_2], [1, 3], 1.0)
    assert result.found() == Found({TUTOR_7: 1, TUTOR_9: None}, {1: ABEL})
    assert result.missing == [TUTOR_8, USER_2, 3]
    assert (result.hits, result.negative) == (2, 1)


def test_taking_answers_what_is_missing_and_only_that() -> None:
    result = draft(cache(), [TUTOR_8, USER_2], [3, 4], 1.0)
    result.take(Found({TUTOR_8: 2, TUTOR_7: 1}, {2: BEZA, 3: None, 1: ABEL}))
    assert result.found() == Found({TUTOR_8: 2, USER_2: 2}, {2: BEZA, 3: None})
    assert result.missing == [4]
    assert (result.hits, result.negative) == (0, 0)


def test_a_profile_without_owner_and_a_user_that_is_not_there() -> None:
    result = draft(cache(), [TUTOR_8, USER_2], [], 1.0)
    result.take(Found({TUTOR_8: None}, {2: None}))
    assert result.found() == Found({TUTOR_8: None, USER_2: None}, {})
    assert result.missing == []
