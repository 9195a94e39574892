"""While rows come back: a writer that finds no row of its own and adds one must not meet the one that came in between.

A legacy write is often UPDATE, and when there is no such row INSERT; or DELETE, then INSERT. The row that `down` brings
back between the two gives way to the person's own: it says the same, and is newer.
"""

# SQL is put together from our own constants and from names in quotes: no value from outside reaches it.

import contextlib
from collections.abc import AsyncIterator, Awaitable, Callable

from migration.anomalies.merges import MERGES
from migration.engine.session import Session
from migration.phases.expand import THEIRS, trigger
from migration.phases.function_rights import OWN
from migration.schema.catalog import Catalog, read_catalog
from migration.schema.connection import Connection, identifier
from migration.schema.rows import DEFINER

TRIGGER = "chat_15_give_way"
# Bringing back holds it alone, a batch at a time; each writer shares it with all others.
LOCK = "'chat_migration'::regnamespace::oid::int4, 2"
GIVE_WAY = """
CREATE OR REPLACE FUNCTION chat_migration.give_way_{table}() RETURNS trigger LANGUAGE plpgsql
{settings} AS $body$
BEGIN
    PERFORM pg_advisory_xact_lock_shared({lock});
    DELETE FROM @{table} t USING chat_migration.restored r
    WHERE r.table_name = '{table}' AND r.key = t.id AND ({same});
    RETURN NEW;
END $body$"""


def give_way_function(table: str, keys: list[tuple[str, ...]]) -> str:
    """Return the trigger function that lets a restored row go when a writer adds one with the same key."""
    same = " OR ".join(
        "(" + " AND ".join(f"t.{identifier(c)} = NEW.{identifier(c)}" for c in key) + ")" for key in keys
    )
    return GIVE_WAY.format(table=table, settings=DEFINER, lock=LOCK, same=same)


def unique_keys(catalog: Catalog, table: str) -> list[tuple[str, ...]]:
    """Return the keys by which a row of a table can be refused, but its number."""
    found = [x.columns for x in catalog.indexes if x.table == table and x.unique and x.valid]
    return [key for key in dict.fromkeys(found) if key != ("id",) and "" not in key]


@contextlib.asynccontextmanager
async def giving_way(session: Session, phase: str) -> AsyncIterator[None]:
    """Let restored rows of a phase give way to those of writers, in the tables from which rows were merged away."""
    query = "SELECT DISTINCT table_name FROM chat_migration.journal WHERE phase = $1 AND action = 'D'"
    removed = {row["table_name"] for row in await session.connection.fetch(query, phase)}
    catalog = await read_catalog(session.connection)
    tables = [m.table for m in MERGES if m.table in removed and unique_keys(catalog, m.table)]
    for table in tables:
        await session.transaction(_placed(table, unique_keys(catalog, table)), strong=True)
    yield
    await stand_firm(session)


async def stand_firm(session: Session) -> None:
    """Take these triggers away with their functions: those of a way back that was cut, too."""
    query = (
        "SELECT proname AS name FROM pg_proc WHERE pronamespace = 'chat_migration'::regnamespace "
        "AND starts_with(proname, 'give_way_')"
    )
    for row in await session.connection.fetch(query):
        await session.transaction(
            _statement(f"DROP FUNCTION IF EXISTS chat_migration.{row['name']}() CASCADE"),
            strong=True,
            holding=True,
        )


def _placed(table: str, keys: list[tuple[str, ...]]) -> Callable[[Connection], Awaitable[None]]:
    async def work(connection: Connection) -> None:
        await connection.execute(give_way_function(table, keys))
        await connection.execute(OWN)
        await connection.execute(trigger(TRIGGER, table, "BEFORE INSERT", f"give_way_{table}", THEIRS).sql)

    return work


def _statement(sql: str) -> Callable[[Connection], Awaitable[str]]:
    return lambda connection: connection.execute(sql)
