"""A failure after a change says that the change was made."""

import json

import pytest

from contracts.model.errors import GatewayError, NotFound, Unavailable, UpstreamFailed, Written
from gateway.exchange.observation import Passed
from gateway.exchange.outcome import is_written
from tests.support.fakes import FakeUpstream, ask, exchanges

DONE, READ, REFUSED = (
    Passed("POST", "/x", b"", 200, b"{}"),
    Passed("GET", "/x", b"", 200, b"{}"),
    Passed("POST", "/x", b"", 409, b"{}"),
)


@pytest.mark.parametrize(
    ("error", "method", "passed", "written"),
    [
        (UpstreamFailed(), "POST", [DONE], True),
        (Unavailable(), "PUT", [READ, DONE], True),
        (GatewayError(), "DELETE", [DONE, READ], True),
        (UpstreamFailed(), "POST", [], False),
        (UpstreamFailed(), "POST", [READ, REFUSED], False),
        (UpstreamFailed(), "GET", [DONE], False),  # nobody asked for a change
        (NotFound(), "POST", [DONE], False),
    ],
)
def test_what_becomes_of_an_error(
    error: GatewayError, method: str, passed: list[Passed], written: bool
) -> None:
    assert is_written(error, method, passed) is written


async def test_an_answer_that_cannot_be_read_after_a_message_was_sent() -> None:
    upstream = FakeUpstream([b'"nothing of the kind"'])
    with pytest.raises(Written, match="do not repeat it"):
        await ask(
            exchanges(upstream),
            "POST",
            "/api/chat/messages",
            "profile_id=5&profile_type=student",
            json.dumps({"conversation_id": 11, "content": "x"}).encode(),
        )
    assert len(upstream.sent) == 1
