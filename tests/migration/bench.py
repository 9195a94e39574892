"""The tool beside the plain one-transaction script, on the same data.

`python -m tests.migration.bench --messages 1000000`

Prints the lines of docs/benchmarks-migration.md. Needs the embedded PostgreSQL; nothing else may run on the machine.
"""

import argparse
import asyncio
import time
from contextlib import asynccontextmanager
from pathlib import Path

import asyncpg

from demo.databases import execute
from demo.postgres import EmbeddedPostgres
from migration.engine.progress import Lines
from migration.run import down, up, verify
from tests.migration.databases import LEGACY, value
from tests.migration.generator.generate import Size, generate

EVERY_S = 0.01
MEGABYTE = 1024 * 1024
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


async def measure_all(server, messages):
    """Make the data once, run both ways on copies of it."""
    base = server.create_database("base")
    execute(base, LEGACY)
    connection = await asyncpg.connect(base)
    started = time.monotonic()
    known = await generate(
        connection, Size(people=messages // 50, messages=messages, traps=max(messages // 10_000, 1))
    )
    await connection.close()
    size = await value(base, "SELECT pg_database_size(current_database())") / MEGABYTE
    rows = await value(base, "SELECT sum(n_live_tup)::bigint FROM pg_stat_user_tables") or messages
    print(f"{messages:,} messages, {rows:,} rows, {size:,.0f} MB, {sum(known.values())} cases of traps, "
          f"generated in {time.monotonic() - started:.0f} s\n")  # fmt: skip
    print(
        "| what | seconds | rows a second | slowest write beside it, s | failed | extra disk, MB | |\n"
        "|" + "---|" * 7
    )
    plain = server.create_database("plain", template="base")
    async with probed(plain) as seen:
        started = time.monotonic()
        deadlocks = await run_plain(plain)
        seconds = time.monotonic() - started
    note = f"no way back, duplicates deleted; deadlocks before it got through: {deadlocks}"
    line("plain script, one transaction", seconds, rows, seen, note)
    server.drop_database("plain")
    ours = server.create_database("ours", template="base")
    async with probed(ours) as seen:
        started = time.monotonic()
        result = await up(ours, backup=False, progress=Lines())
        seconds = time.monotonic() - started
    line("migrate up", seconds, rows, seen, f"longest strong lock {result.longest_lock_s:.3f} s")
    started = time.monotonic()
    differences = (await verify(ours)).differences
    line("migrate verify", time.monotonic() - started, rows, None, f"{len(differences)} differences")
    async with probed(ours) as seen:
        started = time.monotonic()
        await down(ours)
        seconds = time.monotonic() - started
    line("migrate down", seconds, rows, seen)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--messages", type=int, default=1_000_000)
    arguments = parser.parse_args()
    with EmbeddedPostgres() as server:
        asyncio.run(measure_all(server, arguments.messages))


if __name__ == "__main__":
    main()
