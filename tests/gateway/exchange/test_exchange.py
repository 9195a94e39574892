"""The rules of who may act as whom, and what happens when somebody is away, through the whole straight line."""

import json
import re
from datetime import UTC, datetime
from typing import Any

import pytest

from adapters import OPERATIONS
from contracts.model.errors import (
    Forbidden,
    GatewayError,
    InvalidRequest,
    InvalidValue,
    NotFound,
    Unauthenticated,
    Unavailable,
    UpstreamFailed,
)
from contracts.model.http import JSON, Request, Response
from contracts.model.profile import Profile
from gateway.auth.tokens import KeysNeeded
from gateway.exchange.deprecation import Deprecation, Gone
from gateway.exchange.observation import Observation
from gateway.exchange.routes import fill
from tests.support.fakes import FakeDirectory, FakeTokens, FakeUpstream, ask, exchanges, load_people

P3 = "profile_id=5&profile_type=student&user_id=1"
ROWS = [row for row in OPERATIONS if row.legacy]
BODIES: dict[str, Any] = {
    "messages.send": {"conversation_id": 11, "content": "a"},
    "conversations.create": {"participants": []},
    "blocks.create": {"blocked_profile_id": 9, "blocked_profile_type": "student"},
    "settings.put": {"settings": {}},
}


async def _call(
    row: Any, query: str, *, by: int | None = 1, upstream: FakeUpstream | None = None
) -> Response:
    values = {n: "5" if n.endswith("_id") else "tutor" for n in row.legacy.parameters}
    body = BODIES.get(row.name, None if row.legacy.method in ("GET", "DELETE") else {})
    path = fill(row.legacy.template, values)
    gateway = exchanges(upstream or FakeUpstream([{}]))
    return await ask(gateway, row.legacy.method, path, query, body, by=by)


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row.name)
async def test_nobody_is_served_without_a_token(row: Any) -> None:
    with pytest.raises(Unauthenticated):
        await _call(row, P3, by=None)


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row.name)
@pytest.mark.parametrize(
    "query", ["profile_id=5&profile_type=tutor", "profile_id=99&profile_type=student", f"{P3[:-1]}2"]
)
async def test_nobody_acts_as_somebody_else(row: Any, query: str) -> None:
    upstream = FakeUpstream([{"settings": {"who_can_message": "none", "read_receipts": False}}])
    if row.claim_location == "query_target" and "user_id" not in query:
        told = json.loads((await _call(row, query, upstream=upstream)).body)
        assert set(told["settings"]) == {
            "who_can_message",
            "allow_calls_from",
            "disable_forwarding",
            "block_screenshots",
        }
        return
    with pytest.raises(Forbidden):
        await _call(row, query, upstream=upstream)
    assert upstream.sent == []


@pytest.mark.parametrize("row", [r for r in ROWS if r.modern], ids=lambda row: row.name)
async def test_a_modern_client_names_only_itself(row: Any) -> None:
    values = {n: "5" if n.endswith("_id") else "tutor" for n in row.modern.parameters}
    upstream = FakeUpstream()
    with pytest.raises(Forbidden, match=r"^\$\.query\.user_id"):
        await ask(
            exchanges(upstream),
            row.modern.method,
            fill(row.modern.template, values),
            "user_id=2",
            X_Chat_API="2.1",
        )
    assert upstream.sent == []


@pytest.mark.parametrize(
    ("path", "query", "body", "place"),
    [
        ("/api/chat/messages", P3, {"conversation_id": 11, "content": "x" * 65_537}, "$.body.content"),
        (
            "/api/chat/groups",
            P3,
            {
                "name": "G",
                "participants": [{"profile_id": n, "profile_type": "tutor"} for n in range(1, 1002)],
            },
            "$.body.participants",
        ),
        (
            "/api/chat/groups",
            "",
            {"name": "G", "participant_user_ids": [*range(1, 1002)]},
            "participant_user_ids",
        ),
    ],
)
async def test_what_is_over_the_contract_reaches_no_upstream(
    path: str, query: str, body: Any, place: str
) -> None:
    upstream = FakeUpstream()
    with pytest.raises(InvalidValue, match=re.escape(place)):
        await ask(exchanges(upstream), "POST", path, query, body)
    assert upstream.sent == []


