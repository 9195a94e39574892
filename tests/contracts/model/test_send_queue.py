"""What waits for a socket, in its order and within its bounds, and the end of a client that takes nothing."""

import asyncio

import pytest

from contracts.model.send_queue import SendQueue
from contracts.model.socket_limits import Limits
from tests.support.gateway import until


class FakeTransport:
    """``waiting`` bytes are not taken."""

    def __init__(self, waiting: int = 0) -> None:
        self.waiting = waiting
        self.aborted = asyncio.Event()
        self.looked = 0

    def get_write_buffer_size(self) -> int:
        self.looked += 1
        return self.waiting

    def is_closing(self) -> bool:
        return self.aborted.is_set()

    def abort(self) -> None:
        self.waiting = 0
        self.aborted.set()


async def test_frames_are_written_in_their_order_and_the_last_of_them_too() -> None:
    queue, written = SendQueue(Limits()), []

    async def write(data: bytes) -> None:
        written.append(data)
        await asyncio.sleep(0)
        if data == b"1":
            queue.put(b"3")
            queue.finish()

    assert queue.put(b"1")
    assert queue.put(b"2")
    await asyncio.wait_for(queue.run(write), 30)
    assert written == [b"1", b"2", b"3"]


@pytest.mark.parametrize("limits", [Limits(queue_frames=2), Limits(queue_bytes=20)])
async def test_too_many_are_dropped(limits: Limits) -> None:
    queue = SendQueue(limits)
    assert queue.put(b"1234567890")
    assert queue.put(b"1234567890")
    assert not queue.put(b"1234567890")
    assert queue.put(b"1234567890")


async def test_what_is_being_written_counts_no_more() -> None:
    queue, may_go = SendQueue(Limits(queue_frames=1)), asyncio.Event()

    async def write(data: bytes) -> None:
        began.set()
        await may_go.wait()

    began = asyncio.Event()
    running = asyncio.create_task(queue.run(write))
    assert queue.put(b"1")
    await asyncio.wait_for(began.wait(), 30)
    assert queue.put(b"2")
    assert not queue.put(b"3")
    queue.finish()
    may_go.set()
    await asyncio.wait_for(running, 30)


async def test_a_client_that_takes_nothing_is_cut() -> None:
    queue, transport = SendQueue(Limits(), stalled_s=0.05), FakeTransport(waiting=1)
    queue.watch(transport)
    await asyncio.wait_for(transport.aborted.wait(), 30)


async def test_a_client_that_takes_a_little_each_time_or_has_nothing_to_take_is_not() -> None:
    queue, idle = SendQueue(Limits(), stalled_s=0.02), FakeTransport()

    class Slow(FakeTransport):
        def get_write_buffer_size(self) -> int:
            self.waiting -= 1
            return super().get_write_buffer_size()

    slow = Slow(waiting=10_000)
    queue.watch(slow)
    queue.watch(idle)
    await until(lambda: min(slow.looked, idle.looked) >= 20)  # three times as long as it may take nothing
    assert not slow.aborted.is_set()
    assert not idle.aborted.is_set()
    slow.abort()
    idle.abort()
