"""The permissions of a gateway that asks nobody."""

from gateway.sockets.permissions import CallRequest, Everybody, Verdict


async def test_everybody_may_call_and_nobody_is_shown() -> None:
    everybody = Everybody()
    assert await everybody.may_call(CallRequest(1, 2, None, "", "")) == Verdict(allowed=True)
    assert await everybody.audience(1, "") == ()
