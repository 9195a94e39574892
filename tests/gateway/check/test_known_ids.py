"""What answers teach: rows of (operation, answer, what is known then)."""

import pytest

from contracts.model.profile import Profile
from gateway.check.known_ids import at_start, learn
from gateway.check.story import CONSTANTS

DIRECT = {
    "id": 11,
    "type": "direct",
    "unread_count": 0,
    "last_message": {"id": 210},
    "is_muted": True,
    "other_profile_id": 5,
    "other_profile_type": "tutor",
    "other_user_id": 2,
}
GROUP = {"id": 12, "type": "group", "unread_count": 0, "last_message": {"id": 1}}
MODERN = {**DIRECT, "other_user": {"user_id": 2, "name": "Beza B"}}
for _name in ("other_profile_id", "other_profile_type", "other_user_id"):
    del MODERN[_name]
FROM_DIRECT = {"conversation_id": 11, "muted": True, "target_user_id": 2, "partner_user_ids": [2]}


@pytest.mark.parametrize(
    ("operation", "body", "known"),
    [
        ("conversations.list", {"conversations": [GROUP, DIRECT]}, FROM_DIRECT | {"profile_ids": "tutor_5"}),
        ("conversations.list", [GROUP, MODERN], FROM_DIRECT | {"user_ids": "2"}),
        (
            "conversations.list",
            {"conversations": [DIRECT | {"id": "connection-9"}, GROUP]},
            {"conversation_id": 12},
        ),
        # Reading would mark the first one as read.
        (
            "conversations.list",
            [DIRECT | {"id": 14, "unread_count": 3}, DIRECT],
            FROM_DIRECT,
        ),
        ("conversations.list", [], {}),
        ("conversations.list", {"detail": "no"}, {}),
        ("contacts.list", {"contacts": [{"user_id": 3, "name": "C"}]}, {"target_user_id": 3}),
        (
            "contacts.list",
            {
                "contacts": [
                    {"contact_user_id": 3, "contact_profile_id": 6, "contact_profile_type": "student"}
                ]
            },
            {"target_user_id": 3, "target_profile_id": 6, "target_profile_ids": [6]},
        ),
        (
            "me.get",
            {"id": 1, "role_ids": {"student": 5, "tutor": 7}, "active_role": "tutor"},
            {"user_id": 1, "profile_type": "tutor", "profile_id": 7},
        ),
        ("me.get", {"id": 7, "role_ids": None}, {"user_id": 7}),
        ("messages.send", {"message_id": 260}, {"own_message_id": 260}),
        ("messages.send", {"id": 261}, {"own_message_id": 261}),
        ("messages.send", {"message": {"id": 262}, "id": None}, {"own_message_id": 262}),
        ("messages.send", "no", {}),
        ("polls.list", {"polls": []}, {}),
        ("polls.list", {"polls": [{"id": 501}]}, {"poll_id": 501}),
        (
            "polls.create",
            {"poll": {"id": 502, "options": [{"id": 521}]}},
            {"own_poll_id": 502, "poll_id": 502, "option_id": 521},
        ),
        ("settings.get", {"settings": {"a": 1, "two_step_email": "x"}}, {"settings": {"a": 1}}),
        ("sessions.register", {"session_id": 4}, {"session_id": 4}),
        ("connections.list", [{"id": 106}], {"connection_id": 106}),
        ("typing.get", {"typing_users": []}, {}),
    ],
)
def test_learn(operation, body, known):
    found = {}
    learn(operation, body, found)
    assert {name: found.get(name) for name in known} == known
    if not known:
        assert found == {}


def test_the_profile_that_was_named_wins():
    known = at_start(None, Profile("tutor", 7))
    learn("me.get", {"id": 1, "role_ids": {"student": 5}, "active_role": "student"}, known)
    assert (known["profile_type"], known["profile_id"]) == ("tutor", 7)


@pytest.mark.parametrize(
    ("blocked", "may_be_blocked"),
    [
        ({"blocked": []}, True),
        ({"blocked": [{"blocked_user_id": 2}]}, False),
        ({"blocked_contacts": [{"user_id": 2}]}, False),
        ({"blocked_contacts": [{"user_id": 3}]}, True),
    ],
)
def test_whom_the_story_may_block(blocked, may_be_blocked):
    known = {"target_user_id": 2}
    learn("blocks.list", blocked, known)
    assert ("unblocked_user_id" in known) is may_be_blocked
    assert "own_blocked_user_id" not in known


def test_only_whom_it_blocked_it_unblocks():
    known = {"unblocked_user_id": 2}
    learn("blocks.create", {"success": True}, known)
    assert known["own_blocked_user_id"] == 2


@pytest.mark.parametrize(
    ("token", "user"),
    [
        (None, None),
        ("e30.eyJzdWIiOiIxIn0.x", 1),
        ("e30.eyJzdWIiOjJ9.x", 2),
        ("opaque", None),
        ("a.b.c", None),
        ("e30.e30.x", None),
        ("e30.W10.x", None),
    ],
)
def test_who_calls_is_read_from_the_token(token, user):
    assert at_start(token, None) == CONSTANTS | ({"user_id": user} if user else {})
