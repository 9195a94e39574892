"""The law: legacy -> modern -> legacy is the identity on what the contract allows, and the other way round."""

import json
import os
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from adapters import OPERATIONS
from contracts.model.document import Document, encode, parse
from contracts.model.profile import Profile
from contracts.model.roster import Caller, Roster
from contracts.rules.lens import SAME, Lens, each, lens
from contracts.rules.people import person
from contracts.rules.shapes import rename
from tests.support.fakes import FakeDirectory

COUNT = 10_000 if os.environ.get("PROVE") else 200
DIRECTORY = FakeDirectory()
# A lens cannot say which of a person's profiles was meant: the law is about names, so everybody has one here.
NAMES = {user: p.profile for user, p in DIRECTORY.everybody.items()}
FOUND = DIRECTORY.peek({name for name in NAMES.values() if name.type != "user"}, set(DIRECTORY.everybody))
assert FOUND is not None
ROSTER = Roster(Caller(1, NAMES[1]), FOUND)
LENSES = {row.name: row.request for row in OPERATIONS}

users = st.sampled_from(sorted(NAMES))
opaque = st.dictionaries(
    st.sampled_from(["content", "name", "description", "media_url"]), st.text() | st.none()
)


def _pair(prefix: str, user: int, *, beside: str | None = None) -> dict[str, Any]:
    name = NAMES[user]
    pair: dict[str, Any] = {f"{prefix}profile_id": name.id, f"{prefix}profile_type": name.type}
    return {**pair, beside: user} if beside else pair


def _document(path: dict[str, str], query: dict[str, str], body: Any) -> Document:
    return Document(dict(path), dict(query), None if body is None else parse(json.dumps(body).encode()))


def _plain(document: Document) -> Any:
    return document.path, document.query, None if document.body is None else json.loads(encode(document.body))


def _up_and_down(law: Lens, path: dict[str, str], query: dict[str, str], body: Any) -> Any:
    up = law.to_modern(law.draft(_document(path, query, body)), ROSTER)
    return _plain(law.to_legacy(up, ROSTER))


@settings(max_examples=COUNT)
@given(opaque, st.lists(users, unique=True))
def test_creating_a_conversation(body: dict[str, Any], members: list[int]) -> None:
    asked = {**body, "participants": [_pair("", user, beside="user_id") for user in members]}
    assert _up_and_down(LENSES["conversations.create"], {}, {}, asked) == ({}, {}, asked)


@settings(max_examples=COUNT)
@given(opaque, st.integers(1, 2**63 - 1), users)
def test_sending_a_message(body: dict[str, Any], conversation: int, user: int) -> None:
    forwarded = {"forwarded_from": "somebody", **_pair("forwarded_from_", user)}
    asked = {"conversation_id": conversation, **body, **forwarded}
    assert _up_and_down(LENSES["messages.send"], {}, {}, asked) == ({}, {}, asked)


@settings(max_examples=COUNT)
@given(users)
def test_blocking_and_unblocking(user: int) -> None:
    asked = {"reason": None, **_pair("blocked_", user, beside="blocked_user_id")}
    assert _up_and_down(LENSES["blocks.create"], {}, {}, asked) == ({}, {}, asked)
    path = {key: str(value) for key, value in _pair("blocked_", user).items()}
    assert _up_and_down(LENSES["blocks.delete"], path, {}, None) == (path, {}, None)


@settings(max_examples=COUNT)
@given(st.booleans(), st.dictionaries(st.sampled_from(["limit", "after", "before_id"]), st.text()))
def test_typing_and_paging(is_typing: bool, query: dict[str, str]) -> None:
    typing = {} if is_typing else {"is_typing": "false"}
    assert _up_and_down(LENSES["typing.set"], {}, typing, None) == ({}, typing, None)
    assert _up_and_down(LENSES["messages.list"], {}, query, None) == ({}, query, None)


NOUN = lens(
    rename("body", new="old"),
    person("body.people[]", beside="user_id"),
    person("body", modern="owner_user_id", legacy="owner_"),
)


@settings(max_examples=COUNT)
@given(opaque, st.lists(users), users)
def test_the_other_way_round(body: dict[str, Any], people: list[int], owner: int) -> None:
    modern = {**body, "people": [{"user_id": u} for u in people], "owner_user_id": owner, "new": 1.5}
    down = NOUN.to_legacy(_document({}, {}, modern), ROSTER)
    assert _plain(NOUN.to_modern(NOUN.draft(down), ROSTER)) == ({}, {}, modern)


def test_the_caller_alone_is_named_as_it_asked() -> None:
    roster = ROSTER._replace(caller=Caller(1, Profile("student", 5)))
    told = NOUN.to_legacy(_document({}, {}, {"people": [{"user_id": 1}, {"user_id": 2}]}), roster)
    assert _plain(told)[2]["people"] == [
        {"user_id": 1, "profile_id": 5, "profile_type": "student"},
        {"user_id": 2, "profile_id": 5, "profile_type": "tutor"},
    ]


def test_a_fold_has_no_way_back_and_needs_none() -> None:
    count = each("body", lambda node, _: node.update(total=len(node)))
    told = lens(count).to_legacy(_document({}, {}, {"a": 1}), ROSTER)
    assert _plain(told)[2] == {"a": 1, "total": 1}


def test_nothing_changes_nothing() -> None:
    assert SAME.to_legacy(document := _document({}, {"a": "b"}, {"c": 1}), ROSTER) is document
    assert SAME.draft(document) is document
