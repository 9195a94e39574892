"""Both sides of a call write it down, and it stands in the log of a 2.2 backend once."""

import asyncio
import json
from typing import Any

import pytest

from contracts.model.http import JSON, Headers, Response
from tests.support.fakes import ask
from tests.support.replay_v2_2 import NOW, gateway

NEW = {"conversation_id": 11, "call_type": "voice", "status": "initiated"}


class Upstream:
    """The call log of a deployed backend: it takes every entry, and changes only of who it takes for the caller."""

    def __init__(self) -> None:
        self.rows: list[dict[str, Any]] = []

    async def send(self, method: str, target: str, headers: Headers, body: bytes) -> Response:
        path, _, query = target.partition("?")
        user, sent = int(query.removeprefix("user_id=")), json.loads(body or b"null")
        if method == "POST":
            return self._made(user, sent)
        if method == "GET":
            before = self.rows[::-1]
            await asyncio.sleep(0)  # the answer is on its way, and others are asked
            return _told({"success": True, "call_logs": before})
        one = self.rows[int(path.rpartition("/")[2]) - 1]
        if "/calls/" in path:
            one["status"] = sent
            return _told({"call": {"id": one["id"], "status": sent}, "message": ""})
        if one["caller_user_id"] != user:
            return _told({"detail": "Not authorized to update this call log"}, 403)
        one.update(sent)
        return _told({"success": True, "message": "Call log updated"})

    def _made(self, user: int, sent: dict[str, Any]) -> Response:
        times = {"created_at": NOW.isoformat(), "started_at": NOW.isoformat(), "ended_at": None}
        row = {"id": len(self.rows) + 1, **times, **sent}
        self.rows.append({"caller_name": "", **row, "caller_user_id": sent.get("caller_user_id") or user})
        return _told({"success": True, "call_log_id": row["id"], "message": "Call log created"})


def _told(body: Any, status: int = 200) -> Response:
    return Response(status, JSON, json.dumps(body).encode())


#: By kind of client: the shape of modern clients, and what Abel and Beza put into their queries.
CLIENTS = {
    "legacy": ("2.1", {1: "profile_id=5&profile_type=student", 2: "profile_id=5&profile_type=tutor"}),
    "2.1": ("2.1", {1: "user_id=1", 2: "user_id=2"}),
    "2.2": ("2.2", {1: "user_id=1", 2: "user_id=2"}),
}


@pytest.mark.parametrize("caller", CLIENTS)
@pytest.mark.parametrize("callee", CLIENTS)
async def test_a_call_has_one_entry_and_both_sides_change_it(caller: str, callee: str) -> None:
    upstream = Upstream()

    async def do(kind: str, user: int, method: str, path: str, body: Any) -> Any:
        shape, queries = CLIENTS[kind]
        core = gateway(upstream, modern=shape)  # type: ignore[arg-type]
        headers = {} if kind == "legacy" else {"X_Chat_API": shape}
        answer = await ask(core, method, f"/api/call-logs{path}", queries[user], body, by=user, **headers)
        return json.loads(answer.body)

    first = await do(caller, 1, "POST", "", NEW)
    second = await do(callee, 2, "POST", "", NEW)
    assert first["call_log_id"] == second["call_log_id"] == 1
    assert (await do(callee, 2, "PUT", "/1", {"status": "answered"}))["success"]
    assert [(one["caller_user_id"], one["status"]) for one in upstream.rows] == [(1, "answered")]
    ended = {"status": "ended", "ended_at": "2026-11-22T22:46:09", "duration_seconds": 1}
    assert (await do(caller, 1, "PUT", "/1", ended))["success"]
    assert upstream.rows[0]["status"] == "ended"
    assert (await do(callee, 2, "POST", "", NEW))["call_log_id"] == 2  # the next call is another one


@pytest.mark.parametrize("caller", CLIENTS)
async def test_two_entries_of_the_same_instant_are_one(caller: str) -> None:
    shape, queries = CLIENTS[caller]
    upstream = Upstream()
    core = gateway(upstream, modern=shape)  # type: ignore[arg-type]
    headers = {} if caller == "legacy" else {"X_Chat_API": shape}
    writing = [ask(core, "POST", "/api/call-logs", queries[user], NEW, by=user, **headers) for user in (1, 2)]
    async with asyncio.timeout(30):
        answers = await asyncio.gather(*writing)
    assert [json.loads(one.body)["call_log_id"] for one in answers] == [1, 1]
    assert len(upstream.rows) == 1


async def test_other_conversations_do_not_wait() -> None:
    may_answer = asyncio.Event()

    class Slow(Upstream):
        async def send(self, method: str, target: str, headers: Headers, body: bytes) -> Response:
            if "/11" in target:
                await may_answer.wait()
            return await super().send(method, target, headers, body)

    core = gateway(Slow())
    first = asyncio.create_task(ask(core, "POST", "/api/call-logs", "user_id=1", NEW, by=1, X_Chat_API="2.1"))
    other = {**NEW, "conversation_id": 12}
    async with asyncio.timeout(30):
        await ask(core, "POST", "/api/call-logs", "user_id=1", other, by=1, X_Chat_API="2.1")
        assert not first.done()
        may_answer.set()
        await first
