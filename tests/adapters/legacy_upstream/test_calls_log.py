"""Both sides of a call write it down, and it stands in the log of the old backend once."""

import asyncio
import json
from typing import Any

import pytest

from contracts.model.http import Headers, Response
from contracts.model.times import utc_now
from tests.support.fakes import ask
from tests.support.replay_legacy import OldBackend, old_gateway

NEW = {"conversation_id": 11, "call_type": "voice", "status": "initiated"}
#: By kind of client: what Abel and Beza say of themselves.
CLIENTS = {
    "legacy": {1: "profile_id=5&profile_type=student", 2: "profile_id=5&profile_type=tutor"},
    "2.1": {1: "user_id=1", 2: "user_id=2"},
}


class CallLog(OldBackend):
    """Takes every entry; an answer is on its way for a while."""

    def __init__(self, **fixed: Any) -> None:
        super().__init__(call_logs__create=self._create, call_logs__list=self._list)
        self.rows: list[dict[str, Any]] = []
        self.fixed = fixed

    async def send(self, method: str, target: str, headers: Headers, body: bytes) -> Response:
        answer = await super().send(method, target, headers, body)
        await asyncio.sleep(0)
        return answer

    def _create(self, role: object, query: object, body: dict[str, Any]) -> dict[str, Any]:
        row = {
            "id": len(self.rows) + 1,
            "started_at": utc_now().isoformat(),
            "ended_at": None,
            **body,
            **self.fixed,
        }
        self.rows.append(row)
        return {"success": True, "call_log_id": row["id"]}

    def _list(self, role: object, query: object, body: object) -> dict[str, Any]:
        return {"success": True, "call_logs": self.rows[::-1]}


async def _write(upstream: CallLog, caller: str, callee: str) -> list[int]:
    core = old_gateway(upstream)
    writing = [
        ask(core, "POST", "/api/call-logs", CLIENTS[kind][user], NEW, by=user, X_Chat_API=kind)
        for user, kind in ((1, caller), (2, callee))
    ]
    async with asyncio.timeout(30):
        answers = await asyncio.gather(*writing)
    return [json.loads(one.body)["call_log_id"] for one in answers]


@pytest.mark.parametrize("caller", CLIENTS)
@pytest.mark.parametrize("callee", CLIENTS)
async def test_a_call_has_one_entry(caller: str, callee: str) -> None:
    upstream = CallLog()
    assert await _write(upstream, caller, callee) == [1, 1]
    assert len(upstream.rows) == 1


@pytest.mark.parametrize("over", [{"status": "ended"}, {"ended_at": "2026-11-20T08:22:00"}])
async def test_the_next_call_is_another_one(over: dict[str, str]) -> None:
    assert await _write(CallLog(**over), "legacy", "2.1") == [1, 2]


async def test_a_log_that_cannot_be_read_costs_no_entry() -> None:
    upstream = CallLog()
    upstream.answers["call_logs.list"] = {"nonsense": 5}
    assert await _write(upstream, "legacy", "legacy") == [1, 2]
