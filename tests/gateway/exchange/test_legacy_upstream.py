"""In front of the old backend: it checks nobody, so it is checked here, for clients of every shape."""

import json
from typing import Any

import pytest

from adapters import OPERATIONS
from adapters.legacy_upstream import LEGACY_UPSTREAM
from contracts.model.errors import Forbidden, GatewayError, NotFound, RateLimited, Unavailable, Unsupported
from contracts.model.http import Response
from gateway.exchange.legacy_upstream import KEPT_S, LegacyUpstream, nothing_known
from gateway.exchange.routes import fill
from tests.support.fakes import ask
from tests.support.replay_legacy import OldBackend, Story, by_role, old_gateway

ABEL = "profile_id=5&profile_type=student&user_id=1"
BY_NAME = {row.name: row for row in OPERATIONS}
ABOUT = [row for row in LEGACY_UPSTREAM if row.where]
BODIES: dict[str, Any] = {
    "messages.send": {"conversation_id": 14, "content": "a"},
    "polls.create": {"conversation_id": 14},
    "call_logs.create": {"conversation_id": 14},
}
#: Where the caller is no member: everything is about conversation 14.
STRANGE = Story(
    message=[{"conversation_id": 14, "sender_user_id": 2, "type": "tutor", "id": 5, "deleted": False}],
    poll=[{"conversation_id": 14}],
    call=[{"conversation_id": 14}],
)


async def test_a_legacy_client_passes_with_its_identity_checked() -> None:
    answer = {"blocked": [{"id": 1, "reason": "1.10"}]}
    upstream = OldBackend(blocks__list=answer)
    told = await ask(old_gateway(upstream), "GET", "/api/chat/blocked", ABEL)
    assert json.loads(told.body) == answer
    assert upstream.sent[0]["query"] == {"profile_id": "5", "profile_type": "student", "user_id": "1"}


@pytest.mark.parametrize(
    "query", ["profile_id=5&profile_type=tutor", "profile_id=99&profile_type=student", f"{ABEL[:-1]}2"]
)
async def test_nobody_acts_as_somebody_else(query: str) -> None:
    upstream = OldBackend()
    with pytest.raises(Forbidden):
        await ask(old_gateway(upstream), "GET", "/api/chat/blocked", query)
    assert upstream.sent == []


@pytest.mark.parametrize(
    "claim", ["profile_id=1&profile_type=parent", "", "profile_id=undefined&profile_type=tutor"]
)
async def test_the_fallback_of_old_clients_does_not_get_there(claim: str) -> None:
    """Parent 1 may be somebody: the caller is asked for in a role of its own."""
    upstream = OldBackend()
    await ask(old_gateway(upstream), "GET", "/api/chat/sessions", claim, X_Chat_API="legacy")
    assert {(one["query"]["profile_type"], one["query"]["profile_id"]) for one in upstream.sent} == {
        ("tutor", "7")
    }


@pytest.mark.parametrize("row", [row for row in ABOUT if BY_NAME[row.name].legacy], ids=lambda row: row.name)
async def test_a_stranger_of_the_conversation_is_refused(row: Any) -> None:
    operation = BY_NAME[row.name]
    assert operation.legacy is not None
    values = {name: "14" if name == "conversation_id" else "6" for name in operation.legacy.parameters}
    values |= {name: "student" for name in operation.legacy.parameters if name.endswith("type")}
    query = f"{ABEL}&conversation_id=14&call_type=voice" if row.name == "calls.create" else ABEL
    body = BODIES.get(row.name, None if operation.legacy.method in ("GET", "DELETE") else {})
    upstream = OldBackend()
    with pytest.raises(Forbidden):
        await ask(
            old_gateway(upstream, STRANGE),
            operation.legacy.method,
            fill(operation.legacy.template, values),
            query,
            body,
            X_Chat_API="legacy",
        )
    assert upstream.sent == []


