"""The real clock."""

import asyncio
import time

from gateway.sockets.clock import LoopClock, iso


async def test_the_real_clock_calls_back_unless_it_is_cancelled() -> None:
    clock, called = LoopClock(), asyncio.Event()
    clock.call_later(0, called.set)
    await asyncio.wait_for(called.wait(), 30)
    timer = clock.call_later(60, called.clear)
    timer.cancel()
    assert clock.time() <= time.time()


def test_a_time_ends_in_z() -> None:
    assert iso(1_800_000_000.25) == "2027-01-15T08:00:00.250000Z"
