"""A call that rang in vain, in the upstream's call log."""

import json
from typing import Any

import pytest

from contracts.model.errors import UpstreamFailed
from contracts.model.http import Headers, Response
from gateway.sockets.bridge import CallOver
from gateway.sockets.call_log import CallLog
from tests.gateway.sockets.world import Clock

CALL = CallOver(1, 2, "11", "video", "Bearer 1")
NOW = "2027-01-15T08:00:00.000000Z"
BEGAN = "2027-01-15T07:59:35.000000Z"
ENDED = {"status": "no_answer", "ended_at": NOW}
MADE = {"conversation_id": 11, "caller_user_id": 1, "call_type": "video", "started_at": BEGAN, **ENDED}


class Upstream:
    def __init__(self, logs: Any, status: int = 200) -> None:
        self.logs, self.status = logs, status
        self.written: list[tuple[str, str, Any]] = []

    async def send(self, method: str, target: str, headers: Headers, body: bytes) -> Response:
        assert headers[0] == ("Authorization", "Bearer 1")
        if self.status == 0:
            raise UpstreamFailed
        if method == "GET":
            assert (target, body) == ("/api/call-logs/11?user_id=1", b"")
            told = (
                self.logs if isinstance(self.logs, bytes) else json.dumps({"call_logs": self.logs}).encode()
            )
            return Response(self.status, (), told)
        self.written.append((method, target, json.loads(body)))
        return Response(self.status, (), b'{"success": true}')


def entry(id_: int, caller: int, status: str) -> dict[str, Any]:
    return {"id": id_, "caller_user_id": caller, "status": status}


@pytest.mark.parametrize(
    ("logs", "written"),
    [
        ([entry(9, 2, "ringing"), entry(8, 1, "initiated")], ("PUT", "/api/call-logs/8?user_id=1", ENDED)),
        ([entry(8, 1, "ringing")], ("PUT", "/api/call-logs/8?user_id=1", ENDED)),
        ([], ("POST", "/api/call-logs?user_id=1", MADE)),
        ([entry(8, 1, "ended"), entry(7, 1, "ringing")], ("POST", "/api/call-logs?user_id=1", MADE)),
        ([entry(9, 2, "ringing")], ("POST", "/api/call-logs?user_id=1", MADE)),
        (b"no json", ("POST", "/api/call-logs?user_id=1", MADE)),
    ],
)
async def test_an_open_entry_is_closed_else_one_is_made(logs: Any, written: Any) -> None:
    upstream = Upstream(logs)
    log = CallLog(upstream, Clock())
    log(CALL)
    await log.close()
    assert upstream.written == [written]


ANSWERED = {"id": 8, "caller_user_id": 1, "status": "answered", "answered_at": "2027-01-15T07:59:00Z"}


@pytest.mark.parametrize(
    ("status", "logs", "written"),
    [
        ("ended", [ANSWERED], {"status": "ended", "ended_at": NOW, "duration_seconds": 60}),
        ("ended", [{**ANSWERED, "answered_at": None}], {"status": "ended", "ended_at": NOW}),
        ("cancelled", [entry(8, 1, "initiated")], {"status": "cancelled", "ended_at": NOW}),
        ("missed", [entry(8, 1, "ringing")], {"status": "missed", "ended_at": NOW}),
        # A client has closed it by itself, or none has written one: nothing is left to do.
        ("ended", [entry(8, 1, "ended"), entry(7, 1, "answered")], None),
        ("ended", [], None),
        ("cancelled", [entry(9, 2, "ringing")], None),
    ],
)
async def test_a_call_whose_socket_was_lost_is_closed(status: str, logs: Any, written: Any) -> None:
    upstream = Upstream(logs)
    log = CallLog(upstream, Clock())
    log(CALL._replace(status=status))
    await log.close()
    assert upstream.written == ([("PUT", "/api/call-logs/8?user_id=1", written)] if written else [])


async def test_an_unknown_kind_of_call_is_a_voice_call() -> None:
    upstream = Upstream([])
    log = CallLog(upstream, Clock())
    log(CALL._replace(call_type="holographic"))
    await log.close()
    assert upstream.written[0][2]["call_type"] == "voice"


OUTSIDE = [
    {"conversation": None},
    {"conversation": "connection-5"},
    {"conversation": "٣"},
    {"authorization": ""},
]


@pytest.mark.parametrize("change", OUTSIDE)
async def test_a_call_outside_of_a_conversation_has_no_log(change: dict[str, Any]) -> None:
    upstream = Upstream([])
    log = CallLog(upstream, Clock())
    log(CALL._replace(**change))
    await log.close()
    assert upstream.written == []


@pytest.mark.parametrize("status", [0, 500, 403])
async def test_a_log_that_cannot_be_written_is_our_own_line(
    status: int, caplog: pytest.LogCaptureFixture
) -> None:
    log = CallLog(Upstream([], status), Clock())
    log(CALL)
    await log.close()
    assert "the call log was not written" in caplog.text
