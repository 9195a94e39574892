"""The 24 incidents of the night on which the API changed at once: each is a test by its number, here or elsewhere,
or a sentence why it cannot happen.
"""

import re
from pathlib import Path
from typing import Any

import pytest

from tests.support.openapi import check, load
from tests.system.conftest import World

ROOT = Path(__file__).parent.parent.parent
LEGACY = load("legacy")

#: Incidents that another test stands for: number -> file and name of the test.
ELSEWHERE = {
    10: ("tests/gateway/sockets/test_admission.py", "undefined"),
    12: ("tests/backend/test_sql.py", "def test_"),
    13: ("tests/backend/test_sql.py", "def test_"),
    14: ("tests/backend/test_sql.py", "def test_"),
    18: (
        "tests/gateway/sockets/test_bridge.py",
        "test_a_frame_of_a_call_reaches_every_socket_of_the_other_side",
    ),
    19: ("tests/gateway/sockets/test_bridge.py", "call_declined"),
    21: ("tests/migration", "def test_"),
}
#: Incidents that cannot happen here, and why.
CANNOT = {
    16: "A script that rewrote the client by regular expressions; here the legacy client stays as it is.",
}


async def test_01_a_client_that_does_not_know_its_ids_yet_is_served(world: World) -> None:
    bare = world.client(1, {})
    assert isinstance(await bare.get("/api/chat/conversations", filter_type="all"), list)
    await bare.get("/api/chat/connection-requests")


async def test_02_members_are_understood_as_profiles_and_as_users(world: World) -> None:
    old = [{"profile_id": 6, "profile_type": "student", "user_id": 3}]
    first = await world.legacy(1, "student").do("POST", "/api/chat/conversations", {"participants": old})
    again = await world.modern(1).do("POST", "/api/chat/conversations", {"participant_user_ids": [3]})
    assert first["conversation_id"] == again["conversation_id"]


async def test_03_a_new_conversation_has_its_id_where_the_old_client_looks(world: World) -> None:
    made = await world.legacy(1, "student").do(
        "POST", "/api/chat/conversations", {"participants": [{"profile_id": 6, "profile_type": "student"}]}
    )
    assert isinstance(made["conversation_id"], int)
    assert made["existing"] is False


async def test_04_a_sent_message_has_its_id_where_the_old_client_looks(world: World) -> None:
    body = {"conversation_id": 11, "message_type": "text", "content": "a"}
    assert isinstance(
        (await world.legacy(1, "student").do("POST", "/api/chat/messages", body))["message_id"], int
    )


async def test_05_ones_own_messages_are_ones_own(world: World) -> None:
    for client, path in (
        (world.legacy(1, "student"), "/api/chat/messages/11"),
        (world.modern(1), "/api/chat/conversations/11/messages"),
    ):
        messages = (await client.get(path))["messages"]
        assert {m["is_mine"] for m in messages if m["sender_user_id"] == 1} == {True}
        assert {m["is_mine"] for m in messages if m["sender_user_id"] == 2} == {False}


async def test_06_typing_is_set_in_the_query_and_in_the_body(world: World) -> None:
    path = "/api/chat/conversations/11/typing"
    await world.legacy(1, "student").do("POST", path, is_typing="true")
    assert (await world.modern(2).get(path))["typing_users"][0]["user_id"] == 1
    await world.modern(1).do("POST", path, {"is_typing": False})
    assert not (await world.legacy(2, "tutor").get(path))["is_someone_typing"]


SYNTHETIC = [
    "connection-107",
    "family-parent-9",
    "family-child-6",
    "tutor-5",
    "enrolled-student-6",
    "enrolled-tutor-5",
    "enrolled-parent-9",
    "child-tutor-5",
    "session-request-3-student",
    "my-request-tutor-5",
    "parent-invitation-sent-4",
    "child-invitation-received-4",
    "undefined",
]


@pytest.mark.parametrize("id_", SYNTHETIC)
async def test_07_an_id_that_the_list_invented_breaks_nothing(world: World, id_: str) -> None:
    abel = world.legacy(1, "student")
    assert (await abel.get(f"/api/chat/messages/{id_}"))["messages"] == []
    assert not (await abel.get(f"/api/chat/conversations/{id_}/typing"))["is_someone_typing"]
    assert (await abel.ask("POST", f"/api/chat/conversations/{id_}/typing", is_typing="true")).status == 200
    body = {"conversation_id": id_, "message_type": "text", "content": "hello"}
    sent = await abel.ask("POST", "/api/chat/messages", body)
    if "invitation" in id_ or id_ == "undefined":
        assert (sent.status, "$.body.conversation_id" in sent.body["detail"]) == (404, True)
    else:
        assert sent.status == 200
        assert isinstance(sent.body["conversation_id"], int)


