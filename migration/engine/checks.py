"""May this database be migrated at all? Everything that stands in the way, asked of the catalog before any change."""

from collections.abc import Mapping

from migration.anomalies.identities import ADDED_TO, IDENTITIES, JOURNALED
from migration.anomalies.merges import MERGES
from migration.engine.errors import RefusedError
from migration.schema.catalog import Catalog, read_catalog
from migration.schema.connection import Connection
from migration.schema.states import missing_tables

OLDEST = 140_000
PROFILES = ("student_profiles", "tutor_profiles", "parent_profiles", "advertiser_profiles")
OURS = ("users", *JOURNALED, *ADDED_TO, *PROFILES, "user_sessions", "poll_options")
TABLES = """
SELECT c.relname AS name, c.relrowsecurity AS secured, c.relkind = 'p' AS partitioned,
    pg_has_role(c.relowner, 'USAGE') AS owned
FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
WHERE n.nspname = $1 AND c.relkind IN ('r', 'p') AND c.relname = ANY ($2) ORDER BY 1
"""
# Others' foreign keys onto rows that may be merged away, and what keeps their rows from following the one that stays.
HANGING = """
SELECT c.conrelid::regclass::text AS child, t.relname AS parent, c.conname AS name, CASE
    WHEN cardinality(c.conkey) > 1 OR k.attname <> 'id' THEN 'it names them by more than their id'
    WHEN p.relkind = 'p' THEN 'its table is partitioned'
    WHEN EXISTS (SELECT FROM pg_index x WHERE x.indrelid = c.conrelid AND x.indisunique
        AND a.attnum = ANY (x.indkey::int2[])) THEN 'two of its rows cannot refer to the same one'
    WHEN t.relname = 'blocked_chat_contacts' AND a.attnotnull THEN 'it must not be empty when a block of oneself goes'
    WHEN NOT has_table_privilege(c.conrelid, 'UPDATE') THEN 'this role may not update it'
    END AS why
FROM pg_constraint c JOIN pg_class t ON t.oid = c.confrelid JOIN pg_namespace n ON n.oid = t.relnamespace
JOIN pg_class p ON p.oid = c.conrelid
JOIN pg_attribute a ON a.attrelid = c.conrelid AND a.attnum = c.conkey[1]
JOIN pg_attribute k ON k.attrelid = c.confrelid AND k.attnum = c.confkey[1]
WHERE c.contype = 'f' AND n.nspname = $1 AND t.relname = ANY ($2) AND c.conparentid = 0 ORDER BY 1, 3
"""


# Where rows of the chat are values of a column: PostgreSQL then adds no column with a default to them.
ROW_TYPES = """
SELECT d.attrelid::regclass::text AS place, d.attname AS name, t.relname AS parent
FROM pg_class t JOIN pg_namespace n ON n.oid = t.relnamespace
JOIN pg_type y ON y.oid = t.reltype OR y.typelem = t.reltype
JOIN pg_attribute d ON d.atttypid = y.oid AND NOT d.attisdropped JOIN pg_class c ON c.oid = d.attrelid
WHERE n.nspname = $1 AND t.relname = ANY ($2) AND c.relkind IN ('r', 'p', 'm') ORDER BY 1, 2
"""


async def check_database(connection: Connection) -> None:
    """Raise RefusedError, with every reason, unless this database may be migrated."""
    found = await obstacles(connection)
    if found:
        raise RefusedError("; ".join(found))


async def obstacles(connection: Connection) -> list[str]:
    """Return what stands in the way, a sentence each; reads the catalog only."""
    if await connection.fetchval("SELECT pg_is_in_recovery()"):
        return ["this is a replica; migrate the primary"]
    if await connection.fetchval("SELECT current_setting('server_version_num')::int") < OLDEST:
        return ["PostgreSQL 14 or newer is needed"]
    catalog = await read_catalog(connection)
    if missing := missing_tables(catalog):
        return [f"this is no chat database: no table {', '.join(missing)}"]
    return [
        *await _role(connection),
        *await _tables(connection),
        *_keys(catalog),
        *await _hanging(connection),
        *await _row_types(connection),
    ]


async def _role(connection: Connection) -> list[str]:
    """What the migrating role lacks."""
    found = []
    if await connection.fetchval("SELECT current_setting('default_transaction_read_only') = 'on'"):
        found.append(
            "this role is read-only (default_transaction_read_only); migrate with another one, "
            "or ALTER ROLE … SET default_transaction_read_only TO off"
        )
    if not await connection.fetchval("SELECT has_database_privilege(current_database(), 'CREATE')"):
        found.append(
            "missing rights: this role may not create a schema in the database (GRANT CREATE ON DATABASE)"
        )
    usable = "SELECT has_schema_privilege($1, 'USAGE') AND has_schema_privilege($1, 'CREATE')"
    if not await connection.fetchval(usable, connection.schema):
        found.append(
            f"missing rights: this role may not create in the schema {connection.schema} "
            "(GRANT CREATE ON SCHEMA)"
        )
    return found


async def _tables(connection: Connection) -> list[str]:
    rows = await connection.fetch(TABLES, connection.schema, list(OURS))
    found = []
    if foreign := [r["name"] for r in rows if not r["owned"]]:
        found.append(f"missing rights: this role does not own {', '.join(foreign)}")
    if secured := [r["name"] for r in rows if r["secured"]]:
        found.append(
            f"row security is on for {', '.join(secured)}: "
            "a trigger would change rows that a policy hides from who writes"
        )
    if parts := [r["name"] for r in rows if r["partitioned"]]:
        found.append(
            f"{', '.join(parts)}: partitioned, and a key by person that holds across partitions cannot be made"
        )
    return found


def _keys(catalog: Catalog) -> list[str]:
    """Which keys are no numbers."""
    wanted = {(table, "id") for table in OURS}
    wanted |= {(i.table, name) for i in IDENTITIES for name in (i.user, i.id)}
    wanted |= {(table, "user_id") for table in PROFILES}
    if not any(table in catalog.tables for table in PROFILES):
        return [f"no table says who is who: none of {', '.join(PROFILES)}"]
    odd = {
        f"{t}.{c}": column
        for t, c in sorted(wanted)
        if (column := catalog.column(t, c)) and not _number(column)
    }
    return [
        f"{name} is {column.type}: only integer and bigint keys are understood"
        for name, column in odd.items()
    ]


def _number(column: object) -> bool:
    return getattr(column, "base", "") in ("integer", "bigint", "smallint")


async def _hanging(connection: Connection) -> list[str]:
    parents = [merge.table for merge in MERGES]
    rows: list[Mapping[str, str]] = await connection.fetch(HANGING, connection.schema, parents)
    return [
        f"{r['child']} refers to rows of {r['parent']} that may be merged into others ({r['name']}), and {r['why']}: "
        "drop that foreign key until the migration is done, then point its rows to the ones that stayed"
        for r in rows
        if r["why"]
    ]


async def _row_types(connection: Connection) -> list[str]:
    rows: list[Mapping[str, str]] = await connection.fetch(ROW_TYPES, connection.schema, list(OURS))
    return [
        f"{r['place']}.{r['name']} has rows of {r['parent']} as values: PostgreSQL then adds no column with a default "
        "to that table; make it jsonb, or drop it until the migration is done"
        for r in rows
    ]
