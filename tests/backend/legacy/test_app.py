"""The old service on the legacy schema and on a migrated one: what each operation does, and its habits."""

import secrets
from collections.abc import Awaitable, Callable
from typing import Any

import pytest
from aiohttp import ClientSession

from backend.legacy.app import create_app
from backend.legacy.presence import TYPING_S
from backend.legacy.serve import running
from demo.stage import LEGACY
from tests.backend.conftest import KEY, SECRET, Clock, token

LEGACY_STORY = "\n".join(file.read_text("utf-8") for file in LEGACY)
ABEL, ABEL_TUTOR, BEZA, CHALA, DESTA, FIKRU = (
    ("student", 5, 1),
    ("tutor", 7, 1),
    ("tutor", 5, 2),
    ("student", 6, 3),
    ("parent", 5, 4),
    ("tutor", 8, 6),
)
Who = tuple[str, int, int]
Ask = Callable[..., Awaitable[Any]]


@pytest.fixture(params=["legacy", "migrated"])
def dsn(request: pytest.FixtureRequest, make_database: Callable[..., str]) -> str:
    if request.param == "migrated":
        return make_database(template=request.getfixturevalue("migrated_template"))
    return make_database(LEGACY_STORY)


@pytest.fixture
async def client(dsn: str, clock: Clock, aiohttp_client: Any) -> Any:
    return await aiohttp_client(create_app(dsn, SECRET, encryption_keys=KEY, clock=clock))


@pytest.fixture
def ask(client: Any) -> Ask:
    """``ask(who, method, path, body, status=200, **query)`` under ``/api``."""

    async def send(
        who: Who, method: str, path: str, body: Any = None, status: int = 200, **query: object
    ) -> Any:
        identity = {"profile_id": who[1], "profile_type": who[0], "user_id": who[2], **query}
        params = {name: str(value) for name, value in identity.items()}
        headers = {"Authorization": f"Bearer {token(who[2])}"}
        async with client.request(
            method, f"/api{path}", json=body, params=params, headers=headers
        ) as response:
            assert response.status == status, await response.text()
            return await response.json() if response.content_type == "application/json" else None

    return send


async def test_a_message_from_its_sending_to_its_end(ask: Ask) -> None:
    new = {"conversation_id": 11, "content": "Selam", "reply_to_id": 206, "media_metadata": {"width": 3}}
    sent = await ask(ABEL, "POST", "/chat/messages", new)
    assert (sent["content"], sent["sender_name"], "Z" in sent["created_at"]) == ("Selam", "abel_s", False)
    path = f"/chat/messages/{sent['message_id']}"
    await ask(ABEL, "PUT", path, {"content": "Selam!"})
    await ask(BEZA, "POST", f"{path}/reactions", {"reaction": "heart"})
    await ask(BEZA, "POST", f"{path}/pin")
    (found,) = [
        one
        for one in (await ask(BEZA, "GET", "/chat/messages/11"))["messages"]
        if one["id"] == sent["message_id"]
    ]
    assert (found["content"], found["is_edited"], found["is_mine"], found["is_pinned"]) == (
        "Selam!",
        True,
        False,
        True,
    )
    assert found["reactions"] == [{"reaction": "heart", "count": 1, "profile_ids": [5]}]
    assert (found["reply_to"]["sender_name"], found["original_content"][:6]) == ("Abel A", "gAAAAA")
    assert found["media_metadata"] == {"width": 3}
    shown = await ask(ABEL, "GET", "/chat/conversations/11")
    assert sent["message_id"] in [one["id"] for one in shown["pinned_messages"]]
    await ask(BEZA, "DELETE", f"{path}/reactions/heart")
    await ask(BEZA, "DELETE", f"{path}/pin")
    await ask(ABEL, "DELETE", path)
    left = (await ask(BEZA, "GET", "/chat/messages/11"))["messages"]
    assert sent["message_id"] not in [one["id"] for one in left]


