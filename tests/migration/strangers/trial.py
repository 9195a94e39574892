"""What every stranger's database must go through: either `plan` blocks and nothing changes, or all of it holds."""

import asyncio
import re
import traceback
from contextlib import asynccontextmanager
from dataclasses import dataclass

import asyncpg

from demo.databases import PostgresServer, execute
from migration.engine.errors import RefusedError
from migration.run import down, plan, up, verify
from tests.migration.databases import connected, dump
from tests.migration.strangers.build import Spec, Stranger, made
from tests.migration.strangers.draft import FEATURES, TABLES
from tests.migration.writers import Legacy, Modern

AT_LEAST = 12
PAUSE_S = 0.03
# Few enough that every table has several batches; while writers add rows, not so few that the walk never ends.
QUIET_ROWS, LIVE_ROWS = 7, 25
LIMIT_S = 600  # a trial takes some seconds; on a machine with other work, minutes
OURS_LEFT = "--exclude-schema=chat_quarantine"
NAMES = "|".join(
    (
        *TABLES,
        "pinned_messages",
        "chat_two_step_verification",
        *(f"{k}_profiles" for k in ("student", "tutor", "parent", "advertiser")),
    )
)
NAMED = re.compile(rf"\b(FROM|JOIN|INTO|UPDATE) ({NAMES})\b")


@dataclass(frozen=True)
class Outcome:
    """`blocked`: the sentences of `plan`. `failures`: what did not hold, each a line."""

    spec: Spec
    blocked: tuple[str, ...] = ()
    failures: tuple[str, ...] = ()


class Qualified:
    """A connection that writes every table with its schema, as an application with an empty search_path does."""

    def __init__(self, connection, schema):
        self._connection, self._schema = connection, schema

    def __getattr__(self, name):
        found = getattr(self._connection, name)
        if name not in ("execute", "fetch", "fetchval"):
            return found
        return lambda sql, *arguments: found(NAMED.sub(rf'\1 "{self._schema}".\2', sql), *arguments)


def writer(kind, stranger: Stranger, number: int):
    """A writer of one generation as this database's application."""
    draft = stranger.draft
    without = set(draft.writes_without)
    if draft.state == "D":
        without.add("write_heartbeat")  # sessions are by person there already

    @asynccontextmanager
    async def connection():
        async with connected(stranger.application, statement_cache_size=0) as c:
            yield Qualified(c, draft.schema)

    made = kind(stranger.application, number, tuple(without))
    made.connection, made.gone, made.pause_s = connection, draft.gone, PAUSE_S
    # Whoever asks for more than READ COMMITTED must be ready for this one, migrated or not.
    made.tries_again = (asyncpg.SerializationError,)
    if draft.encoding != "UTF8":
        made.reactions = "abcd"
    return made


@asynccontextmanager
async def writing(*writers):
    """Let them write beside the block, each at least so often before and after it."""
    tasks = [asyncio.ensure_future(w.run()) for w in writers]

    async def more():
        for w, task in zip(writers, tasks, strict=True):
            waiting = asyncio.ensure_future(w.written(w.count + AT_LEAST))
            await asyncio.wait([task, waiting], return_when="FIRST_COMPLETED", timeout=60)
            waiting.cancel()

    try:
        await more()
        yield
        await more()
    finally:
        for w in writers:
            w.stopped.set()
        await asyncio.gather(*tasks)


async def tried(server: PostgresServer, spec: Spec) -> Outcome:
    """Make the database and try everything; an exception is a failure like any other."""
    try:
        async with asyncio.timeout(LIMIT_S), made(server, spec) as stranger:
            return await _tried(stranger)
    except Exception as failure:
        return Outcome(spec, failures=(_line(failure),))


async def _tried(stranger: Stranger) -> Outcome:
    before = dump(stranger.admin, OURS_LEFT)
    blocked = (await plan(stranger.operator)).blocks
    if dump(stranger.admin, OURS_LEFT) != before:
        return Outcome(stranger.spec, failures=("plan changed something",))
    if blocked:
        failures = await _refused(stranger, before)
        if not any(FEATURES[name].may_block for name in stranger.spec.features):
            failures.append(f"blocked without need: {'; '.join(blocked)}")
        return Outcome(stranger.spec, tuple(blocked), tuple(failures))
    try:
        failures = await _quiet(stranger, before) or await _live(stranger)
    except Exception as failure:
        failures = [_line(failure)]
    return Outcome(stranger.spec, failures=tuple(failures))


def _line(failure: Exception) -> str:
    ours = [f for f in traceback.extract_tb(failure.__traceback__) if "/site-packages/" not in f.filename]
    where = ", ".join(f"{f.name} {f.filename.rpartition('/')[2]}:{f.lineno}" for f in ours[-3:])
    return f"{type(failure).__name__}: {failure} ({where})"


