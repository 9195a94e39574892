"""What a database really holds: tables, columns, constraints and indexes, read from PostgreSQL's own catalog."""

from collections import defaultdict
from dataclasses import dataclass, field
from typing import Any

from migration.schema.connection import Connection, identifier


@dataclass(frozen=True)
class Column:
    """One column: its type as `format_type` writes it, whether it refuses NULL, its default as SQL.

    `generated`: PostgreSQL computes it, nobody writes it. `base` is the type without its length, `stored` with it; of
    a domain those of the type under it.
    """

    type: str
    not_null: bool
    default: str | None
    generated: bool = False
    base: str = ""
    stored: str = ""


@dataclass(frozen=True)
class Grant:
    """A right on a table, or on one column of it, that a role other than its owner has; `role` as SQL writes it."""

    table: str
    column: str | None
    role: str
    privilege: str
    grantable: bool


@dataclass(frozen=True)
class Index:
    """One index. `columns` are plain columns only; an expression counts as the empty name."""

    name: str
    table: str
    columns: tuple[str, ...]
    unique: bool
    partial: bool
    valid: bool


@dataclass(frozen=True)
class Constraint:
    """One constraint; `kind` is pg_constraint.contype, `definition` what pg_get_constraintdef says."""

    name: str
    table: str
    kind: str
    definition: str
    validated: bool


@dataclass(frozen=True)
class Catalog:
    """The objects of one schema, by definition."""

    tables: dict[str, dict[str, Column]]
    indexes: tuple[Index, ...]
    constraints: tuple[Constraint, ...]
    views: frozenset[str]
    triggers: frozenset[tuple[str, str]]
    schema: str = "public"
    user: str = ""
    owners: dict[str, str] = field(default_factory=dict)
    grants: tuple[Grant, ...] = ()
    partitioned: frozenset[str] = frozenset()
    sequences: dict[str, str] = field(default_factory=dict)
    helper: str | None = None

    def column(self, table: str, name: str) -> Column | None:
        """Return a column, or None when it or its table is not there."""
        return self.tables.get(table, {}).get(name)

    def indexed(self, table: str, columns: tuple[str, ...], *, unique: bool) -> Index | None:
        """Return a valid, full index on exactly these columns, whatever its name."""
        for index in self.indexes:
            if (index.table, index.columns, index.valid, index.partial) == (table, columns, True, False) and (
                index.unique or not unique
            ):
                return index
        return None

    def constraint(self, table: str, name: str) -> Constraint | None:
        """Return a constraint by its name."""
        return next((c for c in self.constraints if (c.table, c.name) == (table, name)), None)

    def named(self, name: str) -> bool:
        """Say whether an index, table or view has this name already."""
        return name in self.tables or name in self.views or any(i.name == name for i in self.indexes)


COLUMNS = """
SELECT c.relname AS table_name, c.relkind::text AS kind, pg_get_userbyid(c.relowner) AS owner,
    a.attname AS name, a.attnotnull AS not_null, a.attgenerated <> '' AS generated,
    format_type(a.atttypid, a.atttypmod) AS type, pg_get_expr(d.adbin, d.adrelid) AS preset,
    format_type(coalesce(nullif(y.typbasetype, 0), y.oid), -1) AS base,
    CASE WHEN y.typbasetype = 0 THEN format_type(a.atttypid, a.atttypmod)
        ELSE format_type(y.typbasetype, y.typtypmod) END AS stored
FROM pg_class c
JOIN pg_namespace n ON n.oid = c.relnamespace
JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
JOIN pg_type y ON y.oid = a.atttypid
LEFT JOIN pg_attrdef d ON d.adrelid = c.oid AND d.adnum = a.attnum
WHERE n.nspname = $1 AND c.relkind IN ('r', 'p', 'v')
ORDER BY c.relname, a.attnum
"""
INDEXES = """
SELECT i.relname AS name, t.relname AS table_name, x.indisunique AS is_unique, x.indpred IS NOT NULL AS partial,
    x.indisvalid AS valid,
    ARRAY(SELECT coalesce(a.attname, '') FROM unnest(x.indkey::smallint[]) WITH ORDINALITY AS k (number, place)
        LEFT JOIN pg_attribute a ON a.attrelid = t.oid AND a.attnum = k.number AND k.number > 0
        WHERE k.place <= x.indnkeyatts ORDER BY k.place)::text[] AS columns
FROM pg_index x JOIN pg_class i ON i.oid = x.indexrelid JOIN pg_class t ON t.oid = x.indrelid
WHERE t.relnamespace = (SELECT oid FROM pg_namespace WHERE nspname = $1) ORDER BY 1
"""
CONSTRAINTS = """
SELECT c.conname AS name, t.relname AS table_name, c.contype::text AS kind, c.convalidated AS validated,
    pg_get_constraintdef(c.oid) AS definition
FROM pg_constraint c JOIN pg_class t ON t.oid = c.conrelid
WHERE t.relnamespace = (SELECT oid FROM pg_namespace WHERE nspname = $1) ORDER BY 1
"""
TRIGGERS = """
SELECT t.relname AS table_name, g.tgname AS name FROM pg_trigger g JOIN pg_class t ON t.oid = g.tgrelid
WHERE t.relnamespace = (SELECT oid FROM pg_namespace WHERE nspname = $1) AND NOT g.tgisinternal
"""


