"""A row asks an upstream that speaks 2.2: past its guard, and with a memory for what others chose."""

import pytest

from contracts.model.errors import UpstreamFailed
from tests.support.fakes import FakeUpstream, ask
from tests.support.replay_v2_2 import gateway


@pytest.mark.parametrize("answer", [b"null", b"[]", b"5"])
async def test_a_guard_that_cannot_read_its_answer_is_the_upstreams_fault(answer: bytes) -> None:
    """Whether a second password is set is asked before one is stored."""
    upstream = FakeUpstream([answer])
    with pytest.raises(UpstreamFailed):
        await ask(
            gateway(upstream),
            "POST",
            "/api/chat/security/two-step/enable",
            "",
            {"password": "x"},
            X_Chat_API="2.1",
        )
    assert len(upstream.sent) == 1
