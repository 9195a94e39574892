"""What the migration's tests share: the four schemas, a filled database, a dump that can be compared."""

import os
import subprocess
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path

import asyncpg

from demo.databases import execute, run_in_thread
from demo.postgres import find_binaries
from migration.run import up
from migration.schema.connection import Connection
from tests.migration.generator.generate import Size, generate
from tests.support.processes import LONGEST_S

SQL = Path("migration/sql")
LEGACY = (SQL / "legacy_schema.sql").read_text(encoding="utf-8")
USER = (SQL / "user_schema.sql").read_text(encoding="utf-8")
NOTIFY = (SQL / "directory_notify.sql").read_text(encoding="utf-8")
SCHEMA = {
    "L": LEGACY,
    "P": LEGACY + (SQL / "state_p.sql").read_text(encoding="utf-8"),
    "D": LEGACY + (SQL / "state_d.sql").read_text(encoding="utf-8"),
    "U": USER,
}
SMALL = Size(people=12, messages=60, traps=1)


@asynccontextmanager
async def connected(dsn, **options):
    connection = await asyncpg.connect(dsn, connection_class=Connection, **options)
    try:
        yield connection
    finally:
        await connection.close()


async def filled(make_database, state="L", size=SMALL, seed=1):
    """A database of this state with generated data: its address, and the traps in it."""
    dsn = make_database(SCHEMA[state])
    async with connected(dsn) as connection:
        known = await generate(connection, size, seed=seed, state=state)
    return dsn, known


async def value(dsn, sql, *arguments):
    """One value from a database."""
    async with connected(dsn) as connection:
        return await connection.fetchval(sql, *arguments)


async def rows(dsn, sql, *arguments):
    """Rows as tuples."""
    async with connected(dsn) as connection:
        return [tuple(row) for row in await connection.fetch(sql, *arguments)]


def pg_dump():
    """The program: as new as the server, which another one of the machine need not be."""
    return str(Path(find_binaries()) / "pg_dump")


def dump(dsn, *options):
    """Everything that pg_dump says, the rows of each table sorted: a table has no order."""
    text = subprocess.run(
        [pg_dump(), dsn, *(options or ["--no-owner"])],
        capture_output=True,
        encoding="utf-8",
        errors="surrogateescape",
        check=True,
        timeout=LONGEST_S,
        env={**os.environ, "LC_ALL": "C"},
    ).stdout
    lines, table = [], None
    for line in text.splitlines():
        if table is not None and line != "\\.":
            table.append(line)
        elif table is not None:
            lines += [*sorted(table), line]
            table = None
        elif not line.startswith(("--", "\\restrict", "\\unrestrict")):
            lines.append(line)
            table = [] if line.startswith("COPY ") else None
    return lines


# The ids of rows that the migration itself adds depend on how often it was stopped: a sequence never goes back.
OUTCOME = """
SELECT rule, table_name, action::text, CASE action WHEN 'I' THEN 0 ELSE key END, winner, old::text, (new - 'id')::text
FROM chat_migration.journal ORDER BY 2, 4, 1, 3, 6, 7
"""
ADDED = ("pinned_messages", "chat_two_step_verification")


async def outcome(dsn):
    """What a migration made of a database: its journal and its data, without times and numbers of its own."""
    return await rows(dsn, OUTCOME), _without_own(dump(dsn))


def _without_own(lines):
    kept, skip, added, block = [], False, False, []
    for line in lines:
        if line.startswith("COPY "):
            skip = line.startswith("COPY chat_migration.")
            added = line.startswith(tuple(f"COPY public.{table} " for table in ADDED))
        elif line == "\\.":
            kept += [*sorted(block), line] if not skip else []
            skip, added, block = False, False, []
        elif added:
            block.append(line.partition("\t")[2])
        elif (
            not skip
            and line
            and "chat_migration" not in line
            and not ("setval" in line and any(t in line for t in ADDED))
        ):
            kept.append(line)
    return kept


@contextmanager
def migrated_once(server, name, people):
    """One database for many cases: legacy schema, people, migrated to the end of constrain."""
    dsn = server.create_database(f"once_{name}")
    try:
        execute(dsn, LEGACY + people)

        async def migrate():
            await up(dsn, backup=False)

        run_in_thread(migrate)
        yield dsn
    finally:
        server.drop_database(f"once_{name}")


async def rolled_back(dsn, statements, query):
    """What a query says after these statements, in a transaction that leaves nothing behind."""
    async with connected(dsn) as connection:
        transaction = connection.transaction()
        await transaction.start()
        for sql in statements:
            await connection.execute(sql)
        found = [tuple(row) for row in await connection.fetch(query)]
        await transaction.rollback()
    return found
