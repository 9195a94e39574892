import json
from typing import Any

import pytest

from contracts.model.document import Document, encode, objects, parse
from contracts.model.errors import InvalidValue, NotFound
from contracts.model.profile import Profile
from contracts.model.roster import Caller, Roster
from contracts.rules.lens import Mentions
from contracts.rules.people import Keys, ids, pair_at, person, persons, resolve
from tests.support.fakes import FakeDirectory

DIRECTORY = FakeDirectory()
EVERYBODY = {role.profile for p in DIRECTORY.everybody.values() for role in p.roles}
FOUND = DIRECTORY.peek(EVERYBODY, {*DIRECTORY.everybody, 99})
assert FOUND is not None
ROSTER = Roster(Caller(1, Profile("student", 5)), FOUND)

BLOCK = person("body", modern="blocked_user_id", legacy="blocked_", beside="blocked_user_id")
FORWARD = person("body", modern="forwarded_from_user_id", legacy="forwarded_from_", unknown="null")
PATH = person("path", modern="blocked_user_id", legacy="blocked_")
MEMBERS = persons("body", legacy="participants", modern="participant_user_ids")


def _body(value: Any) -> Document:
    return Document({}, {}, parse(json.dumps(value).encode()))


def _plain(document: Document) -> Any:
    return json.loads(encode(document.body))


@pytest.mark.parametrize(
    ("asked", "sent"),
    [
        ({"blocked_profile_id": 5, "blocked_profile_type": "tutor", "blocked_user_id": 2}, 2),
        ({"blocked_profile_id": "5", "blocked_profile_type": "Tutor"}, 2),
        # The directory wins over the user id beside the pair; a pair that nobody owns falls back to it.
        ({"blocked_profile_id": 5, "blocked_profile_type": "tutor", "blocked_user_id": 3}, 2),
        ({"blocked_profile_id": 99, "blocked_profile_type": "tutor", "blocked_user_id": 3}, 3),
        ({"blocked_profile_id": None, "blocked_profile_type": "tutor", "blocked_user_id": 3}, 3),
        ({"blocked_profile_id": "undefined", "blocked_profile_type": "tutor", "blocked_user_id": "3"}, 3),
        ({"blocked_profile_id": 7, "blocked_profile_type": "user"}, 7),
        ({"blocked_profile_id": 5, "blocked_profile_type": "student"}, 1),
    ],
)
def test_a_pair_becomes_a_user(asked: Any, sent: int) -> None:
    assert _plain(BLOCK.to_modern(document := _body(asked), ROSTER) or document) == {"blocked_user_id": sent}


@pytest.mark.parametrize(
    ("asked", "error", "place"),
    [
        (
            {"blocked_profile_id": 99, "blocked_profile_type": "tutor"},
            NotFound,
            r"\$\.body\.blocked_profile_id",
        ),
        (
            {"blocked_profile_id": 99, "blocked_profile_type": "tutor", "blocked_user_id": 99},
            NotFound,
            r"\$\.body",
        ),
        ({"blocked_profile_type": "student"}, InvalidValue, r"\$\.body\.blocked_profile_id: is missing"),
        (
            {"blocked_profile_id": 5, "blocked_profile_type": "boss"},
            InvalidValue,
            r"\$\.body\.blocked_profile_type",
        ),
        (
            {"blocked_profile_id": [5], "blocked_profile_type": "tutor"},
            InvalidValue,
            r"\$\.body\.blocked_profile_id",
        ),
    ],
)
def test_who_cannot_be_found_is_named_by_place(asked: Any, error: type[Exception], place: str) -> None:
    with pytest.raises(error, match=f"^{place}"):
        BLOCK.to_modern(_body(asked), ROSTER)


def test_an_unknown_person_may_be_left_out() -> None:
    FORWARD.to_modern(
        document := _body({"forwarded_from_profile_id": 99, "forwarded_from_profile_type": "tutor"}), ROSTER
    )
    assert _plain(document) == {"forwarded_from_user_id": None}


