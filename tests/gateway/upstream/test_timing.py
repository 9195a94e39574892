import asyncio

from gateway.upstream.timing import add_wait, start_waiting


async def test_waits_are_added_to_the_request_on_whose_behalf_they_were() -> None:
    async def request(seconds: float) -> list[float]:
        waits = start_waiting()
        await asyncio.gather(*(asyncio.create_task(wait(seconds)) for _ in range(2)))
        return waits

    async def wait(seconds: float) -> None:
        await asyncio.sleep(0)
        add_wait(seconds)

    first, second = await asyncio.gather(asyncio.create_task(request(1.0)), asyncio.create_task(request(2.0)))
    assert (first, second) == ([1.0, 1.0], [2.0, 2.0])


async def test_without_a_request_nothing_is_counted() -> None:
    await asyncio.create_task(_add())


async def _add() -> None:
    add_wait(1.0)