@pytest.mark.parametrize(
    ("who", "method", "path", "body", "status", "detail"),
    [
        (ABEL_TUTOR, "GET", "/chat/messages/11", None, 403, "Not a participant of this conversation"),
        (CHALA, "GET", "/chat/conversations/11", None, 403, "Not a participant of this conversation"),
        (CHALA, "POST", "/chat/messages", {"conversation_id": 11, "content": "?"}, 500, ""),
        (ABEL, "POST", "/chat/messages", {"conversation_id": 15, "content": "?"}, 500, ""),
        (BEZA, "PUT", "/chat/messages/206", {"content": "?"}, 500, ""),
        (BEZA, "DELETE", "/chat/messages/99999", None, 500, ""),
        (CHALA, "POST", "/chat/conversations/11/participants", {"participants": []}, 500, ""),
        (CHALA, "PUT", "/chat/conversations/12", None, 403, "Only admins can update group"),
        (BEZA, "POST", "/chat/connection-requests/104/respond", None, 422, None),
        (ABEL, "GET", "/chat/conversations/99999/read-status", None, 404, "Conversation not found"),
        (ABEL, "DELETE", "/chat/sessions/99999", None, 404, "Session not found or not authorized"),
        (ABEL, "POST", "/chat/polls/501/vote", {"option_id": 9}, 400, "Invalid option for this poll"),
        (BEZA, "DELETE", "/chat/polls/501", None, 403, "Only the poll creator can delete the poll"),
        (ABEL, "POST", "/chat/security/two-step/forgot", None, 501, "This service sends no mail"),
        (ABEL, "POST", "/chat/messages", {"content": "?"}, 422, None),
    ],
    ids=lambda value: str(value)[:40],
)
async def test_a_refusal(
    ask: Ask, who: Who, method: str, path: str, body: Any, status: int, detail: str | None
) -> None:
    answer = await ask(who, method, path, body, status)
    assert detail is None or answer["detail"] == detail


async def test_it_believes_every_pair_and_reads_no_token(client: Any) -> None:
    async with client.get("/api/chat/messages/11?profile_id=5&profile_type=tutor&user_id=2") as answer:
        assert answer.status == 200
    async with client.get("/api/chat/messages/11") as answer:
        assert answer.status == 422


async def test_a_list_has_the_role_s_own_and_invents_entries(ask: Ask) -> None:
    rows = (await ask(ABEL, "GET", "/chat/conversations"))["conversations"]
    assert [one["id"] for one in rows] == [15, 12, 11, "connection-107"]
    assert rows[1]["participant_count"] == 3
    assert (rows[2]["display_name"], rows[2]["unread_count"], rows[2]["last_message"]["id"]) == (
        "beza_t",
        1,
        210,
    )
    (other,) = (await ask(ABEL_TUTOR, "GET", "/chat/conversations"))["conversations"]
    assert (other["id"], other["online_hidden"], other["last_seen_hidden"]) == (13, True, True)
    await ask(ABEL, "GET", "/chat/messages/11")
    unread = (await ask(ABEL, "GET", "/chat/conversations", filter_type="unread"))["conversations"]
    assert [one["id"] for one in unread] == [15]


async def test_a_group(ask: Ask) -> None:
    people = [
        {"profile_id": 6, "profile_type": "student", "user_id": 3},
        {"profile_id": 8, "profile_type": "tutor", "user_id": 6},
    ]
    made = await ask(ABEL, "POST", "/chat/groups", {"name": "Chess", "participants": people})
    assert [one["profile_id"] for one in made["added_participants"]] == [6]
    assert [one["profile_id"] for one in made["rejected_participants"]] == [8]
    path = f"/chat/conversations/{made['conversation_id']}"
    more = {"participants": [{"profile_id": 5, "profile_type": "tutor", "user_id": 2}]}
    assert len((await ask(ABEL, "POST", f"{path}/participants", more))["added"]) == 1
    await ask(ABEL, "PUT", path, name="Chess club")
    await ask(ABEL, "DELETE", f"{path}/participants/5/tutor")
    shown = await ask(CHALA, "GET", path)
    assert (shown["name"], [one["display_name"] for one in shown["participants"]]) == (
        "Chess club",
        ["abel_s", "chala_s"],
    )


async def test_a_direct_conversation_is_that_of_two_roles(ask: Ask) -> None:
    beza = {"profile_id": 5, "profile_type": "tutor", "user_id": 2}
    there = await ask(ABEL, "POST", "/chat/conversations", {"participants": [beza]})
    assert (there["conversation_id"], there["existing"]) == (11, True)
    new = await ask(ABEL_TUTOR, "POST", "/chat/conversations", {"participants": [beza]})
    assert (new["existing"], new["conversation_id"] != 11) == (False, True)
    oneself = {"participants": [{"profile_id": 7, "profile_type": "tutor", "user_id": 1}]}
    await ask(ABEL, "POST", "/chat/conversations", oneself, 400)


