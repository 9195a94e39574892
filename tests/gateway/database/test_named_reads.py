"""Named reads are remembered for half a minute, look at the tables rarely, and may fail."""

import asyncio
from collections.abc import Mapping, Sequence
from typing import Any

import pytest

from contracts.model.errors import Unavailable
from gateway.database.named_reads import AT_ONCE, INSPECT_EVERY_S, KEPT_S, PAUSE_S, Reads
from gateway.database.relations_query import COLUMNS
from tests.gateway.directory.world import Clock

TABLES = {
    "student_profiles": "id user_id parent_id",
    "parent_profiles": "id user_id children_ids",
}
PARENT_9 = {"kind": "family-parent", "id": 9, "user_id": 2}
ABEL: dict[str, Any] = {"profile_type": "student", "profile_id": 5, "user_id": 1}


class Database:
    """Has the given tables and always the same row; ``away`` lets it fail, ``hangs`` wait until it is set."""

    def __init__(self, tables: Mapping[str, str] = TABLES) -> None:
        self.tables = tables
        self.away = False
        self.asked: list[tuple[object, ...]] = []
        self.inspections = 0
        self.failed = 0
        self.waiting = 0
        self.full = asyncio.Event()
        self.hangs: asyncio.Event | None = None

    async def fetch(self, sql: str, *arguments: object) -> Sequence[Mapping[str, Any]]:
        if self.hangs:
            self.waiting += 1
            if self.waiting == AT_ONCE:
                self.full.set()
            await self.hangs.wait()
        if self.away:
            self.failed += 1
            raise Unavailable
        if sql != COLUMNS:
            self.asked.append(arguments)
            return [PARENT_9]
        self.inspections += 1
        return [
            {"table_name": name, "column_name": column}
            for name, columns in self.tables.items()
            for column in columns.split()
        ]


@pytest.fixture
def database() -> Database:
    return Database()


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def reads(database: Database, clock: Clock) -> Reads:
    return Reads(database.fetch, clock)


async def test_a_poll_is_answered_from_memory(reads: Reads, database: Database, clock: Clock) -> None:
    assert [await reads.read("relations", **ABEL) for _ in range(7)] == [[PARENT_9]] * 7
    assert database.asked == [("student", 5, 1)]
    clock.now += KEPT_S + 1
    await reads.read("relations", **ABEL)
    assert (len(database.asked), database.inspections, reads.asked, reads.missed) == (2, 1, 2, 0)


@pytest.mark.parametrize(
    "other",
    [{"profile_type": "parent"}, {"profile_id": 6}, {"user_id": 2}],
    ids=["type", "id", "user"],
)
async def test_nobody_is_told_what_is_remembered_for_another(
    reads: Reads, database: Database, other: dict[str, Any]
) -> None:
    await reads.read("relations", **ABEL)
    await reads.read("relations", **{**ABEL, **other})
    assert database.asked == [("student", 5, 1), tuple({**ABEL, **other}.values())]


async def test_without_the_tables_nothing_is_asked(clock: Clock) -> None:
    database = Database({})
    reads = Reads(database.fetch, clock)
    assert await reads.read("relations", **ABEL) == []
    assert (database.asked, reads.asked, reads.missed) == ([], 0, 0)


async def test_while_the_database_is_away_there_are_no_rows_and_it_is_counted(
    reads: Reads, database: Database, clock: Clock
) -> None:
    database.away = True
    assert [await reads.read("relations", **ABEL) for _ in range(2)] == [[], []]
    assert (reads.missed, database.failed) == (2, 1)  # the second one did not wait for it
    database.away = False
    clock.now += PAUSE_S
    assert await reads.read("relations", **ABEL) == [PARENT_9]


async def test_a_table_that_hangs_holds_few_connections_and_fails_everybody_who_waits_at_once(
    reads: Reads, database: Database
) -> None:
    database.hangs = asyncio.Event()
    async with asyncio.TaskGroup() as group:
        waiting = [group.create_task(reads.read("relations", **{**ABEL, "user_id": n})) for n in range(50)]
        await database.full.wait()
        assert database.waiting == AT_ONCE
        database.away = True
        database.hangs.set()
    assert [task.result() for task in waiting] == [[]] * 50
    assert (database.failed, reads.missed) == (AT_ONCE, 50)


async def test_the_tables_are_looked_at_again(reads: Reads, database: Database, clock: Clock) -> None:
    await reads.read("relations", **ABEL)
    database.tables = {}
    clock.now += INSPECT_EVERY_S + 1
    assert await reads.read("relations", **ABEL) == []
    assert database.inspections == 2


async def test_after_a_failure_the_tables_are_looked_at_at_once(
    reads: Reads, database: Database, clock: Clock
) -> None:
    await reads.read("relations", **ABEL)
    for away in (True, False):
        database.away = away
        clock.now += KEPT_S + 1
        await reads.read("relations", **ABEL)
    assert (database.inspections, reads.missed) == (2, 1)