@pytest.mark.parametrize("user", [99])
async def test_a_token_of_nobody_is_refused(user: int) -> None:
    with pytest.raises(Unauthenticated, match="Could not validate credentials"):
        await ask(exchanges(FakeUpstream()), "GET", "/api/chat/blocked", "", by=user)


class _Rotated(FakeTokens):
    """Its first look finds a key that is not known yet."""

    def read(self, authorization: str | None) -> Any:
        raise KeysNeeded

    async def read_async(self, authorization: str | None) -> Any:
        return FakeTokens().read(authorization)


async def test_a_key_that_was_just_published_is_fetched_not_refused() -> None:
    upstream = FakeUpstream([{"blocked_contacts": []}])
    gateway = exchanges(upstream, tokens=_Rotated())
    assert (await ask(gateway, "GET", "/api/chat/blocked", P3)).status == 200


async def test_a_deactivated_account_is_refused() -> None:
    people = load_people()
    people[1] = people[1]._replace(active=False)
    with pytest.raises(Forbidden, match="not active"):
        await ask(exchanges(FakeUpstream(), FakeDirectory(people)), "GET", "/api/chat/blocked", P3)


@pytest.mark.parametrize(
    "claim", ["profile_id=undefined&profile_type=tutor", "profile_id=null", "profile_id=NaN", ""]
)
async def test_without_a_claim_the_token_says_who_calls(claim: str) -> None:
    upstream = FakeUpstream([{"blocked_contacts": []}])
    await ask(exchanges(upstream), "GET", "/api/chat/blocked", claim)
    assert upstream.sent[0].target == "/api/chat/blocked?user_id=1"


async def test_the_old_clients_fallback_is_accepted_echoed_and_counted() -> None:
    upstream = FakeUpstream([{"broadcasted": True, "conversation_id": 11, "user_id": 3, "is_typing": True}])
    gateway = exchanges(upstream)
    query = "profile_id=3&profile_type=tutor"
    told = await ask(gateway, "POST", "/api/chat/conversations/11/typing", query, by=3)
    assert json.loads(told.body)["profile_type"] == "tutor"
    assert gateway.counters.fallbacks == 1
    assert "X-Chat-Profile" not in upstream.sent[0].headers


async def test_the_fallback_ends_where_the_caller_has_such_a_profile() -> None:
    with pytest.raises(Forbidden):
        await ask(
            exchanges(FakeUpstream()), "GET", "/api/chat/blocked", "profile_id=3&profile_type=student", by=3
        )


async def test_the_upstream_hears_the_role() -> None:
    upstream = FakeUpstream([{"blocked_contacts": []}])
    await ask(exchanges(upstream), "GET", "/api/chat/blocked", P3)
    assert upstream.sent[0].headers["X-Chat-Profile"] == "student:5"


async def test_a_clients_own_role_header_is_not_carried() -> None:
    upstream = FakeUpstream([{"blocked_contacts": []}])
    await ask(exchanges(upstream), "GET", "/api/chat/blocked", P3, X_Chat_Profile="tutor:5", X_User_Id="2")
    assert upstream.sent[0].headers["X-Chat-Profile"] == "student:5"
    assert "X-User-Id" not in upstream.sent[0].headers


@pytest.mark.parametrize(
    ("query", "body", "error"),
    [
        ("profile_id=5&profile_id=5&profile_type=student", None, InvalidRequest),
        (P3, {"profile_id": 7, "profile_type": "tutor", "settings": {}}, InvalidRequest),
        ("profile_id=5&profile_type=boss", None, InvalidValue),
        ("profile_id=٥&profile_type=student", None, InvalidValue),
        (P3, b'{"settings":{},"settings":{}}', InvalidRequest),
        (P3, b"{nonsense", InvalidRequest),
        (P3, b"\xff" * 1_000_000, InvalidRequest),
        (P3, b"[" * 1_000_000, InvalidRequest),
    ],
)
async def test_contradictions_and_garbage_are_refused(
    query: str, body: Any, error: type[GatewayError]
) -> None:
    upstream = FakeUpstream()
    with pytest.raises(error):
        await ask(exchanges(upstream), "PUT", "/api/chat/settings", query, body)
    assert upstream.sent == []