@pytest.mark.parametrize("row", [row for row in ABOUT if row.handler], ids=lambda row: row.name)
async def test_a_modern_stranger_is_refused_too(row: Any) -> None:
    operation = BY_NAME[row.name]
    assert operation.modern is not None
    values = {name: "14" if name == "conversation_id" else "6" for name in operation.modern.parameters}
    bodies: dict[str, Any] = {
        "messages.send": {"content": "a"},
        "calls.create": {"conversation_id": 14, "call_type": "voice"},
        "participants.add": {"participant_user_ids": [4]},
        "calls.update": {"status": "ended"},
        "conversations.mute": {"is_muted": True},
        "typing.set": {"is_typing": True},
    }
    body = bodies.get(
        row.name, BODIES.get(row.name, None if operation.modern.method in ("GET", "DELETE") else {})
    )
    upstream = OldBackend()
    with pytest.raises(Forbidden):
        await ask(
            old_gateway(upstream, STRANGE),
            operation.modern.method,
            fill(operation.modern.template, values),
            "",
            body,
            X_Chat_API="2.1",
        )
    assert upstream.sent == []


async def test_a_legacy_client_acts_in_the_role_by_which_it_is_a_member() -> None:
    upstream = OldBackend()
    with pytest.raises(Forbidden):
        await ask(
            old_gateway(upstream),
            "PUT",
            "/api/chat/conversations/11/mute",
            "profile_id=7&profile_type=tutor&muted=true",
        )
    assert upstream.sent == []


async def test_somebody_elses_settings_are_the_four_that_concern_others() -> None:
    stored = {"who_can_message": "none", "read_receipts": False, "mute_until": None}
    upstream = OldBackend(settings__get={"settings": stored})
    told = await ask(
        old_gateway(upstream),
        "GET",
        "/api/chat/settings",
        "profile_id=5&profile_type=tutor",
        X_Chat_API="legacy",
    )
    assert json.loads(told.body)["settings"] == {
        "who_can_message": "none",
        "allow_calls_from": "everyone",
        "disable_forwarding": False,
        "block_screenshots": False,
    }
    assert all("user_id" not in one["query"] for one in upstream.sent)


async def test_what_only_old_clients_ask_is_said_in_routes_that_there_are() -> None:
    upstream = OldBackend()
    await ask(old_gateway(upstream), "DELETE", "/api/chat/conversations/11", ABEL)
    assert upstream.names == ["history.clear"]


@pytest.mark.parametrize(
    ("path", "told"),
    [
        ("/api/chat/contacts", {"contacts": [], "total": 0}),
        ("/api/chat/security/two-step", {"enabled": False}),
    ],
)
async def test_a_person_without_a_role_has_nothing_there(path: str, told: dict[str, Any]) -> None:
    upstream = OldBackend()
    for shape in ("2.1", "legacy"):
        answer = await ask(old_gateway(upstream), "GET", path, "", by=7, X_Chat_API=shape)
        assert json.loads(answer.body).items() >= told.items()
    assert upstream.sent == []


@pytest.mark.parametrize("shape", ["2.1", "legacy"])
async def test_a_person_without_a_role_can_change_nothing_there(shape: str) -> None:
    with pytest.raises(Unsupported, match="without a role"):
        await ask(
            old_gateway(OldBackend()),
            "PUT",
            "/api/chat/settings",
            "",
            {"settings": {}},
            by=7,
            X_Chat_API=shape,
        )


@pytest.mark.parametrize(
    ("status", "body", "becomes"),
    [
        (500, b'{"detail": ""}', 403),
        (500, b'{"detail": "403: You are not allowed"}', 403),
        (500, b'{"detail": "404: Message not found"}', 404),
        (500, b'{"detail": "relation x does not exist"}', 502),
        (500, b"Internal Server Error", 502),
        (403, b'{"detail": "Only admins can update group"}', 403),
        (422, b'{"detail": [{"loc": ["query", "profile_id"], "msg": "Field required"}]}', 422),
    ],
)
def test_whose_fault_a_refusal_is(status: int, body: bytes, becomes: int) -> None:
    refused = LegacyUpstream([], [], nothing_known, lambda upstream: upstream).refusal(
        Response(status, (), body)
    )
    assert refused.status == becomes
    assert "relation" not in refused.message


