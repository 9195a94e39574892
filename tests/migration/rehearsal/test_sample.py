"""Sampled rows fit together: every reference leads to a sampled row, whatever the keys are made of."""

import pytest

from migration.rehearsal.sample import chosen, copied
from migration.schema.catalog import read_catalog
from tests.migration.databases import SCHEMA, SMALL, connected, filled, rows

ODD = """
CREATE TABLE regions (country text, code text, PRIMARY KEY (country, code));
INSERT INTO regions SELECT 'et', n::text FROM generate_series(1, 500) n;
CREATE TABLE "Odd Notes" (id int PRIMARY KEY, country text, code text, boss int REFERENCES "Odd Notes" (id),
    about int REFERENCES chat_messages (id), twice int GENERATED ALWAYS AS (id * 2) STORED,
    FOREIGN KEY (country, code) REFERENCES regions (country, code));
INSERT INTO "Odd Notes" SELECT n, 'et', (501 - n)::text, nullif(n - 1, 0), (SELECT max(id) FROM chat_messages)
FROM generate_series(1, 300) n;
CREATE TABLE parts (id int, at date, PRIMARY KEY (id, at)) PARTITION BY RANGE (at);
CREATE TABLE parts_1 PARTITION OF parts FOR VALUES FROM ('2026-01-01') TO ('2026-02-01');
CREATE TABLE parts_2 PARTITION OF parts DEFAULT;
INSERT INTO parts SELECT n, date '2026-01-01' + n FROM generate_series(1, 60) n;
"""


KEYS = """
SELECT conrelid::regclass::text, quote_ident(conname), pg_get_constraintdef(oid) FROM pg_constraint
WHERE contype = 'f' AND conparentid = 0"""


@pytest.fixture
async def both(make_database):
    """A source with odd tables, and an empty database of the same schema, its keys not looked at yet."""
    dsn, _ = await filled(make_database, "L", SMALL)
    async with connected(dsn) as c:
        await c.execute(ODD)
    structure = "\n".join(line for line in ODD.splitlines() if not line.startswith(("INSERT", "FROM")))
    target = make_database(SCHEMA["L"] + structure)
    async with connected(dsn) as source, connected(target) as copy:
        await copy.execute("SET session_replication_role = replica")
        yield source, copy


async def test_every_reference_of_a_sampled_row_is_there(both):
    source, copy = both
    sample = await chosen(source, await read_catalog(source))
    await copied(source, copy, sample)
    for table, name, definition in await copy.fetch(KEYS):
        await copy.execute(f"ALTER TABLE {table} DROP CONSTRAINT {name}")
        await copy.execute(f"ALTER TABLE {table} ADD CONSTRAINT {name} {definition}")


async def test_values_come_over_as_they_are_and_sequences_stand_where_they_stood(both):
    source, copy = both
    sample = await chosen(source, await read_catalog(source))
    await copied(source, copy, sample)
    some = 'SELECT t::text FROM "Odd Notes" t ORDER BY id'
    assert {r[0] for r in await copy.fetch(some)} <= {r[0] for r in await source.fetch(some)}
    last = "SELECT last_value FROM chat_messages_id_seq"
    assert await copy.fetchval(last) == await source.fetchval(last)


async def test_who_has_several_roles_is_among_the_sampled(make_database):
    dsn, _ = await filled(make_database, "L", SMALL)
    async with connected(dsn) as source:
        sample = await chosen(source, await read_catalog(source))
    assert sample.rows > 100
    assert await rows(dsn, "SELECT 1 FROM student_profiles JOIN tutor_profiles USING (user_id)")