async def test_a_body_that_names_a_role_is_legacy() -> None:
    gateway, body = exchanges(FakeUpstream()), b'{"profile_id":5,"profile_type":"student","settings":{}}'
    plan = gateway.plan("PUT", "/api/chat/settings", "", {})
    assert plan.shape == "2.1"
    await gateway.answer(plan, Request("PUT", "/api/chat/settings", "", {"Authorization": "Bearer 1"}, body))
    assert plan.shape == "legacy"


async def test_after_the_sunset_such_a_body_is_too_late() -> None:
    upstream = FakeUpstream([{"settings": {}}])
    gateway = exchanges(upstream, deprecation=Deprecation(None, datetime(2020, 1, 1, tzinfo=UTC), None))
    body = {"profile_id": 5, "profile_type": "student", "settings": {}}
    with pytest.raises(Gone):
        await ask(gateway, "PUT", "/api/chat/settings", "", body)
    assert upstream.sent == []
    assert (await ask(gateway, "PUT", "/api/chat/settings", "", {"settings": {}})).status == 200


@pytest.mark.parametrize(
    ("query", "body", "shape"),
    [
        ("status=missed", b"", "legacy"),
        ("status=missed", b'{"status":"missed"}', "2.1"),
        ("user_id=1", b"", "2.1"),
    ],
)
async def test_an_old_client_that_names_nobody_is_known_by_what_stands_in_its_query(
    query: str, body: bytes, shape: str
) -> None:
    upstream = FakeUpstream([{"success": True, "call": {"id": 302}}])
    gateway, path = exchanges(upstream), "/api/chat/calls/302"
    plan = gateway.plan("PUT", path, query, {})
    told = await gateway.answer(plan, Request("PUT", path, query, {"Authorization": "Bearer 1"}, body))
    assert plan.shape == shape
    if shape == "legacy":
        assert json.loads(upstream.sent[0].body) == {"status": "missed"}
        assert json.loads(told.body) == {"success": True}


async def test_a_header_that_says_the_shape_outweighs_the_body() -> None:
    upstream = FakeUpstream([{"success": True, "settings": {}}])
    body = {"profile_id": 5, "profile_type": "student", "settings": {}}
    told = await ask(exchanges(upstream), "PUT", "/api/chat/settings", "", body, X_Chat_API="2.1")
    assert json.loads(told.body) == {"success": True, "settings": {}}
    body = {"blocked_profile_id": 5, "blocked_profile_type": "tutor"}
    await ask(exchanges(upstream), "POST", "/api/chat/block", "", body, X_Chat_API="2.1")
    assert json.loads(upstream.sent[-1].body) == {}


PAGE = {
    "messages": [
        {
            "id": n,
            "sender_user_id": 1 + n % 11,
            "reactions": [{"reaction": "x", "count": 1, "user_ids": [n % 11 + 1]}],
            "pinned_by_user_id": None,
            "forwarded_from_user_id": None,
        }
        for n in range(100)
    ]
}


async def test_a_page_of_messages_costs_one_query() -> None:
    directory = FakeDirectory()
    directory.cached = False
    await ask(exchanges(FakeUpstream([PAGE]), directory), "GET", "/api/chat/messages/11", P3)
    assert directory.queries == [(set(), {1}), (set(), set(range(2, 12)))]


async def test_a_page_asked_again_costs_none() -> None:
    directory = FakeDirectory()
    await ask(exchanges(FakeUpstream([PAGE]), directory), "GET", "/api/chat/messages/11", P3)
    assert directory.queries == []


async def test_without_the_database_nothing_is_guessed() -> None:
    directory, upstream = FakeDirectory(), FakeUpstream([[]])
    directory.cached, directory.away = False, True
    with pytest.raises(Unavailable) as caught:
        await ask(exchanges(upstream, directory), "GET", "/api/chat/conversations", P3)
    assert int(caught.value.headers["Retry-After"]) > 0
    assert upstream.sent == []


