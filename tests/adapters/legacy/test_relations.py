"""Rows of the named read become entries of the legacy list: every kind, and who is shown once."""

from datetime import UTC, datetime
from typing import Any

import pytest

from adapters.legacy.relations import KINDS, related
from contracts.model.profile import Profile
from contracts.model.roster import Caller, Found, Roster
from contracts.model.synthetic import is_invented
from tests.support.fakes import load_people

AT = datetime(2026, 11, 20, 8, tzinfo=UTC)
PEOPLE = load_people()
#: Abel asks as student 5; user 99 has a row somewhere and no account.
ROSTER = Roster(Caller(1, Profile("student", 5)), Found({}, {**PEOPLE, 99: None}))


def row(kind: str, id_: int, user: int | None, status: str | None = None, **more: Any) -> dict[str, Any]:
    blank = dict.fromkeys(("role", "relationship_type", "pending_email", "pending_name"))
    return {"kind": kind, "id": id_, "user_id": user, "status": status, "at": AT, **blank, **more}


def invitation(kind: str, status: str, role: str | None = None) -> dict[str, Any]:
    return row(kind, 31, 4, status, role=role, relationship_type="Mother")


FAMILY, ENROLLED, REQUEST = ({f"is_{name}": True} for name in ("family", "enrolled", "session_request"))
PARENT, CHILD = {"is_parent_invitation": True}, {"is_child_invitation": True}
SENT = {"invitation_direction": "sent", "relationship_type": "Mother"}
RECEIVED = {"invitation_direction": "received", "relationship_type": "Mother"}
PARENT_SENT, PARENT_RECEIVED = "parent-invitation-sent", "parent-invitation-received"
CHILD_SENT, CHILD_RECEIVED = "child-invitation-sent", "child-invitation-received"
ROWS = [
    (row("family-parent", 9, 2), "family-parent-9", "Parent", FAMILY),
    (row("family-child", 6, 3), "family-child-6", "Child", FAMILY),
    (row("enrolled-student", 6, 3), "enrolled-student-6", "Enrolled Student", ENROLLED),
    (row("enrolled-parent", 9, 2), "enrolled-parent-9", "Student's Parent", ENROLLED),
    (row("enrolled-tutor", 5, 2), "enrolled-tutor-5", "My Tutor", ENROLLED),
    (row("child-tutor", 8, 6), "child-tutor-8", "Child's Tutor", ENROLLED),
    *(
        (row(kind, number, 3, status, role=role), id_, text, REQUEST | {"request_status": status})
        for kind, number, role, id_, other in (
            ("session-request", 3, "student", "session-request-3-student", "Session Request"),
            ("my-request-tutor", 8, None, "my-request-tutor-8", "Requested Tutor"),
        )
        for status, text in (
            ("pending", "Pending Request"),
            ("accepted", "Accepted Request"),
            ("rejected", other),
            (None, other),
        )
    ),
    *(
        (invitation(kind, status, role), f"{kind}-31", text, flag | way | {"request_status": status})
        for kind, status, role, text, flag, way in (
            (PARENT_SENT, "pending", "parent", "Pending Parent Invitation", PARENT, SENT),
            (PARENT_SENT, "accepted", "coparent", "Accepted Coparent", PARENT, SENT),
            (PARENT_SENT, "rejected", "coparent", "Coparent Invitation Sent", PARENT, SENT),
            (PARENT_RECEIVED, "pending", "coparent", "Pending Coparent Request", PARENT, RECEIVED),
            (PARENT_RECEIVED, "accepted", "parent", "Accepted Parent", PARENT, RECEIVED),
            (PARENT_RECEIVED, "expired", "parent", "Parent Invitation Received", PARENT, RECEIVED),
            (CHILD_SENT, "pending", None, "Pending Child Invitation", CHILD, SENT),
            (CHILD_SENT, "accepted", None, "Accepted Child", CHILD, SENT),
            (CHILD_SENT, "rejected", None, "Child Invitation Sent", CHILD, SENT),
            (CHILD_RECEIVED, "pending", None, "Pending Parent Request", CHILD, RECEIVED),
            (CHILD_RECEIVED, "accepted", None, "Accepted Parent", CHILD, RECEIVED),
            (CHILD_RECEIVED, "rejected", None, "Parent Invitation Received", CHILD, RECEIVED),
        )
    ),
]