def test_an_optional_person_that_is_absent_stays_absent() -> None:
    FORWARD.to_modern(document := _body({"content": "a"}), ROSTER)
    assert _plain(document) == {"content": "a"}


def test_a_pair_in_the_path_stays_text() -> None:
    document = Document({"blocked_profile_id": "5", "blocked_profile_type": "tutor"}, {}, None)
    PATH.to_modern(document, ROSTER)
    assert document.path == {"blocked_user_id": "2"}
    PATH.to_legacy([document.path], ROSTER)
    assert document.path == {"blocked_profile_id": "5", "blocked_profile_type": "tutor"}


def test_a_null_person_is_a_null_pair() -> None:
    rule = person("body", modern="created_by_user_id", legacy="created_by_")
    rule.to_legacy([(document := _body({"created_by_user_id": None})).body], ROSTER)
    assert _plain(document) == {"created_by_profile_id": None, "created_by_profile_type": None}


def test_mentions_are_collected_once() -> None:
    mentions = Mentions.none()
    asked = {
        "participants": [{"profile_id": 5, "profile_type": "tutor", "user_id": None}] * 3 + [{"user_id": 4}]
    }
    MEMBERS.mentioned_legacy(_body(asked), mentions)
    assert mentions == Mentions({Profile("tutor", 5)}, {4})


def test_a_list_names_everybody_once_in_order() -> None:
    pairs = [(6, "student", 3), (5, "tutor", 2), (9, "parent", 2), (99, "tutor", 4)]
    asked = {"participants": [{"profile_id": i, "profile_type": t, "user_id": u} for i, t, u in pairs]}
    MEMBERS.to_modern(document := _body(asked), ROSTER)
    assert _plain(document) == {"participant_user_ids": [3, 2, 4]}


def test_an_unknown_member_is_named_by_its_number() -> None:
    asked = {
        "participants": [
            {"profile_id": 5, "profile_type": "tutor"},
            {"profile_id": 99, "profile_type": "tutor"},
        ]
    }
    with pytest.raises(NotFound, match=r"^\$\.body\.participants\[1\]\.profile_id: no such person"):
        MEMBERS.to_modern(_body(asked), ROSTER)


def test_members_that_are_no_list_are_refused() -> None:
    with pytest.raises(InvalidValue, match=r"^\$\.body\.participants: must be a list"):
        MEMBERS.to_modern(_body({"participants": "everybody"}), ROSTER)


def test_keys_skip_what_cannot_be_read() -> None:
    keys = Keys("user_ids", "profile_ids")
    document = Document({}, {"profile_ids": "tutor_5,x,student_,parent_9,student_99,student_6"}, None)
    keys.to_modern(document, ROSTER)
    assert document.query == {"user_ids": "2,3"}
    keys.to_legacy([document.query], ROSTER)
    assert document.query == {"profile_ids": "tutor_5,student_6"}


def test_bare_ids_are_those_of_the_names() -> None:
    rule = ids("body.reactions[]", modern="user_ids", legacy="profile_ids")
    mentions = Mentions.none()
    document = _body({"reactions": [{"user_ids": [1, 3, 7]}]})
    found = objects(document, rule.at)
    rule.mentioned_modern(found, mentions)
    rule.to_legacy(found, ROSTER)
    assert mentions.users == {1, 3, 7}
    assert _plain(document) == {"reactions": [{"profile_ids": [5, 6, 7]}]}


def test_the_callers_own_name_means_the_caller() -> None:
    fallback = ROSTER._replace(caller=Caller(1, Profile("parent", 1)))
    assert resolve(Profile("parent", 1), None, fallback) == 1


def test_no_pair_is_no_person() -> None:
    assert pair_at({"profile_id": "NaN", "profile_type": "tutor"}, "", "$") is None


@pytest.mark.parametrize(("beside", "meant"), [(2, 2), (5, 5), (None, 5), (3, 5)])
def test_a_fallback_name_that_is_somebody_elses_is_told_apart_by_the_user_id(beside: Any, meant: int) -> None:
    ellen = Roster(Caller(5, Profile("tutor", 5)), FOUND)
    assert resolve(Profile("tutor", 5), beside, ellen) == meant
