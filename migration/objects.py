"""What the database shall have, as values: each knows whether it is there, how to make it and how to take it back.

Everything is compared by definition. A name that is taken by something else is not touched; ours gets another one.
"""

import re
from dataclasses import dataclass
from typing import Protocol

from migration.catalog import Catalog


@dataclass(frozen=True)
class Statement:
    """One SQL statement and the lock it takes; `alone`: outside a transaction; `several`: locks table after table."""

    sql: str
    lock: str
    alone: bool = False
    several: bool = False

    @property
    def strong(self) -> bool:
        """It keeps writers out while it holds its lock."""
        return not self.alone and "UPDATE EXCLUSIVE" not in self.lock


class Wish(Protocol):
    """One object of the target shape."""

    @property
    def table(self) -> str:
        """The table it belongs to."""

    @property
    def label(self) -> str:
        """A name for people and for the record of steps; unique."""

    def granted(self, catalog: Catalog) -> bool:
        """Say whether the database has it, by definition."""

    def make(self, catalog: Catalog) -> list[Statement]:
        """Return what brings it."""

    def undo(self, catalog: Catalog) -> list[str]:
        """Return what takes it back, for a database that looks like this before `make`."""


STRONG = "ACCESS EXCLUSIVE, a moment"
SHARED = "SHARE ROW EXCLUSIVE, a moment"
WEAK = "SHARE UPDATE EXCLUSIVE"


@dataclass(frozen=True)
class AddColumn:
    """A column that PostgreSQL can add without rewriting the table."""

    table: str
    name: str
    type: str
    default: str | None = None
    not_null: bool = False

    @property
    def label(self) -> str:
        """Name of the step."""
        return f"column {self.table}.{self.name}"

    def granted(self, catalog: Catalog) -> bool:
        """There, of this type; NOT NULL is a wish of its own when the column was there before."""
        column = catalog.column(self.table, self.name)
        return column is not None and column.type == self.type

    def make(self, catalog: Catalog) -> list[Statement]:
        """ADD COLUMN; a constant default costs nothing since PostgreSQL 11."""
        preset = f" DEFAULT {self.default}" if self.default else ""
        strict = " NOT NULL" if self.not_null else ""
        return [
            Statement(f"ALTER TABLE {self.table} ADD COLUMN {self.name} {self.type}{preset}{strict}", STRONG)
        ]

    def undo(self, catalog: Catalog) -> list[str]:
        """DROP COLUMN."""
        return [f"ALTER TABLE {self.table} DROP COLUMN IF EXISTS {self.name}"]


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

    def granted(self, catalog: Catalog) -> bool:
        """None of them refuses NULL, and no CHECK that a cut way back left does."""
        return not self._strict(catalog) and not self._left(catalog)

    def _left(self, catalog: Catalog) -> list[str]:
        return [
            check for name in self.names if catalog.constraint(self.table, check := temporary_check(name))
        ]

    def make(self, catalog: Catalog) -> list[Statement]:
        """DROP NOT NULL: the catalog only."""
        drops = [f"ALTER COLUMN {name} DROP NOT NULL" for name in self._strict(catalog)]
        drops += [f"DROP CONSTRAINT {check}" for check in self._left(catalog)]
        return [Statement(f"ALTER TABLE {self.table} {', '.join(drops)}", STRONG)]

    def undo(self, catalog: Catalog) -> list[str]:
        """Through a validated CHECK, so that SET NOT NULL need not scan under its lock."""
        return [sql for name in self._strict(catalog) for sql in set_not_null(self.table, name)]


def temporary_check(column: str) -> str:
    """Return the name of the CHECK that stands in while a column becomes NOT NULL."""
    return f"chat_migration_{column}_there"