async def test_what_a_conversation_is_to_a_role(ask: Ask) -> None:
    await ask(ABEL, "PUT", "/chat/conversations/11/mute", muted="true")
    await ask(ABEL, "DELETE", "/chat/conversations/11/history")
    (row,) = [
        one for one in (await ask(ABEL, "GET", "/chat/conversations"))["conversations"] if one["id"] == 11
    ]
    assert (row["is_muted"], row.get("last_message")) == (True, None)
    assert (await ask(ABEL, "GET", "/chat/messages/11"))["messages"] == []
    assert len((await ask(BEZA, "GET", "/chat/messages/11"))["messages"]) == 9
    await ask(BEZA, "PUT", "/chat/conversations/11/archive", archived="true")
    assert 11 not in [one["id"] for one in (await ask(ABEL, "GET", "/chat/conversations"))["conversations"]]
    status = await ask(ABEL, "GET", "/chat/conversations/11/read-status")
    assert status["read_status"]["last_read_message_id"] == 210
    assert len((await ask(ABEL, "GET", "/chat/conversations/12/read-status"))["readers"]) == 2


async def test_people(ask: Ask) -> None:
    contacts = (await ask(ABEL, "GET", "/chat/contacts"))["contacts"]
    assert [(one["display_name"], one.get("conversation_id")) for one in contacts] == [
        ("chala_s", None),
        ("beza_t", 11),
    ]
    requests = await ask(ABEL, "GET", "/chat/connection-requests")
    assert (requests["sent_count"], requests["received_count"]) == (1, 3)
    number = requests["received_requests"][0]["connection_id"]
    answer = await ask(ABEL, "POST", f"/chat/connection-requests/{number}/respond", action="accept")
    assert answer["status"] == "accepted"
    await ask(ABEL, "POST", f"/chat/connection-requests/{number}/respond", status=404, action="accept")


async def test_a_block_and_its_end(ask: Ask) -> None:
    await ask(ABEL, "POST", "/chat/block", {"blocked_profile_id": 5, "blocked_profile_type": "tutor"})
    assert {one["blocked_user_id"] for one in (await ask(ABEL, "GET", "/chat/blocked"))["blocked"]} == {2, 8}
    await ask(BEZA, "POST", "/chat/messages", {"conversation_id": 11, "content": "?"}, 500)
    await ask(ABEL, "DELETE", "/chat/block/5/tutor")
    await ask(BEZA, "POST", "/chat/messages", {"conversation_id": 11, "content": "!"})


async def test_presence_and_typing(ask: Ask, clock: Clock) -> None:
    await ask(BEZA, "POST", "/chat/users/status/update", device_name="Safari", device_type="tablet")
    await ask(BEZA, "POST", "/chat/users/status/update")
    assert (await ask(ABEL, "GET", "/chat/users/5/tutor/status"))["is_online"]
    keys = "tutor_5,parent_5,nonsense"
    statuses = (await ask(ABEL, "GET", "/chat/users/online-status", profile_ids=keys))["statuses"]
    assert {key: one["is_online"] for key, one in statuses.items()} == {"tutor_5": True, "parent_5": False}
    assert statuses["parent_5"]["online_hidden"]
    await ask(ABEL, "POST", "/chat/conversations/11/typing", is_typing="true")
    (typist,) = (await ask(BEZA, "GET", "/chat/conversations/11/typing"))["typing_users"]
    assert typist["user_name"] == "Abel A"
    assert not (await ask(ABEL, "GET", "/chat/conversations/11/typing"))["is_someone_typing"]
    clock.now += TYPING_S
    assert not (await ask(BEZA, "GET", "/chat/conversations/11/typing"))["is_someone_typing"]
    assert (await ask(ABEL, "GET", "/chat/conversations/11/typing-allowed"))["can_broadcast_typing"]


async def test_devices(ask: Ask) -> None:
    made = await ask(ABEL, "POST", "/chat/sessions/register", device_name="Edge", device_type="desktop")
    listed = (await ask(ABEL, "GET", "/chat/sessions"))["sessions"]
    assert made["session_id"] in [one["id"] for one in listed]
    await ask(ABEL, "DELETE", f"/chat/sessions/{listed[-1]['id']}")
    await ask(ABEL, "DELETE", "/chat/sessions", current_session_token=made["session_token"])
    (left,) = (await ask(ABEL, "GET", "/chat/sessions"))["sessions"]
    assert left["device_name"] == "Edge"


