"""What a database really holds: tables, columns, constraints and indexes, read from PostgreSQL's own catalog."""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import asyncpg

# Generic for the type checker only.
if TYPE_CHECKING:
    Connection = asyncpg.Connection[Any]
else:
    Connection = asyncpg.Connection


@dataclass(frozen=True)
class Column:
    """One column: its type as `format_type` writes it, whether it refuses NULL, its default as SQL."""

    type: str
    not_null: bool
    default: str | None


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
SELECT c.relname AS table_name, c.relkind::text AS kind, a.attname AS name, a.attnotnull AS not_null,
    format_type(a.atttypid, a.atttypmod) AS type, pg_get_expr(d.adbin, d.adrelid) AS preset
FROM pg_class c
JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
LEFT JOIN pg_attrdef d ON d.adrelid = c.oid AND d.adnum = a.attnum
WHERE c.relnamespace = current_schema()::regnamespace AND c.relkind IN ('r', 'p', 'v')
ORDER BY c.relname, a.attnum
"""
INDEXES = """
SELECT i.relname AS name, t.relname AS table_name, x.indisunique AS is_unique, x.indpred IS NOT NULL AS partial,
    x.indisvalid AS valid,
    ARRAY(SELECT coalesce(a.attname, '') FROM unnest(x.indkey::smallint[]) WITH ORDINALITY AS k (number, place)
        LEFT JOIN pg_attribute a ON a.attrelid = t.oid AND a.attnum = k.number AND k.number > 0
        WHERE k.place <= x.indnkeyatts ORDER BY k.place)::text[] AS columns
FROM pg_index x JOIN pg_class i ON i.oid = x.indexrelid JOIN pg_class t ON t.oid = x.indrelid
WHERE t.relnamespace = current_schema()::regnamespace ORDER BY 1
"""
CONSTRAINTS = """
SELECT c.conname AS name, t.relname AS table_name, c.contype::text AS kind, c.convalidated AS validated,
    pg_get_constraintdef(c.oid) AS definition
FROM pg_constraint c JOIN pg_class t ON t.oid = c.conrelid
WHERE t.relnamespace = current_schema()::regnamespace ORDER BY 1
"""
TRIGGERS = """
SELECT t.relname AS table_name, g.tgname AS name FROM pg_trigger g JOIN pg_class t ON t.oid = g.tgrelid
WHERE t.relnamespace = current_schema()::regnamespace AND NOT g.tgisinternal
"""


async def read_catalog(connection: Connection) -> Catalog:
    """Read the current schema of a database; four queries, no lock that anybody notices."""
    tables: dict[str, dict[str, Column]] = {}
    views = set()
    for row in await connection.fetch(COLUMNS):
        if row["kind"] == "v":
            views.add(row["table_name"])
            continue
        columns = tables.setdefault(row["table_name"], {})
        columns[row["name"]] = Column(row["type"], row["not_null"], row["preset"])
    return Catalog(
        tables,
        tuple(
            Index(r["name"], r["table_name"], tuple(r["columns"]), r["is_unique"], r["partial"], r["valid"])
            for r in await connection.fetch(INDEXES)
        ),
        tuple(
            Constraint(r["name"], r["table_name"], r["kind"], r["definition"], r["validated"])
            for r in await connection.fetch(CONSTRAINTS)
        ),
        frozenset(views),
        frozenset((r["table_name"], r["name"]) for r in await connection.fetch(TRIGGERS)),
    )
