import pytest
from hypothesis import given
from hypothesis import strategies as st

from contracts.model.document import Document
from contracts.model.errors import Forbidden, GatewayError, InvalidRequest, InvalidValue
from contracts.model.identity import Admitted, Claim, admit, forget_roles, single, take_claim
from contracts.model.profile import NOTHING, PROFILE_TYPES, USER_TYPE, Profile
from contracts.model.roster import Caller
from tests.support.fakes import load_people

PEOPLE = load_people()
ABEL, GENET = PEOPLE[1], PEOPLE[7]
OWNERS = {role.profile: person.user_id for person in PEOPLE.values() for role in person.roles}


def _asked(query: dict[str, str], body: object = None) -> Document:
    return Document({}, dict(query), body)


@pytest.mark.parametrize("name", ["profile_id", "profile_type", "user_id", "profile_ids", "user_ids"])
def test_an_identity_parameter_stands_once(name: str) -> None:
    with pytest.raises(InvalidRequest, match=rf"\$\.query\.{name}: stands more than once"):
        single([(name, "5"), (name, "5")])


def test_of_another_parameter_the_last_one_counts() -> None:
    assert single([("limit", "1"), ("limit", "2")]) == {"limit": "2"}


def test_a_claim_is_taken_out_of_the_request() -> None:
    asked = _asked({"profile_id": "5", "profile_type": "Student", "user_id": "1", "limit": "5"})
    assert take_claim(asked) == Claim(Profile("student", 5), 1)
    assert asked.query == {"limit": "5"}


def test_a_claim_in_the_body_counts_as_well() -> None:
    body: dict[str, object] = {"profile_id": 5, "profile_type": "student", "settings": {}}
    assert take_claim(_asked({}, body)) == Claim(Profile("student", 5), None)
    assert body == {"settings": {}}


@pytest.mark.parametrize("nothing", sorted(str(n) for n in NOTHING if n is not None))
def test_what_old_clients_print_for_nothing_claims_nothing(nothing: str) -> None:
    query = {"profile_id": nothing, "profile_type": "student", "user_id": nothing}
    assert take_claim(_asked(query)) == Claim(None, None)


@pytest.mark.parametrize(
    ("query", "body"),
    [
        ({"profile_id": "5", "profile_type": "student"}, {"profile_id": 7, "profile_type": "tutor"}),
        ({"user_id": "1"}, {"user_id": 2}),
    ],
)
def test_query_and_body_that_disagree_are_refused(query: dict[str, str], body: dict[str, object]) -> None:
    with pytest.raises(InvalidRequest, match="disagree"):
        take_claim(_asked(query, body))


@pytest.mark.parametrize(
    "query",
    [
        {"profile_id": "5"},
        {"profile_id": "5", "profile_type": "boss"},
        {"profile_id": "5\xa0", "profile_type": "student"},
        {"user_id": "1.0"},
        {"user_id": "١"},
    ],
)
def test_what_is_no_id_or_type_is_refused(query: dict[str, str]) -> None:
    with pytest.raises(InvalidValue, match=r"^\$\.query\."):
        take_claim(_asked(query))


def test_stray_roles_are_forgotten() -> None:
    document = _asked(
        {"a_profile_type": "x", "profile_ids": "tutor_5", "limit": "1"}, {"b_profile_id": 5, "c": 1}
    )
    forget_roles(document)
    assert (document.query, document.body) == ({"limit": "1"}, {"c": 1})


@pytest.mark.parametrize(
    ("claim", "expected"),
    [
        (Claim(None, None), Admitted(Caller(1, Profile("tutor", 7)), fallback=False)),
        (Claim(None, 1), Admitted(Caller(1, Profile("tutor", 7)), fallback=False)),
        (Claim(Profile("student", 5), 1), Admitted(Caller(1, Profile("student", 5)), fallback=False)),
        (Claim(Profile("user", 1), None), Admitted(Caller(1, Profile("user", 1)), fallback=False)),
        # The old client sends the user's own id where it knows no profile of that type.
        (Claim(Profile("parent", 1), None), Admitted(Caller(1, Profile("parent", 1)), fallback=True)),
    ],
)
def test_who_is_admitted_and_under_which_name(claim: Claim, expected: Admitted) -> None:
    assert admit(ABEL, claim) == expected


@pytest.mark.parametrize(
    "claim",
    [
        Claim(None, 2),
        Claim(Profile("student", 5), 2),
        Claim(Profile("tutor", 5), 1),
        Claim(
            Profile("student", 1), None
        ),  # Abel is a student: his own id there is somebody else's or nobody's
        Claim(Profile("student", 99), None),
        Claim(Profile("user", 2), None),
    ],
)
def test_everybody_else_is_forbidden(claim: Claim) -> None:
    with pytest.raises(Forbidden):
        admit(ABEL, claim)


def test_the_fallback_holds_even_where_that_number_is_somebody_elses_profile() -> None:
    person = PEOPLE[5]._replace(roles=())
    assert Profile("student", 5) in OWNERS
    assert admit(person, Claim(Profile("student", 5), None)).fallback


@given(
    st.sampled_from(sorted(PEOPLE)),
    st.one_of(
        st.none(), st.builds(Profile, st.sampled_from((*PROFILE_TYPES, USER_TYPE)), st.integers(1, 12))
    ),
    st.one_of(st.none(), st.integers(1, 12)),
)
def test_ownership_nobody_ever_acts_as_somebody_else(
    user: int, profile: Profile | None, claimed: int | None
) -> None:
    person = PEOPLE[user]
    try:
        caller = admit(person, Claim(profile, claimed)).caller
    except GatewayError:
        assert profile is not None or claimed != user
        return
    assert caller.user_id == user
    assert claimed in (None, user)
    owner = OWNERS.get(caller.named, user)
    assert owner == user or (caller.named.id == user and not person.role_of(caller.named.type))