async def _refused(stranger: Stranger, before: list[str]) -> list[str]:
    """`up` refuses what `plan` blocks, and nothing is left behind."""
    try:
        await up(stranger.operator, backup=False)
    except RefusedError:
        pass
    else:
        return ["plan blocks, but up goes on"]
    return [] if dump(stranger.admin, OURS_LEFT) == before else ["a refused up left something behind"]


async def _quiet(stranger: Stranger, before: list[str]) -> list[str]:
    """There and back while nobody writes: everything is as it was, but what triggers of others wrote."""
    hanging = await _hanging(stranger)
    await up(stranger.operator, backup=False, batch_rows=QUIET_ROWS)
    failures = [f"verify: {line}" for line in (await verify(stranger.operator)).differences]
    if (after := await _hanging(stranger)) != hanging:
        failures.append(f"rows of others after up: {after}, before {hanging}")
    await down(stranger.operator)
    return failures + _different(_firm(before, stranger), _firm(dump(stranger.admin, OURS_LEFT), stranger))


async def _live(stranger: Stranger) -> list[str]:
    """There and back while both generations write; the application changes its schema in between."""
    expected = _expected(stranger)
    failures = []

    @asynccontextmanager
    async def during(what: str, *kinds):
        writers = [writer(kind, stranger, number) for number, kind in enumerate(kinds)]
        async with writing(*writers):
            yield
        failures.extend(
            f"a write failed during {what}: {f}" for w in writers for f in sorted(set(w.failures))[:3]
        )

    async with during("up to expand", Legacy):
        await up(stranger.operator, to="expand", backup=False)
    async with during("up", Legacy, Modern):
        await up(stranger.operator, backup=False, batch_rows=LIVE_ROWS)
    for sql in stranger.draft.later:
        await _as_admin(stranger, sql)
    async with during("the time after up", Legacy, Modern):
        pass
    differences = (await verify(stranger.operator)).differences
    written = await _written(stranger)
    async with during("down", Legacy):
        await down(stranger.operator)
    failures += [f"verify after writes: {line}" for line in differences]
    if lost := written - await _written(stranger):
        failures.append(f"messages lost on the way back: {sorted(lost)[:5]}")
    return failures + _different(expected, dump(stranger.admin, OURS_LEFT, "--schema-only"))


def _expected(stranger: Stranger) -> list[str]:
    """The schema as it is after the way back: as before, with the changes of the application itself."""
    if not stranger.draft.later:
        return dump(stranger.admin, OURS_LEFT, "--schema-only")
    server, copy = PostgresServer(stranger.admin), f"{stranger.name}_expected"
    address = server.create_database(copy, stranger.name)
    try:
        path = f'SET search_path = "{stranger.draft.schema}"; '
        execute(address, path + "; ".join(stranger.draft.later))
        return dump(address, OURS_LEFT, "--schema-only")
    finally:
        server.drop_database(copy)


async def _as_admin(stranger: Stranger, sql: str) -> None:
    """A deployment's change, again while a lock is in the way."""
    async with connected(stranger.admin, server_settings={"search_path": f'"{stranger.draft.schema}"'}) as c:
        await c.execute(sql)


async def _written(stranger: Stranger) -> set[tuple[int, str]]:
    """Ids of what the writers wrote: in the table, or kept in the quarantine."""
    async with connected(stranger.admin, server_settings={"search_path": f'"{stranger.draft.schema}"'}) as c:
        rows = await c.fetch("SELECT id FROM chat_messages WHERE content IN ('legacy', 'modern')")
        if await c.fetchval("SELECT to_regclass('chat_quarantine.kept')"):
            rows += await c.fetch(
                "SELECT key AS id FROM chat_quarantine.kept WHERE table_name = 'chat_messages'"
            )
    return {row["id"] for row in rows}


async def _hanging(stranger: Stranger) -> dict[str, tuple[int, int]]:
    """How many rows each table of others has, and how many of them point at something."""
    async with connected(stranger.admin, server_settings={"search_path": f'"{stranger.draft.schema}"'}) as c:
        return {
            table: tuple(await c.fetchrow(f"SELECT count(*), count({column}) FROM {table}"))
            for table, column in stranger.draft.hanging.items()
        }


def _firm(lines: list[str], stranger: Stranger) -> list[str]:
    """A dump without the rows and numbers of tables that triggers of others write."""
    kept, skipped = [], False
    for line in lines:
        if line.startswith("COPY "):
            skipped = line.split()[1].rpartition(".")[2] in stranger.draft.loose
        elif line == "\\.":
            skipped = False
        loose = "setval" in line and any(f".{table}_id_seq" in line for table in stranger.draft.loose)
        if not skipped and not loose:
            kept.append(line)
    return kept


def _different(before: list[str], after: list[str]) -> list[str]:
    """Say what is there of one dump only, some lines of each."""
    if before == after:
        return []
    lost = [line for line in before if line not in set(after)][:4]
    new = [line for line in after if line not in set(before)][:4]
    return [f"not as before: lost {lost}, new {new}"]