async def test_08_presence_is_a_map_there_and_a_list_here(world: World) -> None:
    old = await world.legacy(1, "student").get(
        "/api/chat/users/online-status", profile_ids="tutor_5,parent_9"
    )
    new = await world.modern(1).get("/api/chat/users/online-status", user_ids="2")
    assert list(old["statuses"]) == ["tutor_5", "parent_9"]
    assert [status["user_id"] for status in new["statuses"]] == [2]


async def test_09_routes_that_the_client_invented_are_answered(world: World) -> None:
    abel = world.client(1, {})
    body = {"sender_profile_id": 5, "sender_profile_type": "student"}
    asked = {**body, "receiver_profile_id": 10, "receiver_profile_type": "tutor"}
    assert (await abel.do("POST", "/api/connections/request", asked))["status"] == "pending"
    await abel.do("DELETE", "/api/connections/delete", {"profile_id": 10, "profile_type": "tutor"})
    await abel.do("DELETE", "/api/chat/conversations/11")
    await abel.do("POST", "/api/chat/sessions/terminate-all", {})


async def test_11_a_heartbeat_without_a_body_is_heard(world: World) -> None:
    beza = world.legacy(2, "tutor")
    await beza.do("POST", "/api/chat/users/status/update", b"", device_name="Firefox", device_type="desktop")
    seen = await world.modern(1).get("/api/chat/users/online-status", user_ids="2")
    assert seen["statuses"][0]["is_online"]


async def test_15_polls_work_from_both_sides(world: World) -> None:
    old, new = world.legacy(1, "student"), world.modern(2)
    asked = {"conversation_id": 12, "question": "Tea?", "options": ["yes", "no"]}
    poll = (await old.do("POST", "/api/chat/polls", asked))["poll"]
    await new.do("POST", f"/api/chat/polls/{poll['id']}/vote", {"option_id": poll["options"][0]["id"]})
    seen = (await old.get("/api/chat/polls/conversation/12"))["polls"][0]
    assert seen["options"][0]["voters"] == [
        {"user_id": 2, "name": "beza_t", "profile_id": 5, "profile_type": "tutor"}
    ]


async def test_17_protection_against_screenshots_is_seen_by_the_other_side(world: World) -> None:
    await world.modern(2).do("PUT", "/api/chat/settings", {"settings": {"block_screenshots": True}})
    seen = await world.client(1, {}).get("/api/chat/settings", profile_id=5, profile_type="tutor")
    assert seen["settings"]["block_screenshots"] is True


@pytest.mark.parametrize("status", ["cancelled", "no_answer", "declined", "missed", "ended"])
async def test_20_either_side_may_write_the_call_log(world: World, status: str) -> None:
    caller, callee = world.legacy(1, "student"), world.legacy(2, "tutor")
    me = {"caller_profile_id": 5, "caller_profile_type": "student"}
    log = await caller.do(
        "POST", "/api/call-logs", {"conversation_id": 11, "call_type": "voice", "status": "initiated", **me}
    )
    await callee.do("PUT", f"/api/call-logs/{log['call_log_id']}", {"status": status})
    assert (await caller.get("/api/call-logs/11"))["call_logs"][0]["status"] == status


@pytest.mark.parametrize("role", ["student", "tutor"])
async def test_22_a_person_with_two_roles_asks_as_either(world: World, role: str) -> None:
    asked = {"receiver_profile_id": 10, "receiver_profile_type": "tutor"}
    made = await world.legacy(1, role).ask("POST", "/api/connections/request", asked)
    assert made.status == 200, made.text


async def test_23_avatars_are_there_whatever_the_role(world: World) -> None:
    listed = (await world.legacy(1, "tutor").get("/api/chat/conversations"))["conversations"]
    avatars: dict[int, Any] = {c["other_user_id"]: c["avatar"] for c in listed if c["type"] == "direct"}
    assert avatars[2] == "https://media.example.test/p/beza.png"


async def test_24_old_and_new_scripts_are_told_apart_request_by_request(world: World) -> None:
    old = await world.legacy(1, "student").get("/api/chat/conversations")
    new = await world.modern(1).get("/api/chat/conversations")
    check(LEGACY, "conversations.list", 200, old)
    assert isinstance(new, list)


def test_every_incident_has_its_answer() -> None:
    here = {int(n) for n in re.findall(r"def test_(\d\d)_", Path(__file__).read_text("utf-8"))}
    assert here | ELSEWHERE.keys() | CANNOT.keys() == set(range(1, 25))
    for path, text in ELSEWHERE.values():
        files = [ROOT / path] if path.endswith(".py") else sorted((ROOT / path).glob("test_*.py"))
        assert any(text in file.read_text("utf-8") for file in files), path
