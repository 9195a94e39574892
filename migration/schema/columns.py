"""Columns that the database shall have, as values: each knows whether it is there, how to make it and take it back.

Everything is compared by definition, never by name alone.
"""

from dataclasses import dataclass

from migration.schema.catalog import Catalog
from migration.schema.connection import literal
from migration.schema.statements import STRONG, WEAK, Statement


def key_type(catalog: Catalog, table: str) -> str:
    """Return the type that a reference to this table has: bigint where its keys are."""
    column = catalog.column(table, "id")
    return "bigint" if column is not None and column.base == "bigint" else "integer"


@dataclass(frozen=True)
class AddColumn:
    """A column that PostgreSQL can add without rewriting the table.

    `like`: who may read or write that column of the table, and has no right on the whole table, may do so here.
    `refers`: the table whose key it holds; then it has that key's type.
    """

    table: str
    name: str
    type: str
    default: str | None = None
    not_null: bool = False
    like: str = ""
    refers: str = ""

    @property
    def label(self) -> str:
        """Name of the step."""
        return f"column {self.table}.{self.name}"

    def exists(self, catalog: Catalog) -> bool:
        """There, of this type; NOT NULL is a item of its own when the column was there before."""
        column = catalog.column(self.table, self.name)
        if column is None:
            return False
        return column.type == self.type or (bool(self.refers) and column.base in ("integer", "bigint"))

    def create(self, catalog: Catalog) -> list[Statement]:
        """ADD COLUMN; a constant default costs nothing since PostgreSQL 11."""
        preset = f" DEFAULT {self.default}" if self.default else ""
        strict = " NOT NULL" if self.not_null else ""
        type_ = key_type(catalog, self.refers) if self.refers else self.type
        made = [f"ALTER TABLE @{self.table} ADD COLUMN {self.name} {type_}{preset}{strict}"]
        made += [
            f"GRANT {g.privilege} ({self.name}) ON @{self.table} TO {g.role}"
            for g in catalog.grants
            if (g.table, g.column) == (self.table, self.like)
        ]
        return [Statement(";\n".join(made), STRONG)]

    def revert(self, catalog: Catalog) -> list[str]:
        """DROP COLUMN."""
        return [f"ALTER TABLE @{self.table} DROP COLUMN IF EXISTS {self.name}"]


@dataclass(frozen=True)
class WideKey:
    """A reference as wide as the key that it refers to, in a small table: PostgreSQL rewrites it.

    Somebody made the large table's keys bigint and forgot this one; our triggers write it, and must not fail.
    """

    table: str
    name: str
    refers: str

    @property
    def label(self) -> str:
        """Name of the step."""
        return f"key {self.table}.{self.name}"

    def exists(self, catalog: Catalog) -> bool:
        """It holds every key, or comes with its table."""
        column = catalog.column(self.table, self.name)
        return column is None or column.base == "bigint" or key_type(catalog, self.refers) != "bigint"

    def create(self, catalog: Catalog) -> list[Statement]:
        """ALTER COLUMN TYPE."""
        sql = f"ALTER TABLE @{self.table} ALTER COLUMN {self.name} TYPE bigint"
        return [Statement(sql, STRONG + " for a small table", several=True)]

    def revert(self, catalog: Catalog) -> list[str]:
        """The narrow type again."""
        return [f"ALTER TABLE @{self.table} ALTER COLUMN {self.name} TYPE integer"]


