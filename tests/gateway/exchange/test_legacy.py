import json
from typing import Any

import pytest

from contracts.model.errors import UpstreamFailed
from contracts.model.http import Request
from contracts.model.profile import Profile
from contracts.model.roster import Caller
from tests.support.fakes import FakeUpstream, ask, exchanges

P3 = "profile_id=5&profile_type=student&user_id=1"


@pytest.mark.parametrize(("query", "expected"), [(P3, [Caller(1, Profile("student", 5))]), ("", [])])
async def test_who_is_named_by_role_is_noted(query: str, expected: list[Caller]) -> None:
    noted: list[Caller] = []

    def note(request: Request, caller: Caller) -> None:
        noted.append(caller)

    gateway = exchanges(FakeUpstream([{"blocked_contacts": []}]), noted=[note])
    await ask(gateway, "GET", "/api/chat/blocked", query)
    assert noted == expected


@pytest.mark.parametrize("id_", ["undefined", "connection-7"])
async def test_an_invented_conversation_needs_no_upstream(id_: str) -> None:
    upstream = FakeUpstream()
    response = await ask(exchanges(upstream), "GET", f"/api/chat/conversations/{id_}/typing", P3)
    assert json.loads(response.body) == {"typing_users": [], "is_someone_typing": False}
    assert upstream.sent == []


@pytest.mark.parametrize("answer", [{}, {"statuses": 5}, b"<html>"])
async def test_a_broken_answer_to_a_handler_is_the_upstreams_fault(answer: Any) -> None:
    gateway = exchanges(FakeUpstream([answer]))
    with pytest.raises(UpstreamFailed):
        await ask(gateway, "GET", "/api/chat/users/online-status", f"{P3}&profile_ids=tutor_5")
    assert gateway.counters.by_hand == 1
