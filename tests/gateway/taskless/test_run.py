import asyncio
from collections.abc import Callable
from typing import Any

import pytest

from contracts.model.task import enter_task
from gateway.taskless.reply import Reply
from gateway.taskless.run import Run


class Watched:
    """A run, begun without a task as a protocol begins it, and how it ended."""

    def __init__(self) -> None:
        self.ended: asyncio.Future[Any] = asyncio.get_running_loop().create_future()

    def begin(self, coroutine: Any) -> Run:
        run = Run(coroutine, self.ended.set_result, self.ended.set_exception)
        asyncio.get_running_loop().call_soon(run.start)
        return run


async def in_steps(first: Reply[int], second: Reply[int]) -> int:
    return await first + await second


async def test_it_runs_on_when_a_reply_is_set():
    watched, first, second = Watched(), Reply(), Reply()
    watched.begin(in_steps(first, second))
    await asyncio.sleep(0)
    first.set_result(1)
    assert not watched.ended.done()
    second.set_result(2)
    assert watched.ended.result() == 3  # at once: nothing was left to the loop


async def test_what_a_reply_raises_is_raised_where_it_is_awaited():
    watched, reply = Watched(), Reply()
    watched.begin(in_steps(reply, Reply()))
    await asyncio.sleep(0)
    reply.set_exception(ValueError("no"))
    with pytest.raises(ValueError, match="no"):
        watched.ended.result()


async def sleeps(value: int) -> int:
    await asyncio.sleep(0.001)
    return value


async def in_a_task(wait: Callable[[], Any]) -> str:
    await enter_task()
    task = asyncio.current_task()
    assert task is not None
    async with asyncio.timeout(5):  # which needs a task
        await wait()
    assert asyncio.current_task() is task
    return "in a task"


@pytest.mark.parametrize("wait", [lambda: asyncio.sleep(0), lambda: sleeps(1)], ids=["yields", "waits"])
async def test_a_task_takes_over(wait):
    watched = Watched()
    watched.begin(in_a_task(wait))
    assert await watched.ended == "in a task"


async def test_a_future_makes_a_task_too_and_several_at_once_may_be_awaited():
    watched = Watched()

    async def both() -> list[int]:
        return await asyncio.gather(sleeps(1), sleeps(2))

    watched.begin(both())
    assert await watched.ended == [1, 2]


async def test_an_error_of_a_future_is_raised_where_it_is_awaited():
    watched = Watched()
    future = asyncio.get_running_loop().create_future()

    async def guarded() -> str:
        try:
            await future
        except KeyError:
            return await sleeps(1) and "caught"
        return "not raised"

    watched.begin(guarded())
    await asyncio.sleep(0)
    future.set_exception(KeyError("k"))
    assert await watched.ended == "caught"


async def test_an_error_in_the_task_is_told():
    watched = Watched()

    async def fails() -> None:
        await sleeps(1)
        raise ValueError("late")

    watched.begin(fails())
    with pytest.raises(ValueError, match="late"):
        await watched.ended


@pytest.mark.parametrize("make", [Reply, lambda: asyncio.get_running_loop().create_future()])
async def test_cancelled_it_lets_go_and_tells_nobody(make):
    watched, let_go, waited_for = Watched(), asyncio.Event(), make()

    async def holds() -> None:
        try:
            await waited_for
        finally:
            let_go.set()

    run = watched.begin(holds())
    await asyncio.sleep(0)
    run.cancel()
    await asyncio.wait_for(let_go.wait(), 5)
    assert not watched.ended.done()
