"""The statement fits the tables that are there, and its rows become people."""

from typing import Any

import pytest

from contracts.model.profile import MAX_ID, Profile
from contracts.model.roster import Person, Role
from gateway.directory.query import USER_FACTS, Statement, answer, build, exists, people_of, takes_part

FULL = {
    "users": {"id", *USER_FACTS},
    "tutor_profiles": {"id", "user_id", "username", "is_active"},
    "student_profiles": {"id", "user_id"},
    "parent_profiles": {"id", "username"},
}
TYPES = ("tutor", "student", "parent", "advertiser")


def test_only_tables_with_an_owner_are_asked() -> None:
    statement = build(TYPES, FULL, None, with_users=True)
    assert statement is not None
    assert statement.types == ("tutor", "student")
    assert "parent_profiles" not in statement.sql


@pytest.mark.parametrize(
    ("tables", "query", "with_users", "types"),
    [
        ({}, None, False, None),
        ({"users": {"id"}}, None, False, None),
        ({"users": {"id"}}, None, True, ()),
        ({}, "SELECT 1", False, TYPES),
        ({"tutor_profiles": {"id", "user_id"}}, None, False, ("tutor",)),
    ],
)
def test_what_a_database_can_tell(tables: Any, query: str | None, with_users: bool, types: Any) -> None:
    statement = build(TYPES, tables, query, with_users)
    assert (statement and statement.types) == types


def test_without_the_table_of_users_nobody_is_known() -> None:
    with pytest.raises(LookupError):
        build(TYPES, {"tutor_profiles": {"id", "user_id"}}, None, with_users=True)


@pytest.mark.parametrize(
    ("number", "expected"),
    [(1, True), (2**31, True), (MAX_ID, True), (MAX_ID + 1, False), (0, False), (-5, False)],
)
def test_exists(number: int, expected: bool) -> None:
    assert exists(number) is expected


def test_arguments_leave_out_what_no_column_holds() -> None:
    statement = Statement("", ("tutor", "student"))
    profiles = [
        Profile("student", 5),
        Profile("tutor", 2**70),
        Profile("advertiser", 1),
        Profile("student", 6),
    ]
    assert statement.arguments(profiles, [1, 2**64, -1]) == [[1], [], [5, 6]]


def row(user_id: int = 1, type_: str | None = None, id_: int | None = None, **more: Any) -> dict[str, Any]:
    role = {"type": type_, "profile_id": id_, "username": None, "role_active": None}
    return {"user_id": user_id} | dict.fromkeys(USER_FACTS) | role | more


@pytest.mark.parametrize(
    ("facts", "expected"),
    [
        ({}, True),
        ({"is_active": True, "is_suspended": False, "account_status": "active"}, True),
        ({"is_active": False}, False),
        ({"is_suspended": True}, False),
        ({"account_status": "deactivated"}, False),
        ({"account_status": " Suspended"}, False),
        ({"account_status": "pending_deletion"}, False),
        ({"account_status": "verified"}, True),
    ],
)
def test_takes_part(facts: dict[str, Any], expected: bool) -> None:
    assert takes_part(row(**facts)) is expected


def test_people_have_their_roles_in_preference_and_active_ones_first() -> None:
    rows = [
        row(1, "student", 5, first_name="Abel", profile_picture="a.png", email="a@b.c"),
        row(1, "tutor", 7, first_name="Abel", profile_picture="a.png", email="a@b.c", role_active=False),
        row(2),
    ]
    advertiser = {"user_id": 1, "type": "advertiser", "profile_id": 9, "username": "ad", "role_active": True}
    people = people_of([*rows, advertiser, {**advertiser, "user_id": 99}], TYPES)
    roles = (
        Role(Profile("student", 5), None, True),
        Role(Profile("advertiser", 9), "ad", True),
        Role(Profile("tutor", 7), None, False),
    )
    abel = Person(1, "Abel", None, None, "a.png", "a@b.c", True, roles)
    assert people == {1: abel, 2: Person(2, None, None, None, None, None, True, ())}


def test_answer_has_a_key_for_everybody_asked_for() -> None:
    people = people_of([row(1, "student", 5), row(2)], TYPES)
    found = answer([Profile("student", 5), Profile("tutor", 5)], [2, 3], people)
    assert found.owners == {Profile("student", 5): 1, Profile("tutor", 5): None}
    assert found.people == {1: people[1], 2: people[2], 3: None}
