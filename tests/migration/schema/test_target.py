"""`up` from every state arrives at the definitions of a fresh user-based installation."""

import pytest

from migration.run import up
from migration.schema.catalog import read_catalog
from migration.schema.objects import Check, ForeignKey
from migration.schema.target import ONLY_WHILE_BOTH_WRITE, PERSON_COLUMNS, STATUS, target
from tests.migration.databases import SCHEMA, USER, connected

# What only a database with two generations has; no user-based statement names it.
LEGACY_ONLY = {("chat_active_sessions", "last_active")}


async def catalog_of(dsn):
    # As the tool itself reads it: definitions name every object with its schema.
    async with connected(dsn, server_settings={"search_path": "pg_catalog"}) as connection:
        return await read_catalog(connection)


@pytest.fixture
async def fresh(make_database):
    return await catalog_of(make_database(USER))


@pytest.mark.parametrize("state", ["L", "P", "D"])
async def test_up_arrives_at_the_fresh_definitions(make_database, fresh, state):
    dsn = make_database(SCHEMA[state])
    await up(dsn, backup=False)
    got = await catalog_of(dsn)
    assert set(got.tables) == set(fresh.tables)
    for table, columns in fresh.tables.items():
        mine = {n: c for n, c in got.tables[table].items() if (table, n) not in LEGACY_ONLY}
        assert {n: (c.type, c.not_null) for n, c in mine.items()} == {
            n: (c.type, c.not_null) for n, c in columns.items()
        }, table
    for index in fresh.indexes:
        assert (
            got.indexed(index.table, index.columns, unique=index.unique)
            or index.partial
            or "" in index.columns
        ), index
    for wanted in (*PERSON_COLUMNS, STATUS):
        assert definitions(got, wanted) == definitions(fresh, wanted)
    assert fresh.views == got.views


def definitions(catalog, item):
    """The constraints that this item is about, as PostgreSQL writes them."""
    start = f"FOREIGN KEY ({item.column})" if isinstance(item, ForeignKey) else "CHECK"
    return {
        c.definition
        for c in catalog.constraints
        if c.table == item.table
        and c.definition.startswith(start)
        and (isinstance(item, ForeignKey) or (isinstance(item, Check) and c.name == item.name))
    }


async def test_a_fresh_installation_has_every_object(fresh):
    assert [item.label for item in target() if not item.exists(fresh)] == []
    assert ONLY_WHILE_BOTH_WRITE
