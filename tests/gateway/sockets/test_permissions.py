"""The permissions of a gateway that asks nobody."""

from gateway.sockets.permissions import Everybody, Verdict, Wish


async def test_everybody_may_call_and_nobody_is_shown() -> None:
    everybody = Everybody()
    assert await everybody.may_call(Wish(1, 2, None, "", "")) == Verdict(allowed=True)
    assert await everybody.audience(1, "") == ()