SEQUENCES = """
SELECT t.relname AS table_name, format('%I.%I', n.nspname, s.relname) AS name
FROM pg_class t JOIN pg_depend d ON d.refobjid = t.oid AND d.deptype IN ('a', 'i') AND d.classid = 'pg_class'::regclass
JOIN pg_attribute a ON a.attrelid = t.oid AND a.attnum = d.refobjsubid AND a.attname = 'id'
JOIN pg_class s ON s.oid = d.objid AND s.relkind = 'S' JOIN pg_namespace n ON n.oid = s.relnamespace
WHERE t.relnamespace = (SELECT oid FROM pg_namespace WHERE nspname = $1)
"""
# The role that owns the trigger functions: the recorded one, else the one that would be made.
HELPER = """
SELECT CASE WHEN has_role.super OR has_role.makes OR pg_has_role(r.oid, 'USAGE')
    THEN coalesce(r.rolname, wanted.name) END
FROM (SELECT 'chat_migration_' || oid AS name FROM pg_database WHERE datname = current_database()) wanted
LEFT JOIN pg_roles r ON r.rolname = wanted.name,
(SELECT rolsuper AS super, rolcreaterole AS makes FROM pg_roles WHERE rolname = current_user) has_role
"""
GRANTS = """
SELECT g.*, r.rolname AS role FROM (
SELECT c.relname AS table_name, NULL AS column_name, x.grantee, x.privilege_type AS privilege,
    x.is_grantable AS grantable
FROM pg_class c CROSS JOIN LATERAL aclexplode(c.relacl) x
WHERE c.relnamespace = (SELECT oid FROM pg_namespace WHERE nspname = $1) AND c.relkind IN ('r', 'p', 'v')
    AND x.grantee <> c.relowner
UNION ALL
SELECT c.relname, a.attname, x.grantee, x.privilege_type, x.is_grantable
FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid CROSS JOIN LATERAL aclexplode(a.attacl) x
WHERE c.relnamespace = (SELECT oid FROM pg_namespace WHERE nspname = $1) AND c.relkind IN ('r', 'p', 'v')
    AND x.grantee <> c.relowner AND NOT a.attisdropped
) g LEFT JOIN pg_roles r ON r.oid = g.grantee ORDER BY 1, 2, 4, 6
"""


async def read_catalog(connection: Connection) -> Catalog:
    """Read the chat's schema of a database; no lock that anybody notices."""
    schema = connection.schema
    columns = await connection.fetch(COLUMNS, schema)
    tables: dict[str, dict[str, Column]] = defaultdict(dict)
    for row in columns:
        if row["kind"] != "v":
            tables[row["table_name"]][row["name"]] = _column(row)
    return Catalog(
        dict(tables),
        tuple(_index(r) for r in await connection.fetch(INDEXES, schema)),
        tuple(_constraint(r) for r in await connection.fetch(CONSTRAINTS, schema)),
        frozenset(row["table_name"] for row in columns if row["kind"] == "v"),
        frozenset((r["table_name"], r["name"]) for r in await connection.fetch(TRIGGERS, schema)),
        schema,
        await connection.fetchval("SELECT current_user"),
        {row["table_name"]: row["owner"] for row in columns},
        tuple(_grant(r) for r in await connection.fetch(GRANTS, schema)),
        frozenset(row["table_name"] for row in columns if row["kind"] == "p"),
        {r["table_name"]: r["name"] for r in await connection.fetch(SEQUENCES, schema)},
        await read_helper(connection),
    )


def _column(row: Any) -> Column:
    return Column(row["type"], row["not_null"], row["preset"], row["generated"], row["base"], row["stored"])


def _index(row: Any) -> Index:
    return Index(
        row["name"], row["table_name"], tuple(row["columns"]), row["is_unique"], row["partial"], row["valid"]
    )


def _constraint(row: Any) -> Constraint:
    return Constraint(row["name"], row["table_name"], row["kind"], row["definition"], row["validated"])


def _grant(row: Any) -> Grant:
    role = "PUBLIC" if row["role"] is None else identifier(row["role"])
    return Grant(row["table_name"], row["column_name"], role, row["privilege"], row["grantable"])


async def read_helper(connection: Connection) -> str | None:
    """Return the role that owns, or is going to own, the trigger functions; None: they stay with who migrates."""
    helper: str | None
    if await connection.fetchval("SELECT to_regclass('chat_migration.run')") is not None:
        helper = await connection.fetchval("SELECT to_jsonb(r) ->> 'owner' FROM chat_migration.run r")
    else:
        helper = await connection.fetchval(HELPER)
    return helper