def set_not_null(table: str, column: str) -> list[str]:
    """Return the four statements that make a column NOT NULL without a scan under a strong lock."""
    check = temporary_check(column)
    return [
        f"ALTER TABLE {table} ADD CONSTRAINT {check} CHECK ({column} IS NOT NULL) NOT VALID",
        f"ALTER TABLE {table} VALIDATE CONSTRAINT {check}",
        f"ALTER TABLE {table} ALTER COLUMN {column} SET NOT NULL",
        f"ALTER TABLE {table} DROP CONSTRAINT {check}",
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

    def granted(self, catalog: Catalog) -> bool:
        """It refuses NULL."""
        column = catalog.column(self.table, self.name)
        return column is not None and column.not_null

    def make(self, catalog: Catalog) -> list[Statement]:
        """CHECK NOT VALID, VALIDATE, SET NOT NULL, DROP CHECK."""
        return [
            Statement(sql, WEAK if "VALIDATE" in sql else STRONG)
            for sql in set_not_null(self.table, self.name)
        ]

    def undo(self, catalog: Catalog) -> list[str]:
        """DROP NOT NULL, and the CHECK of a way there that was cut."""
        return [
            f"ALTER TABLE {self.table} ALTER COLUMN {self.name} DROP NOT NULL",
            f"ALTER TABLE {self.table} DROP CONSTRAINT IF EXISTS {temporary_check(self.name)}",
        ]


@dataclass(frozen=True)
class ForeignKey:
    """A reference to users that becomes NULL with the person. Made NOT VALID; `Validated` follows."""

    table: str
    column: str

    @property
    def name(self) -> str:
        """The constraint's name, as PostgreSQL itself would choose it."""
        return f"{self.table}_{self.column}_fkey"

    @property
    def label(self) -> str:
        """Name of the step."""
        return f"foreign key {self.table}.{self.column}"

    def _definition(self, valid: str = "") -> str:
        return f"FOREIGN KEY ({self.column}) REFERENCES users(id) ON DELETE SET NULL{valid}"

    def granted(self, catalog: Catalog) -> bool:
        """A foreign key of this definition is there, validated or not."""
        return any(
            c.table == self.table and c.definition.removesuffix(" NOT VALID") == self._definition()
            for c in catalog.constraints
        )

    def _wrong(self, catalog: Catalog) -> list[tuple[str, str]]:
        start = f"FOREIGN KEY ({self.column})"
        return [
            (c.name, c.definition)
            for c in catalog.constraints
            if c.table == self.table and c.kind == "f" and c.definition.startswith(start)
        ]

    def make(self, catalog: Catalog) -> list[Statement]:
        """ADD CONSTRAINT NOT VALID; one with another ON DELETE gives way in the same statement (O11)."""
        drops = "".join(f"DROP CONSTRAINT {name}, " for name, _ in self._wrong(catalog))
        sql = f"ALTER TABLE {self.table} {drops}ADD CONSTRAINT {self.name} {self._definition(' NOT VALID')}"
        return [Statement(sql, SHARED + ", also on users", several=True)]

    def undo(self, catalog: Catalog) -> list[str]:
        """DROP CONSTRAINT, and what was there before comes back."""
        back = [
            f"ALTER TABLE {self.table} ADD CONSTRAINT {n} {d.removesuffix(' NOT VALID')} NOT VALID"
            for n, d in self._wrong(catalog)
        ]
        valid = [f"ALTER TABLE {self.table} VALIDATE CONSTRAINT {n}" for n, _ in self._wrong(catalog)]
        return [f"ALTER TABLE {self.table} DROP CONSTRAINT IF EXISTS {self.name}", *back, *valid]


@dataclass(frozen=True)
class Check:
    """A CHECK constraint. One of the same name with another meaning gives way to it."""

    table: str
    name: str
    expression: str
    words: tuple[str, ...] = ()

    @property
    def label(self) -> str:
        """Name of the step."""
        return f"check {self.table}.{self.name}"

    def granted(self, catalog: Catalog) -> bool:
        """There: with all its words, or, without words, by its name."""
        there = catalog.constraint(self.table, self.name)
        return there is not None and set(self.words) <= set(re.findall(r"'(\w+)'", there.definition))

    def make(self, catalog: Catalog) -> list[Statement]:
        """ADD CONSTRAINT NOT VALID; old rows are looked at later, without a strong lock."""
        there = catalog.constraint(self.table, self.name)
        drop = f"DROP CONSTRAINT {self.name}, " if there else ""
        sql = f"ALTER TABLE {self.table} {drop}ADD CONSTRAINT {self.name} CHECK ({self.expression}) NOT VALID"
        return [Statement(sql, STRONG)]

    def undo(self, catalog: Catalog) -> list[str]:
        """DROP CONSTRAINT; an old list of words is written as a list again, so that its definition is the same."""
        there = catalog.constraint(self.table, self.name)
        drop = f"ALTER TABLE {self.table} DROP CONSTRAINT IF EXISTS {self.name}"
        if there is None:
            return [drop]
        words = ", ".join(f"'{word}'" for word in re.findall(r"'(\w+)'", there.definition))
        column = self.expression.split(" ", 1)[0]
        add = f"ALTER TABLE {self.table} ADD CONSTRAINT {self.name} CHECK ({column} IN ({words})) NOT VALID"
        return [drop, add, f"ALTER TABLE {self.table} VALIDATE CONSTRAINT {self.name}"]


@dataclass(frozen=True)
class Validated:
    """A constraint that was made NOT VALID has looked at all old rows."""

    wish: ForeignKey | Check

    @property
    def table(self) -> str:
        """The table of the constraint."""
        return self.wish.table

    @property
    def label(self) -> str:
        """Name of the step."""
        return f"validate {self.wish.table}.{self.wish.name}"

    def granted(self, catalog: Catalog) -> bool:
        """There and validated; a foreign key under any name."""
        found = [
            c
            for c in catalog.constraints
            if c.table == self.table and (c.name == self.wish.name or self._same(c.definition))
        ]
        return any(c.validated for c in found)

    def _same(self, definition: str) -> bool:
        return isinstance(self.wish, ForeignKey) and definition.startswith(
            f"FOREIGN KEY ({self.wish.column})"
        )

    def make(self, catalog: Catalog) -> list[Statement]:
        """VALIDATE CONSTRAINT: reads and writes go on."""
        return [Statement(f"ALTER TABLE {self.table} VALIDATE CONSTRAINT {self.wish.name}", WEAK)]

    def undo(self, catalog: Catalog) -> list[str]:
        """Nothing: the constraint itself goes in its own step."""
        return []


@dataclass(frozen=True)
class IndexOn:
    """An index, unique or not, built while everybody goes on writing."""

    name: str
    table: str
    columns: tuple[str, ...]
    unique: bool = False

    @property
    def label(self) -> str:
        """Name of the step."""
        return f"index {self.name}"

    def granted(self, catalog: Catalog) -> bool:
        """A valid full index on these columns is there, under whatever name."""
        return catalog.indexed(self.table, self.columns, unique=self.unique) is not None

    def free_name(self, catalog: Catalog) -> str:
        """Return our name, or another one when something different has it."""
        taken = next((i for i in catalog.indexes if i.name == self.name), None)
        ours = taken is not None and not taken.valid and taken.table == self.table
        return self.name if ours or not catalog.named(self.name) else f"{self.name}_by_person"

    def make(self, catalog: Catalog) -> list[Statement]:
        """CREATE INDEX CONCURRENTLY; an INVALID leftover of an earlier try is dropped first (O2)."""
        name, word = self.free_name(catalog), "UNIQUE INDEX" if self.unique else "INDEX"
        create = f"CREATE {word} CONCURRENTLY {name} ON {self.table} ({', '.join(self.columns)})"
        made = [Statement(create, WEAK, alone=True)]
        if any(i.name == name and not i.valid for i in catalog.indexes):
            made.insert(0, Statement(f"DROP INDEX CONCURRENTLY IF EXISTS {name}", WEAK, alone=True))
        return made

    def undo(self, catalog: Catalog) -> list[str]:
        """DROP INDEX CONCURRENTLY."""
        return [f"DROP INDEX CONCURRENTLY IF EXISTS {self.free_name(catalog)}"]


@dataclass(frozen=True)
class NewTable:
    """A table with its own indexes, as one or more CREATE statements."""

    table: str
    statements: tuple[str, ...]

    @property
    def label(self) -> str:
        """Name of the step."""
        return f"table {self.table}"

    def granted(self, catalog: Catalog) -> bool:
        """There, or there as a view."""
        return self.table in catalog.tables or self.table in catalog.views

    def make(self, catalog: Catalog) -> list[Statement]:
        """CREATE; nobody can wait for a table that was not there, only for those that it references."""
        return [Statement(sql, SHARED + " on what it references", several=True) for sql in self.statements]

    def undo(self, catalog: Catalog) -> list[str]:
        """DROP TABLE or DROP VIEW."""
        kind = "VIEW" if self.statements[0].startswith("CREATE VIEW") else "TABLE"
        return [f"DROP {kind} IF EXISTS {self.table}"]
