"""The exchanges turned round: a modern client in front of the old backend, every operation both ways."""

import json
from typing import Any
from urllib.parse import urlencode

import pytest

from adapters import OPERATIONS
from adapters.legacy_upstream import LEGACY_UPSTREAM
from contracts.model.errors import Unsupported
from contracts.model.roster import in_preference
from tests.support.fakes import EXCHANGES, FakeDirectory, ask, load_people
from tests.support.openapi import check, load
from tests.support.replay import legacy_examples
from tests.support.replay_legacy import HEAD, OldBackend, Story, by_role, old_gateway

ROWS = {row.name: row for row in LEGACY_UPSTREAM}
#: What a role answers that has nothing of its own.
EMPTY: dict[str, Any] = {
    "contacts.list": {"contacts": [], "total": 0},
    "connection_requests.list": {
        "sent_requests": [],
        "received_requests": [],
        "sent_count": 0,
        "received_count": 0,
    },
    "conversations.list": {"conversations": []},
    "calls.list": {"calls": []},
    "blocks.list": {"blocked": []},
    "sessions.list": {"sessions": []},
    "sessions.terminate_others": {"success": True, "terminated_count": 0},
    "settings.get": {"settings": {"who_can_message": "everyone"}},
    "two_step.get": {"enabled": False, "email": None, "has_password": False},
}
#: Where the answer may differ from the one of an exchange, and why.
DECLARED: dict[str, tuple[str, ...]] = {
    "*": ("$.message",),  # the wording
    "typing.get": ("$.typing_users[0].avatar",),  # the directory's picture, not the backend's
    "conversations.get": ("$.other_user.",),  # presence comes from another answer
    "data.delete": ("$.conversations_cleared",),  # counted for each role
    "settings.put": ("$.settings.",),  # read again after the change, here from a recording
    # Decided here, not there; who began it stands in the other answer.
    "conversations.create": ("$.rejected_participants", "$.added_participants", "$.conversation.created_by"),
}
#: The recording is a second page; here the pages of all roles are cut anew.
PAGED = "groups only, and a second page: no contacts"
CASES = [
    pytest.param(file.stem, case, id=f"{file.stem}: {case['case']}")
    for file in sorted(EXCHANGES.glob("legacy/*.json"))
    for case in json.loads(file.read_text("utf-8"))["exchanges"]
    if isinstance(case["modern_request"], dict) and ROWS[file.stem].handler and not ROWS[file.stem].invented
]


def _directory() -> FakeDirectory:
    """Where Abel is a student first, as in the exchanges."""
    people = load_people()
    order = ("student", "tutor", "parent", "advertiser")
    people[1] = people[1]._replace(roles=in_preference(people[1].roles, order))
    return FakeDirectory(people)


def _facts(modern: Any) -> Story:
    """The database that belongs to the answer of an exchange: who reacted, and who wrote what is quoted."""
    messages = [one for key in ("messages", "pinned_messages") for one in _list(modern, key)]
    reactions = [
        {"message_id": one["id"], "reaction": reaction["reaction"], "user_id": user}
        for one in messages
        for reaction in one["reactions"]
        for user in reaction["user_ids"]
    ]
    senders = [
        {"id": one["reply_to"]["id"], "sender_user_id": one["reply_to"]["sender_user_id"]}
        for one in messages
        if one["reply_to"]
    ]
    mine = [{"reaction": name, "type": "student", "id": 5} for name in ("👍", "laugh")]
    blocks = [{"my_type": "student", "my_id": 5, "type": "student", "id": 9}]
    others = [{"id": 11, "user_id": 2}]
    return Story(reactions=reactions, senders=senders, my_reactions=mine, blocks=blocks, others=others)


def _list(modern: Any, key: str) -> list[Any]:
    return modern.get(key, []) if isinstance(modern, dict) else []


