import asyncio
from collections.abc import Coroutine
from typing import Any

import pytest

from contracts.model.task import enter_task
from gateway.taskless.reply import Reply
from gateway.taskless.run import Run
from gateway.taskless.together import Together

LONG_S = 30.0


async def of(reply: Reply[str]) -> str:
    return await reply


def run(coroutine: Coroutine[Any, Any, Any]) -> list[Any]:
    """What it returns or raises, once it has."""
    found: list[Any] = []
    Run(coroutine, found.append, found.append).start()
    return found


async def outside(act: Any) -> Any:
    """Run a function as the loop does, where no task runs."""
    done = asyncio.get_running_loop().create_future()
    asyncio.get_running_loop().call_soon(lambda: done.set_result(act()))
    return await done


async def test_the_last_answer_ends_the_wait_without_a_task() -> None:
    def act() -> list[Any]:
        replies = [Reply[str](), Reply[str]()]
        together = Together([of(reply) for reply in replies])
        found = run(together.wait(LONG_S))
        replies[1].set_result("b")
        assert found == []
        assert [one.value for one in together.started] == [None, "b"]
        replies[0].set_result("a")
        assert found == [None]
        return [one.value for one in together.started]

    assert await outside(act) == ["a", "b"]


async def test_in_a_task_it_is_the_same() -> None:
    async def soon(value: str) -> str:
        await enter_task()
        async with asyncio.timeout(LONG_S):  # its own task's
            await asyncio.sleep(0)
        return value

    together = Together([soon("a"), soon("b")])
    await asyncio.wait_for(together.wait(LONG_S), 30)
    assert [one.value for one in together.started] == ["a", "b"]


async def test_a_failure_is_raised_to_whoever_wants_the_result() -> None:
    async def fail() -> str:
        raise ValueError("no")

    together = Together([fail()])
    await asyncio.wait_for(together.wait(LONG_S), 30)
    assert together.started[0].value is None
    with pytest.raises(ValueError, match="no"):
        await together.started[0].result()


async def test_what_comes_late_can_still_be_had() -> None:
    late = asyncio.get_running_loop().create_future()

    async def wait() -> str:
        value: str = await late
        return value

    together = Together([wait()])
    await asyncio.wait_for(together.wait(0.001), 30)
    result = asyncio.ensure_future(together.started[0].result())
    await asyncio.sleep(0)
    late.set_result("late")
    assert await asyncio.wait_for(result, 30) == "late"


@pytest.mark.parametrize("by", ["whoever waits", "everybody"])
async def test_what_nobody_wants_any_more_is_ended(by: str) -> None:
    ended = asyncio.Event()

    async def wait() -> None:
        try:
            await asyncio.get_running_loop().create_future()
        finally:
            ended.set()

    together = Together([wait()])
    await asyncio.wait_for(together.wait(0.001), 30)
    if by == "everybody":
        together.cancel()
    else:
        result = asyncio.ensure_future(together.started[0].result())
        await asyncio.sleep(0)
        result.cancel()
    await asyncio.wait_for(ended.wait(), 30)
