"""Requests made from a contract and what is known."""

import pytest

from contracts.specs import openapi
from gateway.check.story import NO_BODY, NOT_TRIED, STORY, TEXT, Ask, Unknown, only_reads, request

SHAPES = {
    shape: {contract.name: contract for contract in openapi.operations(openapi.load(shape))}
    for shape in ("legacy", "2.1", "2.2")
}
ME = {"profile_id": 5, "profile_type": "student", "user_id": 1}
QUERY = "?profile_id=5&profile_type=student&user_id=1"


def ask(shape, name, **known):
    schemas = openapi.load(shape)["components"]["schemas"]

    def follow(schema):
        return schemas.get(schema.get("$ref", "").rpartition("/")[2], schema)

    return request(SHAPES[shape][name], known, follow)


@pytest.mark.parametrize(
    ("shape", "name", "known", "expected"),
    [
        ("legacy", "contacts.list", {}, Ask("GET", "/api/chat/contacts", NO_BODY)),
        ("legacy", "contacts.list", ME, Ask("GET", "/api/chat/contacts" + QUERY, NO_BODY)),
        ("2.1", "contacts.list", ME, Ask("GET", "/api/chat/contacts?user_id=1", NO_BODY)),
        ("legacy", "messages.list", {"conversation_id": 11}, Ask("GET", "/api/chat/messages/11", NO_BODY)),
        (
            "2.1",
            "messages.list",
            {"conversation_id": 11},
            Ask("GET", "/api/chat/conversations/11/messages", NO_BODY),
        ),
        (
            "legacy",
            "messages.send",
            {"conversation_id": 11, "content": TEXT},
            Ask("POST", "/api/chat/messages", {"conversation_id": 11, "content": TEXT}),
        ),
        (
            "2.1",
            "messages.send",
            {"conversation_id": 11, "content": TEXT},
            Ask("POST", "/api/chat/conversations/11/messages", {"content": TEXT}),
        ),
        (
            "legacy",
            "reactions.remove",
            {"own_message_id": 7, "message_id": 8, "reaction": "👍/"},
            Ask("DELETE", "/api/chat/messages/7/reactions/%F0%9F%91%8D%2F", NO_BODY),
        ),
        (
            "legacy",
            "conversations.mute",
            {"conversation_id": 11, "muted": False},
            Ask("PUT", "/api/chat/conversations/11/mute?muted=false", NO_BODY),
        ),
        (
            "legacy",
            "settings.put",
            ME | {"settings": {"read_receipts": True}},
            Ask(
                "PUT",
                "/api/chat/settings",
                {"profile_id": 5, "profile_type": "student", "settings": {"read_receipts": True}},
            ),
        ),
        (
            "2.2",
            "conversations.mute",
            {"conversation_id": 11, "user_id": 1, "is_muted": True},
            Ask("PUT", "/api/chat/conversations/11/mute?user_id=1", True),
        ),
        (
            "2.2",
            "messages.send",
            {"conversation_id": 11, "user_id": 1, "content": TEXT},
            Ask("POST", "/api/chat/messages?user_id=1", {"conversation_id": 11, "content": TEXT}),
        ),
        ("2.1", "profiles.get", ME, Ask("GET", "/api/student/5", NO_BODY)),
        (
            "2.1",
            "blocks.create",
            {"unblocked_user_id": 2},
            Ask("POST", "/api/chat/block", {"blocked_user_id": 2}),
        ),
    ],
)
def test_request(shape, name, known, expected):
    assert ask(shape, name, **known) == expected


@pytest.mark.parametrize(
    ("shape", "name", "known", "missing"),
    [
        ("legacy", "messages.list", {}, "conversation_id"),
        ("legacy", "messages.edit", {"message_id": 8, "content": TEXT}, "message_id"),
        ("legacy", "polls.delete", {"poll_id": 8}, "poll_id"),
        ("2.1", "blocks.delete", {"target_user_id": 2, "unblocked_user_id": 2}, "blocked_user_id"),
        ("legacy", "messages.send", {}, "conversation_id"),
    ],
)
def test_what_is_not_known_is_named(shape, name, known, missing):
    with pytest.raises(Unknown, match=missing):
        ask(shape, name, **known)


@pytest.mark.parametrize("shape", SHAPES)
def test_each_operation_is_read_told_or_left_out_for_a_reason(shape):
    left = {
        name
        for name, contract in SHAPES[shape].items()
        if not only_reads(contract) and name not in STORY and name not in NOT_TRIED
    }
    assert left == set(), "give these rows of adapters/legacy a trial: Trial(step=True) or not_tried(reason)"


def test_the_story_and_its_exceptions_are_of_operations():
    known = {name for shape in SHAPES.values() for name in shape}
    assert {*STORY, *NOT_TRIED} <= known
    assert set(STORY) & set(NOT_TRIED) == set()