def _backend(name: str, case: dict[str, Any]) -> OldBackend:
    answers = {key: body for key, (_, body) in legacy_examples().items() if body is not None}
    answers |= {
        key: by_role({"student_5": answers[key]}, body) for key, body in EMPTY.items() if key in answers
    }
    own, modern = case["legacy_response"], case["modern_response"]
    enabled = name != "two_step.enable"
    answers |= {
        "two_step.get": {"enabled": enabled, "email": None, "has_password": enabled},
        "call_logs.list": {"success": True, "call_logs": [_call(modern)]},
        "conversations.get": HEAD | _head(modern),
        "presence.bulk": {"statuses": dict.fromkeys(("tutor_5", "parent_9", "parent_5"), own)},
    }
    target = "target_user_id" in case["modern_request"]["query"]
    answers[name] = by_role({"student_5": own}, EMPTY[name]) if name in EMPTY and not target else own
    upstream = OldBackend()
    upstream.answers |= answers
    return upstream


def _head(modern: Any) -> Any:
    """The conversation of an answer in 2.1 as the old backend has it."""
    found = dict(modern.get("conversation", {})) if isinstance(modern, dict) else {}
    return {**found, "created_by_profile_id": 5, "created_by_profile_type": "student"} if found else {}


def _call(modern: Any) -> Any:
    """The log's entry of the call that an exchange begins or changes."""
    found = modern.get("call", {}) if isinstance(modern, dict) else {}
    return {**found, "caller_profile_id": 5, "caller_profile_type": "student"}


async def _play(name: str, case: dict[str, Any]) -> tuple[OldBackend, Any]:
    asked, upstream = case["modern_request"], _backend(name, case)
    gateway = old_gateway(upstream, _facts(case["modern_response"]), _directory())
    query = urlencode(asked["query"])
    told = await ask(
        gateway, asked["method"], asked["path"], query, asked["body"], by=case["by"], X_Chat_API="2.1"
    )
    return upstream, json.loads(told.body)


def _differences(got: Any, want: Any, place: str = "$") -> set[str]:
    if isinstance(got, dict) and isinstance(want, dict):
        keys = sorted({*got, *want})
        return {
            found for key in keys for found in _differences(got.get(key), want.get(key), f"{place}.{key}")
        }
    if isinstance(got, list) and isinstance(want, list) and len(got) == len(want):
        pairs = enumerate(zip(got, want, strict=True))
        return {found for index, pair in pairs for found in _differences(*pair, f"{place}[{index}]")}
    return set() if got == want else {place}


@pytest.mark.parametrize(("name", "case"), CASES)
async def test_the_legacy_answer_becomes_the_modern_one(name: str, case: dict[str, Any]) -> None:
    _, told = await _play(name, case)
    declared = DECLARED["*"] + DECLARED.get(name, ())
    found = _differences(told, case["modern_response"]) if case["case"] != PAGED else set()
    assert [place for place in found if not place.startswith(declared)] == []


@pytest.mark.parametrize(("name", "case"), CASES)
async def test_the_answer_conforms_to_2_1(name: str, case: dict[str, Any]) -> None:
    _, told = await _play(name, case)
    check(load(), name, 200, told)


@pytest.mark.parametrize(("name", "case"), CASES)
async def test_every_request_names_a_role_of_the_caller_and_no_user_of_2_1(
    name: str, case: dict[str, Any]
) -> None:
    upstream, _ = await _play(name, case)
    roles = {(role.profile.type, str(role.profile.id)) for role in load_people()[case["by"]].roles}
    for one in upstream.sent:
        query = one["query"]
        assert (query["profile_type"], query["profile_id"]) in roles or name == "settings.get"
        assert query.get("user_id") == str(case["by"]) or name == "settings.get"


def test_the_three_tables_name_the_same_operations() -> None:
    assert set(ROWS) == {row.name for row in OPERATIONS}


@pytest.mark.parametrize("row", [row for row in LEGACY_UPSTREAM if row.cannot], ids=lambda row: row.name)
async def test_what_the_old_backend_cannot_do_is_a_501_that_says_so(row: Any) -> None:
    operation = next(one for one in OPERATIONS if one.name == row.name)
    assert operation.modern is not None
    if operation.public or operation.upload:
        return  # streams; see the tests of the exchange
    path = operation.modern.template.replace("{conversation_id}", "11")
    with pytest.raises(Unsupported, match=row.cannot):
        await ask(old_gateway(OldBackend()), operation.modern.method, path, "", {}, X_Chat_API="2.1")
