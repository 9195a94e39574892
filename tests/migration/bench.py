"""The tool beside the plain one-transaction script, on the same data.

`python -m tests.migration.bench --messages 1000000`        `--without-plain`: the tool alone

Prints the lines of docs/benchmarks-migration.md, also what `plan` estimated beside what it took, a line a phase.
More than 200,000 messages are copies of so many: 20,000,000 need 20 GB of disk and 2 GB of memory. Needs the embedded
PostgreSQL; nothing else may run on the machine.
"""

import argparse
import asyncio
import tempfile
import time
from collections import Counter
from contextlib import asynccontextmanager
from pathlib import Path

import asyncpg

from demo.databases import execute
from demo.postgres import EmbeddedPostgres
from migration.engine.progress import Lines
from migration.run import down, plan, up, verify
from tests.migration.databases import LEGACY, value
from tests.migration.generator.generate import Size, generate
from tests.migration.generator.multiply import multiply

EVERY_S = 0.01
MEGABYTE = 1024 * 1024
SMALL = 200_000  # messages that Python makes; the server copies them
PLAIN = Path(__file__).parent / "plain_script.sql"
WRITE = (
    "INSERT INTO chat_messages (conversation_id, sender_profile_id, sender_profile_type, sender_user_id, content) "
    "SELECT conversation_id, profile_id, profile_type, user_id, 'probe' FROM conversation_participants "
    "WHERE id = 1"
)


@asynccontextmanager
async def probed(dsn):
    """A legacy writer beside the work: how long its slowest write took, and how large the database became."""
    seen = {"slowest": 0.0, "largest": 0, "failed": 0}
    start = await value(dsn, "SELECT pg_database_size(current_database())")
    stop = asyncio.Event()

    async def write():
        connection = await asyncpg.connect(dsn, statement_cache_size=0)
        while not stop.is_set():
            started = time.monotonic()
            try:
                await connection.execute(WRITE)
            except asyncpg.PostgresError:
                seen["failed"] += 1
            seen["slowest"] = max(seen["slowest"], time.monotonic() - started)
            await asyncio.sleep(EVERY_S)
        await connection.close()

    async def measure():
        while not stop.is_set():
            seen["largest"] = max(
                seen["largest"], await value(dsn, "SELECT pg_database_size(current_database())")
            )
            await asyncio.sleep(0.5)

    tasks = [asyncio.ensure_future(write()), asyncio.ensure_future(measure())]
    yield seen
    stop.set()
    await asyncio.gather(*tasks)
    seen["extra"] = (seen["largest"] - start) / MEGABYTE


def line(name, seconds, rows, seen, note=""):
    """One row of the table."""
    rate = f"{rows / seconds:,.0f}" if rows else ""
    extra = f"{seen['extra']:,.0f}" if seen else ""
    slowest = f"{seen['slowest']:.3f}" if seen else ""
    failed = seen["failed"] if seen else ""
    print(f"| {name} | {seconds:.1f} | {rate} | {slowest} | {failed} | {extra} | {note} |", flush=True)


async def run_plain(dsn):
    """Run the plain script until it gets through; return how often a deadlock with the writer cancelled it."""
    for deadlocks in range(10):
        script = await asyncpg.connect(dsn)
        try:
            await script.execute(PLAIN.read_text(encoding="utf-8"))
        except asyncpg.DeadlockDetectedError:
            continue
        else:
            return deadlocks
        finally:
            await script.close()
    raise SystemExit("the plain script never got through")


class Times(Lines):
    """Also adds up the seconds of each phase."""

    def __init__(self):
        super().__init__()
        self.seconds = Counter()

    def finished(self, phase, step, rows, seconds):
        super().finished(phase, step, rows, seconds)
        self.seconds[phase] += seconds


async def fill(server, messages):
    """Make the data once; return its address and the number of its rows."""
    base, started = server.create_database("base"), time.monotonic()
    execute(base, LEGACY)
    small = min(messages, SMALL)
    connection = await asyncpg.connect(base)
    known = await generate(
        connection, Size(people=small // 50, messages=small, traps=max(small // 10_000, 1))
    )
    if messages > small:
        await multiply(connection, messages // small)
    await connection.close()
    size = await value(base, "SELECT pg_database_size(current_database())") / MEGABYTE
    rows = await value(base, "SELECT sum(greatest(reltuples, 0))::bigint FROM pg_class WHERE relkind = 'r'")
    cases = sum(known.values()) * (messages // small)
    print(f"{messages:,} messages, {rows:,} rows, {size:,.0f} MB, about {cases:,} cases of traps, "
          f"generated in {time.monotonic() - started:.0f} s\n", flush=True)  # fmt: skip
    return base, rows


async def measure_plain(server, rows):
    plain = server.create_database("plain", template="base")
    async with probed(plain) as seen:
        started = time.monotonic()
        deadlocks = await run_plain(plain)
        seconds = time.monotonic() - started
    note = f"no way back, duplicates deleted; deadlocks before it got through: {deadlocks}"
    line("plain script, one transaction", seconds, rows, seen, note)
    server.drop_database("plain")


async def measure_ours(ours, rows):
    started = time.monotonic()
    outlook = (await plan(ours)).outlook
    line("migrate plan", time.monotonic() - started, rows, None, f"says: {outlook.total_s:.0f} s")
    times = Times()
    async with probed(ours) as seen:
        started = time.monotonic()
        result = await up(ours, backup=False, progress=times)
        seconds = time.monotonic() - started
    line("migrate up", seconds, rows, seen, f"longest strong lock {result.longest_lock_s:.3f} s")
    for phase, said in outlook.seconds.items():
        line(f"… {phase}", times.seconds[phase], 0, None, f"plan said {said:.1f} s")
    print(f"plan said {outlook.total_s / seconds:.0%} of the time and "
          f"{outlook.disk_bytes / MEGABYTE:,.0f} MB of {seen['extra']:,.0f} MB", flush=True)  # fmt: skip
    started = time.monotonic()
    differences = (await verify(ours)).differences
    line("migrate verify", time.monotonic() - started, rows, None, f"{len(differences)} differences")
    async with probed(ours) as seen:
        started = time.monotonic()
        await down(ours)
        seconds = time.monotonic() - started
    line("migrate down", seconds, rows, seen)


async def measure_all(server, messages, *, with_plain):
    """Make the data once, run both ways: the script on a copy of it."""
    base, rows = await fill(server, messages)
    print(
        "| what | seconds | rows a second | slowest write beside it, s | failed | extra disk, MB | |\n"
        "|" + "---|" * 7
    )
    if with_plain:
        await measure_plain(server, rows)
    await measure_ours(base, rows)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--messages", type=int, default=1_000_000)
    parser.add_argument("--without-plain", action="store_true")
    arguments = parser.parse_args()
    # In memory while it fits there.
    directory = Path(tempfile.gettempdir()) if arguments.messages > 2_000_000 else None
    with EmbeddedPostgres(directory) as server:
        asyncio.run(measure_all(server, arguments.messages, with_plain=not arguments.without_plain))


if __name__ == "__main__":
    main()
