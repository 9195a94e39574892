"""Consent to ring, asked now; consent to speak, remembered for a minute."""

import pytest

from contracts.model.profile import Profile
from contracts.model.socket_limits import Limits
from gateway.sockets.consent import WELCOME_S, Consent
from gateway.sockets.hub import Hub, Socket
from gateway.sockets.permissions import CallRequest, Verdict
from tests.gateway.sockets.world import Clock, Permissions


def socket(user_id: int, authorization: str) -> Socket:
    named = Profile("user", user_id)
    return Socket(user_id, named, legacy=False, authorization=authorization, limits=Limits())


async def test_the_question_holds_both_bearers() -> None:
    hub, permissions = Hub(), Permissions()
    for theirs in ("", "Bearer 2"):
        hub.join(socket(2, theirs))
    consent = Consent(hub, permissions, Clock())
    assert await consent.to_ring(socket(1, "Bearer 1"), 2, "11") == Verdict(allowed=True)
    assert permissions.wishes == [CallRequest(1, 2, "11", "Bearer 1", "Bearer 2")]


async def test_a_yes_is_remembered_for_speaking_and_a_no_is_not() -> None:
    clock, permissions = Clock(), Permissions()
    consent, me = Consent(Hub(), permissions, clock), socket(1, "Bearer 1")
    for _ in range(3):
        assert (await consent.to_speak(me, 2)).allowed
    assert len(permissions.wishes) == 1
    permissions.refused[1, 2] = ""
    clock.forward(WELCOME_S)
    for _ in range(2):
        assert await consent.to_speak(me, 2) == Verdict(allowed=False, reason="not_allowed")
    assert len(permissions.wishes) == 3


@pytest.mark.parametrize("reason", ["blocked", "nobody"])
async def test_a_refused_call_forgets_the_yes(reason: str) -> None:
    permissions = Permissions()
    consent, me = Consent(Hub(), permissions, Clock()), socket(1, "Bearer 1")
    await consent.to_ring(me, 2)
    permissions.refused[1, 2] = reason
    assert await consent.to_ring(me, 2) == Verdict(allowed=False, reason=reason)
    assert not (await consent.to_speak(me, 2)).allowed
