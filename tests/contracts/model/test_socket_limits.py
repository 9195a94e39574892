"""The token bucket, what people have left, and the measure of work."""

import asyncio

import pytest

from contracts.model.socket_limits import _PEOPLE, Allowances, Bucket, Limits, Rate, measured


@pytest.mark.parametrize(
    ("moments", "taken"),
    [
        ([0, 0, 0, 0], [True, True, True, False]),
        ([0, 0, 0, 0.5, 0.5], [True, True, True, True, False]),
        ([0, 0, 0, 100, 100, 100, 100], [True, True, True, True, True, True, False]),
        (
            [0, 0, 0, -5, -4.5],
            [True, True, True, False, True],
        ),  # a clock that was set back gives nothing away
    ],
)
def test_so_many_at_once_and_so_many_a_second(moments: list[float], taken: list[bool]) -> None:
    bucket = Bucket(per_s=2, burst=3, now=0)
    assert [bucket.take(now) for now in moments] == taken


def test_a_person_has_one_allowance_until_many_others_have_come() -> None:
    allowances = Allowances(Limits())
    first, second = allowances.of(1, 0), allowances.of(2, 0)
    for user_id in range(3, _PEOPLE + 1):
        allowances.of(user_id, 0)
    assert allowances.of(1, 0) is first
    allowances.of(_PEOPLE + 1, 0)
    assert allowances.of(1, 0) is first
    assert allowances.of(2, 0) is not second  # the one that was not asked for


def test_the_end_is_told_once() -> None:
    limits, ends = Limits(burst=1, frames_per_s=0, refused=2), list[int]()
    rate = Rate(limits, Allowances(limits).of(1, 0), lambda: 0.0, lambda: ends.append(1))
    assert [rate.takes(1) for _ in range(6)] == [True] + [False] * 5
    assert ends == [1]


async def test_measured_counts_the_work_and_not_the_waiting() -> None:
    now = 0.0
    waits = asyncio.Event()

    async def work() -> None:
        nonlocal now
        now += 1.0
        await waits.wait()
        now += 0.5

    async def meanwhile() -> None:
        nonlocal now
        now += 100.0
        waits.set()

    async def all_of_it() -> float:
        return await measured(work(), lambda: now)

    busy, _ = await asyncio.gather(all_of_it(), meanwhile())
    assert busy == 1.5


async def test_what_is_measured_can_be_cancelled() -> None:
    ended = asyncio.Event()

    async def work() -> None:
        try:
            await asyncio.Event().wait()
        finally:
            ended.set()

    async def all_of_it() -> float:
        return await measured(work())

    task = asyncio.create_task(all_of_it())
    await asyncio.sleep(0)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert ended.is_set()


async def test_an_error_passes_through() -> None:
    async def work() -> None:
        await asyncio.sleep(0)
        raise KeyError("x")

    with pytest.raises(KeyError):
        await measured(work())
