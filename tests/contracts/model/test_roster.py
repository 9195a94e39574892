from contracts.model.profile import PROFILE_TYPES, Profile
from contracts.model.roster import Caller, Found, Person, Role, Roster, in_preference, join_name, merge

STUDENT, TUTOR, PARENT = Profile("student", 5), Profile("tutor", 7), Profile("parent", 9)


def _person(*roles: Role, user_id: int = 1, last: str | None = None, father: str | None = "A") -> Person:
    ordered = in_preference(roles, PROFILE_TYPES)
    return Person(user_id, "Abel", father, last, None, None, active=True, roles=ordered)


ABEL = _person(Role(STUDENT, "abel_s", True), Role(TUTOR, None, True))
GENET = _person(user_id=7)
ROSTER = Roster(
    Caller(1, STUDENT),
    Found({TUTOR: 1, STUDENT: 1, Profile("tutor", 99): None}, {1: ABEL, 7: GENET, 8: None}),
)


def test_active_roles_come_first_then_the_configured_order() -> None:
    roles = [Role(STUDENT, None, True), Role(PARENT, None, True), Role(TUTOR, None, False)]
    assert [role.profile for role in in_preference(roles, ("parent", "tutor", "student"))] == [
        PARENT,
        STUDENT,
        TUTOR,
    ]


def test_everybody_else_sees_the_preferred_profile() -> None:
    assert ABEL.profile == TUTOR


def test_a_person_without_profiles_is_named_by_its_user_id() -> None:
    assert GENET.profile == Profile("user", 7)


def test_legacy_names_prefer_the_username() -> None:
    assert ABEL.legacy_name(STUDENT) == "abel_s"
    assert ABEL.legacy_name(TUTOR) == "Abel A"


def test_a_modern_name_falls_back_to_the_last_name() -> None:
    assert _person(last="Finch", father=None).modern_name == "Abel Finch"
    assert _person(last="Finch").modern_name == "Abel A"


def test_no_part_of_a_name_leaves_no_gap() -> None:
    assert join_name(None, "", "C") == "C"


def test_only_the_caller_is_named_as_it_asked() -> None:
    assert ROSTER.profile_of(1) == STUDENT
    assert Roster(Caller(7, GENET.profile), ROSTER.found).profile_of(1) == TUTOR


def test_an_unknown_user_still_has_a_name() -> None:
    assert ROSTER.profile_of(8) == Profile("user", 8)
    assert ROSTER.legacy_name(8, "somebody") == "somebody"


def test_a_profile_finds_its_owner() -> None:
    assert ROSTER.user_of(TUTOR) == 1
    assert ROSTER.user_of(Profile("tutor", 99)) is None


def test_a_name_by_user_id_resolves_back_when_that_user_exists() -> None:
    assert ROSTER.user_of(Profile("user", 7)) == 7
    assert ROSTER.user_of(Profile("user", 8)) is None


def test_roles_are_found_by_type() -> None:
    assert ABEL.role_of("student") == STUDENT
    assert ABEL.role_of("parent") is None
    assert ABEL.has(TUTOR)
    assert not ABEL.has(PARENT)


def test_two_answers_become_one() -> None:
    assert merge(Found({TUTOR: 1}, {1: ABEL}), Found({}, {7: GENET})) == Found(
        {TUTOR: 1}, {1: ABEL, 7: GENET}
    )


def test_the_modern_name_and_picture_of_a_person() -> None:
    someone = Person(2, "Beza", "B", None, "p.png", None, True, ())
    roster = Roster(Caller(1, Profile("user", 1)), Found({}, {2: someone, 3: None}))
    assert [roster.modern_name(user, "x") for user in (2, 3, 4, None)] == ["Beza B", "x", "x", "x"]
    assert [roster.avatar_of(user) for user in (2, 3, 4, None)] == ["p.png", None, None, None]