async def test_settings_and_the_second_password(ask: Ask) -> None:
    body = {"profile_id": 5, "profile_type": "student", "settings": {"who_can_message": "none"}}
    await ask(ABEL, "PUT", "/chat/settings", body)
    settings = (await ask(BEZA, "GET", "/chat/settings", profile_id=5, profile_type="student"))["settings"]
    assert (settings["who_can_message"], settings["font_size"]) == ("none", "medium")
    security = "/chat/security/two-step"
    await ask(ABEL, "POST", f"{security}/enable", password="one", recovery_email="a@example.test")
    await ask(ABEL, "POST", f"{security}/change-password", current_password="one", new_password="two")
    await ask(ABEL, "POST", f"{security}/change-email", password="two", new_email="b@example.test")
    assert await ask(ABEL, "GET", security) == {
        "enabled": True,
        "email": "b@example.test",
        "has_password": True,
    }
    assert (await ask(ABEL, "POST", f"{security}/verify", {"password": "two"}))["verified"]
    await ask(ABEL, "POST", f"{security}/disable", status=403, password="one")
    await ask(ABEL, "POST", f"{security}/disable", password="two")
    await ask(ABEL, "POST", f"{security}/verify", {"password": "two"}, 404)


async def test_calls(ask: Ask) -> None:
    number = (await ask(ABEL, "POST", "/chat/calls", conversation_id=11, call_type="voice"))["call_id"]
    assert number in [one["id"] for one in (await ask(BEZA, "GET", "/chat/calls"))["calls"]]
    log = {
        "conversation_id": 11,
        "call_type": "video",
        "caller_profile_id": 5,
        "caller_profile_type": "student",
    }
    made = (await ask(ABEL, "POST", "/call-logs", log))["call_log_id"]
    await ask(ABEL, "PUT", f"/call-logs/{made}", {"status": "answered"})
    await ask(BEZA, "PUT", f"/call-logs/{made}", {"status": "ended"}, 403)
    (row,) = [one for one in (await ask(BEZA, "GET", "/call-logs/11"))["call_logs"] if one["id"] == made]
    assert (row["status"], row["is_caller"], row["caller_name"]) == ("answered", False, "Abel A")


async def test_polls(ask: Ask) -> None:
    new = {"conversation_id": 12, "question": "When?", "options": ["Now", "Then"]}
    poll = (await ask(ABEL, "POST", "/chat/polls", new))["poll"]
    path, option = f"/chat/polls/{poll['id']}", poll["options"][0]["id"]
    assert (await ask(CHALA, "POST", f"{path}/vote", {"option_id": option}))["action"] == "added"
    assert (await ask(CHALA, "POST", f"{path}/vote", {"option_id": option}))["action"] == "removed"
    await ask(ABEL, "POST", f"{path}/vote", {"option_id": option})
    # The bare number 5: student 5's vote is tutor 5's, too.
    assert (await ask(BEZA, "GET", path))["user_votes"] == [option]
    await ask(ABEL, "DELETE", f"{path}/vote", option_id=option)
    await ask(ABEL, "DELETE", f"{path}/vote", status=404, option_id=option)
    assert (await ask(ABEL, "PUT", f"{path}/end"))["poll"]["status"] == "ended"
    await ask(ABEL, "DELETE", path)
    assert poll["id"] not in [
        one["id"] for one in (await ask(ABEL, "GET", "/chat/polls/conversation/12"))["polls"]
    ]


async def test_everything_goes_for_one_role(ask: Ask) -> None:
    assert (await ask(ABEL, "DELETE", "/chat/data"))["conversations_cleared"] == 3
    assert (await ask(ABEL, "GET", "/chat/messages/12"))["messages"] == []
    assert (await ask(ABEL_TUTOR, "GET", "/chat/messages/13"))["messages"] != []


async def test_accounts_and_connections_read_tokens(ask: Ask, client: Any) -> None:
    assert (await ask(ABEL, "GET", "/me"))["role_ids"] == {"student": 5, "tutor": 7}
    assert len(await ask(ABEL, "GET", "/connections")) > 3
    async with client.get("/api/me") as answer:
        assert answer.status == 401


@pytest.mark.parametrize(
    ("host", "status"),
    [("chat.example", 403), ("", 403), ("127.0.0.1", 200), ("localhost:1", 200), ("[::1]:1", 200)],
)
async def test_it_answers_to_this_machine_s_names_only(client: Any, host: str, status: int) -> None:
    async with client.get("/health", headers={"Host": host}) as answer:
        assert answer.status == status


async def test_it_listens_on_this_machine_only(dsn: str) -> None:
    with pytest.raises(ValueError, match="loopback"):
        async with running(dsn, secrets.token_urlsafe(48), host="0.0.0.0"):
            raise AssertionError
    async with (
        running(dsn, SECRET) as url,
        ClientSession() as session,
        session.get(f"{url}/health") as answer,
    ):
        assert answer.status == 200