@pytest.mark.parametrize(("found", "id_", "text", "more"), ROWS, ids=lambda value: str(value)[:40])
def test_every_kind(found: dict[str, Any], id_: str, text: str, more: dict[str, Any]) -> None:
    person = PEOPLE[found["user_id"]]
    name = person.legacy_name(person.profile)
    assert related([found], (), ROSTER) == [
        {
            "id": id_,
            "type": "direct",
            "display_name": name,
            "name": name,
            "role": person.profile.type,
            "avatar": person.avatar,
            "other_profile_id": person.profile.id,
            "other_profile_type": person.profile.type,
            "other_user_id": person.user_id,
            "last_message": None,
            "last_message_at": AT,
            "unread_count": 0,
            "is_muted": False,
            "is_pinned": False,
            "is_online": False,
            "last_seen": None,
            "online_hidden": False,
            "last_seen_hidden": False,
            "relationship": text,
            **more,
        }
    ]


UNREGISTERED = [
    ("parent-invitation-pending", "coparent", "parent", "Pending Coparent Invitation (New User)", PARENT),
    ("child-invitation-sent", None, "student", "Pending Child Invitation", CHILD),
]


@pytest.mark.parametrize(("kind", "invited_as", "role", "text", "flag"), UNREGISTERED)
@pytest.mark.parametrize(("name", "shown"), [("Lulit M", "Lulit M"), ("", "lulit@example.test")])
def test_somebody_without_an_account(
    kind: str,
    invited_as: str | None,
    role: str,
    text: str,
    flag: dict[str, Any],
    name: str,
    shown: str,
) -> None:
    email = "lulit@example.test"
    found = row(kind, 31, None, "pending", role=invited_as, pending_email=email, pending_name=name)
    (entry,) = related([found], (), ROSTER)
    assert (entry["id"], entry["display_name"], entry["pending_email"]) == (f"{kind}-31", shown, email)
    assert (entry["other_profile_id"], entry["other_profile_type"], entry["other_user_id"]) == (
        None,
        role,
        None,
    )
    assert (entry["relationship"], entry["invitation_direction"]) == (text, "sent")
    assert entry.items() >= flag.items()
    assert not entry.keys() & {"is_online", "last_seen", "online_hidden", "last_seen_hidden"}


PENDING, ANSWERED = invitation(PARENT_SENT, "pending"), invitation(PARENT_SENT, "accepted")
CHILD_4, TUTOR_4 = row("family-child", 6, 4), row("enrolled-tutor", 8, 4)


@pytest.mark.parametrize(
    ("rows", "known", "shown"),
    [
        ([CHILD_4, TUTOR_4], (), ["family-child-6"]),
        ([CHILD_4, ANSWERED], (), ["family-child-6"]),
        ([CHILD_4, PENDING], (), ["family-child-6", "parent-invitation-sent-31"]),
        ([PENDING, TUTOR_4], (), ["parent-invitation-sent-31"]),
        ([CHILD_4, TUTOR_4, ANSWERED], (4,), []),
        ([CHILD_4, PENDING], (4,), ["parent-invitation-sent-31"]),
        ([row("session-request", 3, 4, "pending", role="parent")], (4,), []),
        ([row("family-child", 5, 1)], (), []),
        ([row("enrolled-tutor", 3, 99), invitation(PARENT_SENT, "pending") | {"user_id": 99}], (), []),
    ],
    ids=[
        "two relations",
        "an answered invitation is one more relation",
        "a pending one is shown beside",
        "and counts",
        "known already",
        "known, and asked",
        "a pending session request is no invitation",
        "oneself",
        "nobody",
    ],
)
def test_everybody_once(rows: list[dict[str, Any]], known: tuple[int, ...], shown: list[str]) -> None:
    assert [entry["id"] for entry in related(rows, known, ROSTER)] == shown


@pytest.mark.parametrize("kind", KINDS)
def test_what_the_client_sends_back_is_understood(kind: str) -> None:
    (entry,) = related([row(kind, 8, 6, "pending", role="student")], (), ROSTER)
    assert is_invented(entry["id"])
