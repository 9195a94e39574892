"""The three kinds of steps, and how each is taken: never half, never twice, and with its way back recorded first."""

import asyncio
import time
from dataclasses import dataclass, field

import asyncpg

from migration.anomalies.batches import Batch
from migration.engine import record
from migration.engine.errors import StoppedError
from migration.engine.progress import Progress
from migration.engine.session import Session
from migration.schema.catalog import read_catalog
from migration.schema.connection import Connection
from migration.schema.statements import SchemaObject, Statement

TARGET_S = 0.4
LARGEST = 50_000
HIGHEST = 2**63 - 1  # of all keys
LAG_S = 5.0
LAG_PAUSE_S = 1.0
TRIES = 5
EXISTS_ALREADY = (asyncpg.DuplicateObjectError, asyncpg.DuplicateTableError, asyncpg.DuplicateColumnError)


@dataclass(frozen=True)
class Ddl:
    """One object of the target shape; `repair` makes a unique index possible when live writes got in its way."""

    item: SchemaObject
    prepare: tuple[str, ...] = ()
    repair: Batch | None = None

    @property
    def name(self) -> str:
        """The name under which it is recorded."""
        return self.item.label


@dataclass(frozen=True)
class Script:
    """Statements that belong together, in one transaction, with their way back."""

    name: str
    statements: tuple[Statement, ...]
    undo: tuple[str, ...] = ()


@dataclass(frozen=True)
class BatchStep:
    """A data step over a whole table, in batches. `bucket` keeps ids of one bucket in one batch."""

    batch: Batch
    bucket: int = 1

    @property
    def name(self) -> str:
        """The name under which it is recorded."""
        return self.batch.name


Step = Ddl | Script | BatchStep


