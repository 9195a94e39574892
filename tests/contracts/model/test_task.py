import asyncio

from contracts.model.task import TASK_NEEDED, enter_task


async def test_in_a_task_it_does_nothing():
    await enter_task()


async def test_without_one_it_asks_for_it():
    loop = asyncio.get_running_loop()
    seen: asyncio.Future[object] = loop.create_future()
    loop.call_soon(lambda: seen.set_result(enter_task().send(None)))
    assert await seen is TASK_NEEDED
