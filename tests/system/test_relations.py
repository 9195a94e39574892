"""The legacy list tells of relatives, tutors, requests and invitations; the modern one and other pages do not."""

from typing import Any

import pytest

from tests.support.openapi import check, load
from tests.system.conftest import Client, World

LEGACY = load("legacy")
#: Iskinder (9) is parent 11 of Kidan (11), student 11, whom Fikru (6), tutor 8, teaches. Hanna (8) asked Fikru for a
#: session. Iskinder invites Genet, who has no profile, and somebody without an account.
RELATED = """
UPDATE student_profiles SET parent_id = '{11}' WHERE id = 11;
UPDATE parent_profiles SET children_ids = '{11}' WHERE id = 11;
INSERT INTO tutor_packages (id, tutor_id, name) VALUES (900, 8, 'maths');
INSERT INTO enrolled_students (tutor_id, student_id, package_id) VALUES (8, 11, 900);
INSERT INTO requested_sessions (tutor_id, requester_id, requester_type) VALUES (8, 8, 'student');
INSERT INTO parent_invitations
    (id, inviter_user_id, invited_to_user_id, relationship_type, requested_as, pending_email, pending_first_name)
VALUES (901, 9, 7, 'Mother', 'coparent', NULL, NULL), (902, 9, NULL, 'Uncle', 'parent', 'lulit@example.test', 'Lulit');
INSERT INTO child_invitations (id, inviter_user_id, invited_to_user_id) VALUES (903, 9, 11);
"""


async def entries(client: Client, **query: Any) -> dict[str, Any]:
    """What the list invents, by id, without contacts."""
    answer = await client.get("/api/chat/conversations", **query)
    check(LEGACY, "conversations.list", 200, answer)
    listed = answer["conversations"]
    return {
        one["id"]: one
        for one in listed
        if isinstance(one["id"], str) and not one["id"].startswith("connection-")
    }


async def test_everybody_is_told_of_their_own_people(world: World) -> None:
    await world.sql(RELATED)
    parent = await entries(world.legacy(9, "parent"))
    assert {id_: one["relationship"] for id_, one in parent.items()} == {
        "family-child-11": "Child",
        "child-tutor-8": "Child's Tutor",
        "parent-invitation-sent-901": "Pending Coparent Invitation",
        "parent-invitation-pending-902": "Pending Parent Invitation (New User)",
        "child-invitation-sent-903": "Pending Child Invitation",
    }
    child = parent["family-child-11"]
    assert (child["display_name"], child["other_profile_type"], child["other_profile_id"]) == (
        "kidan_s",
        "student",
        11,
    )
    # Genet has no profile, Lulit not even an account.
    genet, lulit = parent["parent-invitation-sent-901"], parent["parent-invitation-pending-902"]
    assert (genet["other_profile_type"], genet["other_user_id"]) == ("user", 7)
    assert (lulit["display_name"], lulit["pending_email"]) == ("Lulit", "lulit@example.test")

    student = await entries(world.legacy(11, "student"))
    assert {id_: one["relationship"] for id_, one in student.items()} == {
        "family-parent-11": "Parent",
        "enrolled-tutor-8": "My Tutor",
        "child-invitation-received-903": "Pending Parent Request",
    }
    tutor = await entries(world.legacy(6, "tutor"))
    assert {id_: one["relationship"] for id_, one in tutor.items()} == {
        "enrolled-student-11": "Enrolled Student",
        "enrolled-parent-11": "Student's Parent",
        "session-request-8-student": "Pending Request",
    }
    asked = await entries(world.legacy(8, "student"))
    assert asked["my-request-tutor-8"]["relationship"] == "Pending Request"


@pytest.mark.parametrize(
    ("query", "told"),
    [
        ({}, True),
        ({"filter_type": "all"}, True),
        ({"filter_type": "direct"}, True),
        ({"filter_type": "groups"}, False),
        ({"filter_type": "unread"}, False),
        ({"offset": 50}, False),
    ],
)
async def test_only_on_the_first_page_of_people(world: World, query: dict[str, Any], told: bool) -> None:
    await world.sql(RELATED)
    assert bool(await entries(world.legacy(9, "parent"), **query)) == told


async def test_a_person_with_a_conversation_is_shown_once(world: World) -> None:
    """Abel and Beza have conversation 11: she is not listed again as his tutor, but her invitation waits."""
    await world.sql("""
        INSERT INTO tutor_packages (id, tutor_id, name) VALUES (900, 5, 'maths');
        INSERT INTO enrolled_students (tutor_id, student_id, package_id) VALUES (5, 5, 900);
        INSERT INTO child_invitations (id, inviter_user_id, invited_to_user_id) VALUES (903, 2, 1);
    """)
    assert set(await entries(world.legacy(1, "student"))) == {"child-invitation-received-903"}


async def test_a_conversation_starts_from_an_entry(world: World) -> None:
    """As the client does it; once there is a conversation the entry is gone."""
    await world.sql(RELATED)
    kidan = world.legacy(11, "student")
    parent = (await entries(kidan))["family-parent-11"]
    person = {
        "profile_id": parent["other_profile_id"],
        "profile_type": parent["other_profile_type"],
        "user_id": parent["other_user_id"],
    }
    await kidan.do("POST", "/api/chat/conversations", {"type": "direct", "participants": [person]})
    assert "family-parent-11" not in await entries(kidan)


async def test_the_old_clients_fallback_tells_nothing_of_the_profile_it_hits(world: World) -> None:
    """Kidan is user 11 and no parent; parent 11 is Iskinder. Only what is Kidan's own is told."""
    await world.sql(RELATED)
    fallback = world.client(11, {"profile_id": "11", "profile_type": "parent", "user_id": "11"})
    assert set(await entries(fallback)) == {"child-invitation-received-903"}


async def test_a_poll_costs_one_read_in_half_a_minute(world: World) -> None:
    await world.sql(RELATED)
    core: Any = world.stage.running.core
    for _ in range(3):
        assert await entries(world.legacy(9, "parent"))
    assert (core.events()["reads"], core.events()["reads_missed"]) == (1, 0)


async def test_without_the_tables_the_list_still_answers(world: World) -> None:
    await world.sql(
        "DROP TABLE enrolled_students, requested_sessions, parent_invitations, child_invitations;"
        "ALTER TABLE student_profiles DROP COLUMN parent_id; ALTER TABLE parent_profiles DROP COLUMN children_ids"
    )
    assert await entries(world.legacy(1, "student")) == {}