async def test_without_the_database_nothing_is_decided() -> None:
    upstream = OldBackend()

    async def away(name: str, *values: Any) -> None:
        return None

    with pytest.raises(Unavailable):
        await ask(old_gateway(upstream, away), "GET", "/api/chat/messages/11", ABEL)
    assert upstream.sent == []


async def test_members_are_read_once_and_again_when_they_change() -> None:
    story, upstream = Story(), OldBackend(typing__get={"typing_users": [], "is_someone_typing": False})
    gateway = old_gateway(upstream, story)
    for _ in range(3):
        await ask(gateway, "GET", "/api/chat/conversations/11/typing", ABEL)
    assert story.asked == [("members", 11)]
    await ask(gateway, "DELETE", "/api/chat/conversations/11/history", ABEL)
    await ask(gateway, "GET", "/api/chat/conversations/11/typing", ABEL)
    assert story.asked == [("members", 11)] * 2
    assert KEPT_S <= 30


async def test_who_is_not_yet_a_member_is_looked_up_again() -> None:
    rows: list[dict[str, Any]] = []
    upstream = OldBackend(messages__list={"messages": [], "has_more": False, "total_count": 0})
    gateway = old_gateway(upstream, Story(members=lambda conversation: list(rows)))
    with pytest.raises(Forbidden):
        await ask(gateway, "GET", "/api/chat/messages/11", ABEL)
    rows += await Story()("members", 11) or []
    await ask(gateway, "GET", "/api/chat/messages/11", ABEL)


async def test_files_are_refused() -> None:
    gateway = old_gateway(OldBackend())
    with pytest.raises(GatewayError) as refusal:
        await ask(gateway, "GET", "/api/chat/search", f"{ABEL}&q=x")
    assert refusal.value.status == 501


async def test_an_unknown_message_is_not_found() -> None:
    with pytest.raises(NotFound):
        await ask(old_gateway(OldBackend(), Story(message=[])), "POST", "/api/chat/messages/9/pin", ABEL)


async def test_a_role_that_answers_nonsense_is_the_upstreams_fault() -> None:
    upstream = OldBackend(contacts__list=by_role({"tutor_7": {"contacts": [], "total": 0}}, {"contacts": 5}))
    with pytest.raises(GatewayError) as refusal:
        await ask(old_gateway(upstream), "GET", "/api/chat/contacts", "", X_Chat_API="2.1")
    assert refusal.value.status == 502


VERIFY = "/api/chat/security/two-step/verify"


@pytest.mark.parametrize(("path", "shape"), [(VERIFY, "2.1"), (f"{VERIFY}?{ABEL}", "legacy")])
async def test_nobody_tries_all_passwords(path: str, shape: str) -> None:
    wrong = {"verified": False, "error": "Incorrect password"}
    upstream = OldBackend(two_step__get={"enabled": True}, two_step__verify=wrong)
    gateway = old_gateway(upstream)
    route, _, query = path.partition("?")
    for _ in range(5):
        await ask(gateway, "POST", route, query, {"password": "guess"}, X_Chat_API=shape)
    with pytest.raises(RateLimited):
        await ask(gateway, "POST", route, query, {"password": "guess"}, X_Chat_API=shape)
    assert upstream.names.count("two_step.verify") == 5
    await ask(gateway, "POST", route, "", {"password": "guess"}, by=2, X_Chat_API=shape)


async def test_a_refused_value_names_no_parameter_of_the_old_backend() -> None:
    detail = b'{"detail": [{"loc": ["query", "profile_id"], "msg": "Field required"}]}'
    upstream = OldBackend(conversations__mute=lambda *_: Response(422, (), detail))
    with pytest.raises(GatewayError) as refusal:
        await ask(
            old_gateway(upstream),
            "PUT",
            "/api/chat/conversations/11/mute",
            "",
            {"is_muted": True},
            X_Chat_API="2.1",
        )
    assert (refusal.value.status, "profile" in refusal.value.message) == (422, False)
