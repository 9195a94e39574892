"""What a row asks of the old backend: in a role, in the legacy form, and it knows the time of the gateway."""

import json
from datetime import timedelta

import pytest

from contracts.model.errors import UpstreamFailed
from contracts.model.http import JSON, Response
from tests.support.fakes import ask, exchanges
from tests.support.replay_legacy import OldBackend, Story
from tests.support.replay_v2_2 import NOW

NEW = {"conversation_id": 11, "call_type": "voice", "status": "initiated"}


@pytest.mark.parametrize(("age", "number"), [(timedelta(seconds=5), 7), (timedelta(minutes=5), 8)])
async def test_a_row_knows_the_time_of_the_gateway(age: timedelta, number: int) -> None:
    begun = {"id": 7, "status": "ringing", "started_at": (NOW - age).isoformat(), "ended_at": None}
    upstream = OldBackend(
        call_logs__list={"success": True, "call_logs": [begun]},
        call_logs__create={"success": True, "call_log_id": 8},
    )
    core = exchanges(upstream, shape="legacy", facts=Story(), now=lambda: NOW)  # type: ignore[arg-type]
    told = await ask(core, "POST", "/api/call-logs", "", NEW, X_Chat_API="2.1")
    assert json.loads(told.body)["call_log_id"] == number


@pytest.mark.parametrize("answer", [b"null", b"[]", b"5", b"{", b""])
async def test_an_answer_that_a_row_cannot_read_is_the_upstreams_fault(answer: bytes) -> None:
    upstream = OldBackend(messages__list=Response(200, JSON, answer))
    core = exchanges(upstream, shape="legacy", facts=Story())  # type: ignore[arg-type]
    with pytest.raises(UpstreamFailed):
        await ask(core, "GET", "/api/chat/conversations/11/messages", "", X_Chat_API="2.1")