@pytest.mark.parametrize(
    "answer", [b"[1]", b"nonsense", b'{"messages":5}', b'{"messages":[{"sender_user_id":"x"}]}']
)
async def test_an_upstream_that_breaks_its_shape_is_a_502(
    answer: bytes, caplog: pytest.LogCaptureFixture
) -> None:
    with pytest.raises(UpstreamFailed):
        await ask(exchanges(FakeUpstream([answer])), "GET", "/api/chat/messages/11", P3)
    assert caplog.records or answer == b"nonsense"


@pytest.mark.parametrize(
    ("path", "query", "answers"),
    [
        ("/conversations", P3, [{}, {"contacts": []}]),
        ("/conversations", P3, [b'[{"other_user":{"user_id":1e400}}]', {"contacts": []}]),
        ("/users/online-status", f"{P3}&profile_ids=tutor_5", [b'{"statuses":[{"user_id":"x"}]}']),
        ("/users/5/tutor/status", P3, [{}]),
    ],
)
async def test_the_same_for_an_operation_written_by_hand(
    path: str, query: str, answers: list[Any], caplog: pytest.LogCaptureFixture
) -> None:
    with pytest.raises(UpstreamFailed):
        await ask(exchanges(FakeUpstream(answers)), "GET", f"/api/chat{path}", query)
    assert caplog.records


@pytest.mark.parametrize(
    ("path", "body", "place"),
    [
        (
            "/api/chat/block",
            {"blocked_profile_id": 99, "blocked_profile_type": "tutor"},
            "$.body.blocked_profile_id",
        ),
        (
            "/api/chat/conversations",
            {"participants": [{"profile_id": 99, "profile_type": "tutor"}]},
            "$.body.participants[0].profile_id",
        ),
    ],
)
async def test_an_unknown_target_is_named_by_place(path: str, body: Any, place: str) -> None:
    with pytest.raises(NotFound) as caught:
        await ask(exchanges(FakeUpstream()), "POST", path, P3, body)
    assert caught.value.place == place


async def test_a_modern_answer_passes_byte_for_byte() -> None:
    raw = b'[ {"id": 1e2, "big": 123456789012345678901234567890, "x": 1.10} ]'
    told = await ask(exchanges(FakeUpstream([raw])), "GET", "/api/chat/conversations", "user_id=1")
    assert told == Response(200, JSON, raw)


async def test_one_identity_one_history_whatever_the_role() -> None:
    targets = []
    for query in (P3, "profile_id=7&profile_type=tutor&user_id=1", "user_id=1"):
        upstream = FakeUpstream([[], {"contacts": []}])
        await ask(exchanges(upstream), "GET", "/api/chat/conversations", query)
        targets.append(upstream.sent[0].target)
    assert set(targets) == {"/api/chat/conversations?user_id=1"}


async def test_the_same_person_is_named_the_same_way_to_everybody() -> None:
    seen = set()
    answer = {"blocked_contacts": [{"user_id": 2, "avatar": None}]}
    for by in (1, 3, 4, 7):
        told = await ask(
            exchanges(FakeUpstream([answer])), "GET", "/api/chat/blocked", "profile_id=undefined", by=by
        )
        entry = json.loads(told.body)["blocked"][0]
        seen.add(Profile(entry["blocked_profile_type"], entry["blocked_profile_id"]))
    assert seen == {Profile("tutor", 5)}


async def test_an_observer_sees_what_was_asked_passed_and_told() -> None:
    seen: list[Observation] = []
    gateway = exchanges(FakeUpstream([{"blocked_contacts": []}]), observer=seen.append)
    told = await ask(gateway, "GET", "/api/chat/blocked", P3)
    (one,) = seen
    assert (one.user_id, one.shape, one.operation, one.status) == (1, "legacy", "blocks.list", 200)
    assert (one.passed[0].target, one.response) == ("/api/chat/blocked?user_id=1", told.body)


async def test_an_observer_sees_refusals_too() -> None:
    seen: list[Observation] = []
    with pytest.raises(Forbidden):
        await ask(exchanges(FakeUpstream(), observer=seen.append), "GET", "/api/chat/blocked", "user_id=2")
    assert seen[0].status == 403
