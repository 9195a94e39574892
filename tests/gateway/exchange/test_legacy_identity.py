import pytest

from contracts.model.document import Document
from contracts.model.http import Request
from contracts.model.profile import Profile
from contracts.model.roster import Caller
from gateway.exchange.exchange_context import ExchangeContext, Named
from gateway.exchange.legacy_identity import (
    acting_role,
    drop_pair,
    identity_of,
    names_another,
    with_identity_in_body,
)
from tests.support.fakes import FakeDirectory, FakeUpstream, load_people

PEOPLE = load_people()
ABEL, GENET = PEOPLE[1], PEOPLE[7]
STUDENT = Profile("student", 5)


def _context() -> ExchangeContext:
    context = ExchangeContext(Request("GET", "/", "", {}, b""), FakeDirectory(), FakeUpstream())
    context.begin(Named(Caller(1, STUDENT), ABEL))
    return context


@pytest.mark.parametrize(
    ("named", "role"),
    [
        (STUDENT, STUDENT),
        (Profile("tutor", 7), Profile("tutor", 7)),
        (Profile("parent", 1), Profile("tutor", 7)),  # the old client's fallback may be somebody's profile
        (Profile("user", 1), Profile("tutor", 7)),
    ],
)
def test_the_role_is_one_of_the_caller(named: Profile, role: Profile) -> None:
    assert acting_role(Caller(1, named), ABEL) == role


def test_who_has_no_role_acts_in_none() -> None:
    assert acting_role(Caller(7, Profile("user", 7)), GENET) is None


def test_the_user_id_is_said_beside_ones_own_pair_only() -> None:
    assert identity_of(STUDENT, ABEL) == {"profile_id": "5", "profile_type": "student", "user_id": "1"}
    assert identity_of(Profile("tutor", 5), ABEL) == {"profile_id": "5", "profile_type": "tutor"}


@pytest.mark.parametrize(
    ("pair", "another"),
    [
        (("5", "student"), False),
        (("5", "Tutor"), True),
        (("undefined", "tutor"), False),
        (("5", "admin"), False),
    ],
)
def test_whose_pair_stands_in_the_callers_place(pair: tuple[str, str], another: bool) -> None:
    document = Document({}, {"profile_id": pair[0], "profile_type": pair[1]}, None)
    assert names_another(document, _context()) is another


def test_the_pair_is_taken_out() -> None:
    query = {"profile_id": "5", "profile_type": "student", "user_id": "1", "limit": "5"}
    drop_pair(query)
    assert query == {"limit": "5"}


@pytest.mark.parametrize(
    ("name", "body", "sent"),
    [
        ("settings.put", {"settings": 1}, {"profile_id": 5, "profile_type": "student", "settings": 1}),
        (
            "call_logs.create",
            {"conversation_id": 11},
            {
                "conversation_id": 11,
                "caller_profile_id": 5,
                "caller_profile_type": "student",
                "caller_user_id": 1,
            },
        ),
        ("messages.send", {"content": "a"}, {"content": "a"}),
    ],
)
def test_two_operations_carry_the_caller_in_the_body(name: str, body: object, sent: object) -> None:
    assert with_identity_in_body(name, STUDENT, Document({}, {}, body), _context()).body == sent
