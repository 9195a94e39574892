"""The ledger: nothing lost, nothing doubled, bounded, and the first sighting at once."""

import uuid
from datetime import UTC, datetime, timedelta

import pytest

from gateway.rollout.ledger import Batch, Ledger, forget, write_batch

NOW = datetime(2027, 3, 1, 23, 59, 59, tzinfo=UTC)
PROCESS = uuid.uuid4()


class Clock:
    def __init__(self) -> None:
        self.now = NOW

    def __call__(self) -> datetime:
        return self.now


class Store:
    """Takes batches, once each, and fails when it is told to."""

    def __init__(self) -> None:
        self.batches: dict[uuid.UUID, Batch] = {}
        self.fails_before = self.fails_after = False

    async def write(self, batch: Batch) -> None:
        if self.fails_before:
            raise ConnectionError
        self.batches.setdefault(batch.id, batch)
        if self.fails_after:
            raise ConnectionError

    def total(self) -> int:
        return sum(count.requests for batch in self.batches.values() for count in batch.counts.values())


async def test_counts_of_a_row_are_added_up():
    ledger, kept = Ledger(Clock()), Store()
    for _ in range(3):
        ledger.note("messages.list", "web", 1)
    assert await ledger.flush(kept.write)
    assert await ledger.flush(kept.write)
    assert kept.total() == 3
    assert len(kept.batches) == 1


def test_the_first_sighting_of_a_day_is_urgent():
    clock = Clock()
    ledger = Ledger(clock)
    ledger.note("messages.list", "web", 1)
    assert ledger.urgent
    ledger.urgent = False
    ledger.note("typing.get", "web", 1)
    assert not ledger.urgent
    clock.now += timedelta(seconds=1)
    ledger.note("typing.get", "web", 1)
    assert ledger.urgent


@pytest.mark.parametrize("when", ["fails_before", "fails_after"])
async def test_a_failed_write_loses_and_doubles_nothing(when):
    ledger, kept = Ledger(Clock()), Store()
    ledger.note("messages.list", "web", 1)
    setattr(kept, when, True)
    with pytest.raises(ConnectionError):
        await ledger.flush(kept.write)
    ledger.note("messages.list", "web", 1)
    setattr(kept, when, False)
    while not await ledger.flush(kept.write):
        pass
    assert kept.total() == 2


def test_memory_is_bounded_and_what_is_not_counted_is_marked():
    ledger = Ledger(Clock(), most=10)
    for user in range(20):
        ledger.note("messages.list", "web", user)
    assert ledger.overflow
    ledger.note("messages.list", "web", 1)


async def rows(connection):
    found = await connection.fetch("SELECT * FROM chat_rollout.ledger ORDER BY user_id")
    return [(row["user_id"], row["requests"], row["first_at"], row["last_at"]) for row in found]


async def test_batches_of_several_processes_are_summed_and_a_repeated_one_is_not(connection):
    clock = Clock()
    ledgers = [Ledger(clock), Ledger(clock)]
    sent = []

    async def write(batch):
        sent.append(batch)
        await write_batch(connection, PROCESS, batch)

    for ledger in ledgers:
        ledger.note("messages.list", "web", 1)
        await ledger.flush(write)
    clock.now += timedelta(milliseconds=500)
    ledgers[0].note("messages.list", "web", 2)
    await ledgers[0].flush(write)
    for batch in sent:
        await write_batch(connection, PROCESS, batch)
    assert await rows(connection) == [(1, 2, NOW, NOW), (2, 1, clock.now, clock.now)]


async def test_an_overflow_stays_marked(connection):
    ledger = Ledger(Clock(), most=1)
    for user in (1, 2):
        ledger.note("messages.list", "web", user)
    await ledger.flush(lambda batch: write_batch(connection, PROCESS, batch))
    assert await connection.fetchval("SELECT kind FROM chat_rollout.marks") == "overflow"


async def test_old_days_are_forgotten(connection):
    ledger = Ledger(Clock())
    ledger.note("messages.list", "web", 1)
    await ledger.flush(lambda batch: write_batch(connection, PROCESS, batch))
    await forget(connection, NOW)
    assert len(await rows(connection)) == 1
    await forget(connection, NOW + timedelta(days=1))
    assert await rows(connection) == []