@dataclass
class StepRunner:
    """Takes the steps of one phase."""

    session: Session
    phase: str
    progress: Progress
    batch_rows: int | None = None
    known: dict[str, record.Done] = field(default_factory=dict)

    async def run(self, step: Step) -> None:
        """Take one step unless it is done already."""
        before = self.known.get(step.name)
        if before is not None and before.done:
            return
        started = time.monotonic()
        if isinstance(step, Ddl):
            rows = await self._object(step)
        elif isinstance(step, Script):
            rows = await self._script(step)
        else:
            rows = await self._batch_step(step)
        if rows is not None:
            self.progress.finished(self.phase, step.name, rows, time.monotonic() - started)

    async def _object(self, step: Ddl) -> int | None:
        for attempt in range(1, TRIES + 1):
            catalog = await read_catalog(self.session.connection)
            if step.item.exists(catalog):
                if step.name in self.known:
                    await self.session.transaction(lambda c: record.complete(c, step.name, 0.0))
                return None
            undo = [*step.prepare, *step.item.revert(catalog)]
            await self._intend(step.name, undo)
            try:
                await self._make(step, step.item.create(catalog))
            except asyncpg.UniqueViolationError as failure:
                if step.repair is None or attempt == TRIES:
                    raise StoppedError(f"{step.name}: duplicates are written faster than merged") from failure
                await self._run_batches(step.repair, None, count=False)
            else:
                return 0
        raise AssertionError("unreachable")

    async def _intend(self, name: str, undo: list[str]) -> None:
        await self.session.transaction(lambda c: record.intend(c, name, self.phase, undo))

    async def _make(self, step: Ddl, statements: list[Statement]) -> None:
        *first, last = statements
        for statement in first:
            await self._execute(statement)
        if last.alone:
            await self._execute(last)
            await self.session.transaction(lambda c: record.complete(c, step.name, 0.0))
            return

        async def work(connection: Connection) -> None:
            await connection.execute(last.sql)
            await record.complete(connection, step.name, 0.0)

        await self.session.transaction(work, strong=last.strong, holding=last.several)

    async def _execute(self, statement: Statement) -> None:
        try:
            if statement.alone:
                await self.session.alone(statement.sql)
            else:
                await self.session.transaction(
                    lambda c: c.execute(statement.sql), strong=statement.strong, holding=statement.several
                )
        except EXISTS_ALREADY:
            # Left by a killed run between two statements of one step.
            return

    async def _script(self, step: Script) -> int:
        async def work(connection: Connection) -> None:
            await record.intend(connection, step.name, self.phase, list(step.undo))
            for statement in step.statements:
                await connection.execute(statement.sql)
                if statement.lock != "none":
                    await self.session.hold()
            await record.complete(connection, step.name, 0.0)

        several = any(statement.several for statement in step.statements)
        await self.session.transaction(work, strong=True, holding=several)
        return 0

    async def _batch_step(self, step: BatchStep) -> int:
        before = self.known.get(step.name)
        if before is None:
            await self.session.transaction(lambda c: record.intend(c, step.name, self.phase, []))
        rows = await self._run_batches(step.batch, before.last_key if before else None, bucket=step.bucket)
        await self.session.transaction(lambda c: record.complete(c, step.name, 0.0))
        return rows + (before.rows if before else 0)

    async def _run_batches(
        self, batch: Batch, last: int | None, *, bucket: int = 1, count: bool = True
    ) -> int:
        rows, size = 0, self.batch_rows or batch.size
        if last is None:
            last = await self._before_first(batch)
        total = await self._estimate(batch.table)
        seen = 0
        while (bound := await self._bound(batch, last, size)) is not None:
            seen += bound[1]
            high = min((bound[0] // bucket + 1) * bucket - 1, HIGHEST)
            waits, started = self.session.waits, time.monotonic()
            rows += await self._one(batch, last, high, count=count)
            last = high
            self.progress.moved(self.phase, batch.name, seen, max(total, seen))
            if self.batch_rows is None:
                size = await self._pace(size, time.monotonic() - started, self.session.waits > waits)
        return rows

    async def _before_first(self, batch: Batch) -> int:
        """Return a key below all that are there: they may be negative."""
        query = f"SELECT coalesce(min({batch.key}), 1)::bigint - 1 FROM @{batch.table}"  # noqa: S608
        return int(await self.session.connection.fetchval(query))

    async def _bound(self, batch: Batch, last: int, size: int) -> tuple[int, int] | None:
        inner = (
            f"SELECT {batch.key} AS k FROM @{batch.table} WHERE {batch.key} > $1::bigint ORDER BY 1 LIMIT $2"  # noqa: S608
        )
        row = await self.session.connection.fetchrow(
            f"SELECT max(k) AS high, count(*) AS rows FROM ({inner}) x",  # noqa: S608
            last,
            size,
        )
        return None if row is None or row["high"] is None else (row["high"], row["rows"])

    async def _one(self, batch: Batch, low: int, high: int, *, count: bool) -> int:
        async def work(connection: Connection) -> int:
            started, rows = time.monotonic(), 0
            await connection.execute(
                "SELECT set_config('chat_migration.rule', $1, true), set_config('chat_migration.phase', $2, true)",
                batch.rule,
                self.phase,
            )
            # A batch is joined with all profiles at once; a sort of them for every batch would cost more than the rest.
            await connection.execute("SET LOCAL work_mem = '64MB'; SET LOCAL enable_mergejoin = off")
            for sql in batch.statements:
                rows += await _affected(connection, sql, low, high)
            if count:
                await record.advance(connection, batch.name, high, rows, time.monotonic() - started)
            return rows

        result: int = await self.session.transaction(work, holding=True)
        return result

    async def rows_of(self, steps: list[Step]) -> int:
        """Return about how many rows these steps will look at; what is done already counts as well."""
        return sum([await self._estimate(s.batch.table) for s in steps if isinstance(s, BatchStep)])

    async def _estimate(self, table: str) -> int:
        place = "to_regclass(format('%I.%I', :'schema', $1::text))"
        query = f"SELECT greatest(reltuples, 0)::bigint FROM pg_class WHERE oid = {place}"  # noqa: S608
        return int(await self.session.connection.fetchval(query, table) or 0)

    async def _pace(self, size: int, seconds: float, waited: bool) -> int:
        """Return the next batch's size: smaller when somebody waited or it took long; wait for slow replicas."""
        if (await self._lag()) > LAG_S:
            await asyncio.sleep(LAG_PAUSE_S)
            return max(size // 2, 100)
        if waited or seconds > 2 * TARGET_S:
            return max(size // 2, 100)
        return min(size * 2, LARGEST) if seconds < TARGET_S / 2 else size

    async def _lag(self) -> float:
        query = "SELECT coalesce(max(extract(epoch FROM replay_lag)), 0)::float8 FROM pg_stat_replication"
        return float(await self.session.connection.fetchval(query))


async def _affected(connection: Connection, sql: str, low: int, high: int) -> int:
    """Run one statement of a batch and return the number of rows that it changed."""
    if "chat_migration.bury(" in sql:
        return int(await connection.fetchval(sql, low, high) or 0)
    status = await connection.execute(sql, low, high)
    word, *_, number = status.split()
    return 0 if word == "SELECT" else int(number)
