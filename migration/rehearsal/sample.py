"""Sampled rows that fit together: whole people of the chat, some rows of other tables, all that they reference."""

# SQL is put together from names that the catalog quoted: no value from outside reaches it.
# ruff: noqa: S608

import io
from collections import defaultdict
from dataclasses import dataclass, field

from migration.anomalies.identities import IDENTITIES
from migration.phases.table_functions import PROFILES
from migration.schema.catalog import Catalog
from migration.schema.connection import Connection

PEOPLE = 60
OF_PEOPLE = 400  # rows a table that belong to the chosen people
OF_OTHERS = 100  # rows of every other table
Places = dict[int, set[str]]  # table's oid -> row's ctid

TABLES = """
SELECT c.oid::int8 AS oid, c.oid::regclass::text AS name, c.relname AS plain FROM pg_class c
JOIN pg_namespace n ON n.oid = c.relnamespace
WHERE c.relkind IN ('r', 'p') AND NOT c.relispartition AND n.nspname NOT LIKE 'pg\\_%'
    AND n.nspname NOT IN ('information_schema', 'chat_migration', 'chat_quarantine')
    AND c.relpersistence <> 't' AND has_table_privilege(c.oid, 'SELECT')"""
KEYS = """
SELECT c.conrelid::regclass::text AS child, c.confrelid::regclass::text AS parent,
    (SELECT string_agg(format('c.%I = p.%I', a.attname, b.attname), ' AND ') FROM unnest(c.conkey, c.confkey) k (x, y)
        JOIN pg_attribute a ON a.attrelid = c.conrelid AND a.attnum = x
        JOIN pg_attribute b ON b.attrelid = c.confrelid AND b.attnum = y) AS joined
FROM pg_constraint c WHERE c.contype = 'f' AND c.conparentid = 0"""
COLUMNS = """
SELECT n.nspname AS schema, c.relname AS name, array_agg(a.attname ORDER BY a.attnum)::text[] AS plain,
    string_agg(quote_ident(a.attname), ', ' ORDER BY a.attnum) AS columns
FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped AND a.attgenerated = ''
WHERE c.oid = $1::int8::oid GROUP BY 1, 2"""
SEQUENCES = """
SELECT format('%I.%I', schemaname, sequencename) AS name, last_value FROM pg_sequences
WHERE last_value IS NOT NULL AND schemaname NOT IN ('chat_migration', 'chat_quarantine')"""


@dataclass
class Sample:
    """The chosen rows: by table and place."""

    places: Places = field(default_factory=lambda: defaultdict(set))

    @property
    def rows(self) -> int:
        """How many."""
        return sum(map(len, self.places.values()))

    async def add(self, connection: Connection, query: str) -> bool:
        """Add the rows that a query names by (tableoid, ctid); say whether there were new ones."""
        before = self.rows
        for oid, place in await connection.fetch(f"SELECT t.o::int8, t.c::text FROM ({query}) t (o, c)"):
            self.places[oid].add(place)
        return self.rows > before

    def among(self, alias: str) -> str:
        """Return the condition that a row is one of the chosen ones."""
        parts = [
            f"({alias}.tableoid = {oid} AND {alias}.ctid = ANY ({_places(places)}))"
            for oid, places in self.places.items()
        ]
        return " OR ".join(parts) or "false"


def _places(places: set[str]) -> str:
    inside = ",".join(f'"{place}"' for place in sorted(places))
    return f"'{{{inside}}}'::tid[]"


async def chosen(connection: Connection, catalog: Catalog) -> Sample:
    """Choose rows of a database, in one snapshot; every reference of a chosen row leads to a chosen row."""
    sample = Sample()
    people = await _people(connection, catalog)
    for table in await connection.fetch(TABLES):
        users = [i.user for i in IDENTITIES if i.table == table["plain"] and catalog.column(i.table, i.user)]
        if users:
            mine = " OR ".join(f"t.{user} = ANY ('{{{people}}}')" for user in users)
            query = f"SELECT t.tableoid, t.ctid FROM {table['name']} t WHERE {mine} LIMIT {OF_PEOPLE}"
        else:
            query = f"SELECT t.tableoid, t.ctid FROM {table['name']} t LIMIT {OF_OTHERS}"
        await sample.add(connection, query)
    keys = await connection.fetch(KEYS)
    while any([await _referenced(connection, sample, key) for key in keys]):
        pass
    return sample


async def _referenced(connection: Connection, sample: Sample, key: dict[str, str]) -> bool:
    return await sample.add(
        connection,
        f"SELECT DISTINCT p.tableoid, p.ctid FROM {key['parent']} p JOIN {key['child']} c ON {key['joined']} "
        f"WHERE {sample.among('c')}",
    )


async def _people(connection: Connection, catalog: Catalog) -> str:
    """Choose people with several roles first: the merges are about them; then the first and the last ones."""
    tables = [f"@{table}" for _, table in PROFILES if table in catalog.tables]
    roles = " UNION ALL ".join(f"SELECT user_id FROM {t}" for t in tables) or "SELECT NULL::int"
    rows = await connection.fetch(
        f"""SELECT * FROM (SELECT user_id FROM ({roles}) r WHERE user_id IS NOT NULL GROUP BY 1 HAVING count(*) > 1
            ORDER BY 1 LIMIT {PEOPLE}) a
        UNION SELECT * FROM (SELECT id FROM @users ORDER BY id LIMIT {PEOPLE // 2}) b
        UNION SELECT * FROM (SELECT id FROM @users ORDER BY id DESC LIMIT {PEOPLE // 2}) c"""
    )
    return ",".join(str(row[0]) for row in rows)


async def copied(source: Connection, target: Connection, sample: Sample) -> None:
    """Copy the chosen rows into tables of the same names, and the sequences to where they stand."""
    for oid, places in sample.places.items():
        row = await source.fetchrow(COLUMNS, oid)
        if row is None:
            continue
        text = io.BytesIO()
        name = await source.fetchval("SELECT $1::int8::oid::regclass::text", oid)
        query = f"SELECT {row['columns']} FROM ONLY {name} WHERE ctid = ANY ({_places(places)})"
        await source.copy_from_query(query, output=text)
        text.seek(0)
        await target.copy_to_table(row["name"], source=text, columns=row["plain"], schema_name=row["schema"])
    for name, last in await source.fetch(SEQUENCES):
        await target.execute("SELECT setval(to_regclass($1), $2)", name, last)