@dataclass(frozen=True)
class Nullable:
    """Columns that may be empty from now on."""

    table: str
    names: tuple[str, ...]

    @property
    def label(self) -> str:
        """Name of the step."""
        return f"nullable {self.table}.{self.names[0]}"

    def _strict(self, catalog: Catalog) -> list[str]:
        return [n for n in self.names if (c := catalog.column(self.table, n)) is not None and c.not_null]

    def exists(self, catalog: Catalog) -> bool:
        """None of them refuses NULL, and no CHECK that a cut way back left does."""
        return not self._strict(catalog) and not self._left(catalog)

    def _left(self, catalog: Catalog) -> list[str]:
        return [
            check for name in self.names if catalog.constraint(self.table, check := temporary_check(name))
        ]

    def create(self, catalog: Catalog) -> list[Statement]:
        """DROP NOT NULL: the catalog only."""
        drops = [f"ALTER COLUMN {name} DROP NOT NULL" for name in self._strict(catalog)]
        drops += [f"DROP CONSTRAINT {check}" for check in self._left(catalog)]
        return [Statement(f"ALTER TABLE @{self.table} {', '.join(drops)}", STRONG)]

    def revert(self, catalog: Catalog) -> list[str]:
        """Through a validated CHECK, so that SET NOT NULL need not scan under its lock."""
        made = [sql for name in self._strict(catalog) for sql in set_not_null(self.table, name)]
        return made + [sql for name in self._strict(catalog) for sql in _named(catalog, self.table, name)]


# Since PostgreSQL 18 NOT NULL has a name; another table may have the one that PostgreSQL would choose.
NAMED = """
DO $body$
DECLARE
    place regclass := format('%I.%I', :'schema', '{table}')::regclass;
    now_named text := (SELECT c.conname FROM pg_constraint c
        JOIN pg_attribute a ON a.attrelid = c.conrelid AND a.attnum = c.conkey[1]
        WHERE c.contype = 'n' AND c.conrelid = place AND a.attname = '{column}');
BEGIN
    IF now_named <> {name} THEN
        EXECUTE format('ALTER TABLE %s RENAME CONSTRAINT %I TO %I', place, now_named, {name});
    END IF;
END $body$"""


def _named(catalog: Catalog, table: str, column: str) -> list[str]:
    """Return what gives NOT NULL the name that it had."""
    return [
        NAMED.format(table=table, column=column, name=literal(c.name))
        for c in catalog.constraints
        if (c.table, c.kind, c.definition) == (table, "n", f"NOT NULL {column}")
    ]


def temporary_check(column: str) -> str:
    """Return the name of the CHECK that stands in while a column becomes NOT NULL."""
    return f"chat_migration_{column}_there"


def set_not_null(table: str, column: str) -> list[str]:
    """Return the four statements that make a column NOT NULL without a scan under a strong lock."""
    check = temporary_check(column)
    return [
        f"ALTER TABLE @{table} ADD CONSTRAINT {check} CHECK ({column} IS NOT NULL) NOT VALID",
        f"ALTER TABLE @{table} VALIDATE CONSTRAINT {check}",
        f"ALTER TABLE @{table} ALTER COLUMN {column} SET NOT NULL",
        f"ALTER TABLE @{table} DROP CONSTRAINT {check}",
    ]


@dataclass(frozen=True)
class NotNull:
    """A column that may not be empty."""

    table: str
    name: str

    @property
    def label(self) -> str:
        """Name of the step."""
        return f"not null {self.table}.{self.name}"

    def exists(self, catalog: Catalog) -> bool:
        """It refuses NULL."""
        column = catalog.column(self.table, self.name)
        return column is not None and column.not_null

    def create(self, catalog: Catalog) -> list[Statement]:
        """CHECK NOT VALID, VALIDATE, SET NOT NULL, DROP CHECK."""
        return [
            Statement(sql, WEAK if "VALIDATE" in sql else STRONG)
            for sql in set_not_null(self.table, self.name)
        ]

    def revert(self, catalog: Catalog) -> list[str]:
        """DROP NOT NULL, and the CHECK of a way there that was cut."""
        return [
            f"ALTER TABLE @{self.table} ALTER COLUMN {self.name} DROP NOT NULL",
            f"ALTER TABLE @{self.table} DROP CONSTRAINT IF EXISTS {temporary_check(self.name)}",
        ]
