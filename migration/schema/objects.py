"""Constraints, indexes and tables that the database shall have, as values: each knows whether it is there, how to make
it and how to take it back.

Everything is compared by definition. A name that is taken by something else is not touched; ours gets another one.
"""

import re
from dataclasses import dataclass

from migration.schema.catalog import Catalog, Constraint
from migration.schema.columns import key_type
from migration.schema.connection import identifier
from migration.schema.statements import SHARED, STRONG, WEAK, Statement


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

    def _definition(self, catalog: Catalog, valid: str = "") -> str:
        users = f"{identifier(catalog.schema)}.users"
        return f"FOREIGN KEY ({self.column}) REFERENCES {users}(id) ON DELETE SET NULL{valid}"

    def exists(self, catalog: Catalog) -> bool:
        """A foreign key of this definition is there, validated or not."""
        return any(
            c.table == self.table and c.definition.removesuffix(" NOT VALID") == self._definition(catalog)
            for c in catalog.constraints
        )

    def _wrong(self, catalog: Catalog) -> list[tuple[str, str]]:
        start = f"FOREIGN KEY ({self.column})"
        return [
            (identifier(c.name), c.definition)
            for c in catalog.constraints
            if c.table == self.table and c.kind == "f" and c.definition.startswith(start)
        ]

    def create(self, catalog: Catalog) -> list[Statement]:
        """ADD CONSTRAINT NOT VALID; one with another ON DELETE gives way in the same statement (O11)."""
        drops = "".join(f"DROP CONSTRAINT {name}, " for name, _ in self._wrong(catalog))
        sql = f"ALTER TABLE @{self.table} {drops}ADD CONSTRAINT {self.name} {self._definition(catalog, ' NOT VALID')}"
        return [Statement(sql, SHARED + ", also on users", several=True)]

    def revert(self, catalog: Catalog) -> list[str]:
        """DROP CONSTRAINT, and what was there before comes back."""
        back = [
            f"ALTER TABLE @{self.table} ADD CONSTRAINT {n} {d.removesuffix(' NOT VALID')} NOT VALID"
            for n, d in self._wrong(catalog)
        ]
        valid = [f"ALTER TABLE @{self.table} VALIDATE CONSTRAINT {n}" for n, _ in self._wrong(catalog)]
        return [f"ALTER TABLE @{self.table} DROP CONSTRAINT IF EXISTS {self.name}", *back, *valid]


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

    def exists(self, catalog: Catalog) -> bool:
        """There: with all its words, or, without words, by its name."""
        there = catalog.constraint(self.table, self.name)
        return there is not None and set(self.words) <= set(re.findall(r"'(\w+)'", there.definition))

    def create(self, catalog: Catalog) -> list[Statement]:
        """ADD CONSTRAINT NOT VALID; old rows are looked at later, without a strong lock."""
        there = catalog.constraint(self.table, self.name)
        drop = f"DROP CONSTRAINT {self.name}, " if there else ""
        add = f"{drop}ADD CONSTRAINT {self.name} CHECK ({self.expression}) NOT VALID"
        return [Statement(f"ALTER TABLE @{self.table} {add}", STRONG)]

    def revert(self, catalog: Catalog) -> list[str]:
        """DROP CONSTRAINT; what was there before comes back, validated if it was."""
        there = catalog.constraint(self.table, self.name)
        drop = f"ALTER TABLE @{self.table} DROP CONSTRAINT IF EXISTS {self.name}"
        if there is None:
            return [drop]
        add = f"ALTER TABLE @{self.table} ADD CONSTRAINT {self.name} {self._as_written(there)} NOT VALID"
        validate = [f"ALTER TABLE @{self.table} VALIDATE CONSTRAINT {self.name}"] if there.validated else []
        return [drop, add, *validate]

    def _as_written(self, there: Constraint) -> str:
        """Return what PostgreSQL reads as this definition: what it shows of a list over varchar it reads as another."""
        if "ANY ((ARRAY[" not in there.definition:
            return there.definition.removesuffix(" NOT VALID")
        words = ", ".join(f"'{word}'" for word in re.findall(r"'(\w+)'", there.definition))
        return f"CHECK ({self.expression.split(' ', 1)[0]} IN ({words}))"


@dataclass(frozen=True)
class Validated:
    """A constraint that was made NOT VALID has looked at all old rows."""

    item: ForeignKey | Check

    @property
    def table(self) -> str:
        """The table of the constraint."""
        return self.item.table

    @property
    def label(self) -> str:
        """Name of the step."""
        return f"validate {self.item.table}.{self.item.name}"

    def exists(self, catalog: Catalog) -> bool:
        """There and validated; a foreign key under any name."""
        found = [
            c
            for c in catalog.constraints
            if c.table == self.table and (c.name == self.item.name or self._same(c.definition))
        ]
        return any(c.validated for c in found)

    def _same(self, definition: str) -> bool:
        return isinstance(self.item, ForeignKey) and definition.startswith(
            f"FOREIGN KEY ({self.item.column})"
        )

    def create(self, catalog: Catalog) -> list[Statement]:
        """VALIDATE CONSTRAINT: reads and writes go on."""
        return [Statement(f"ALTER TABLE @{self.table} VALIDATE CONSTRAINT {self.item.name}", WEAK)]

    def revert(self, catalog: Catalog) -> list[str]:
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

    def exists(self, catalog: Catalog) -> bool:
        """A valid full index on these columns is there, under whatever name."""
        return catalog.indexed(self.table, self.columns, unique=self.unique) is not None

    def free_name(self, catalog: Catalog) -> str:
        """Return our name, or another one when something different has it."""
        taken = next((i for i in catalog.indexes if i.name == self.name), None)
        ours = taken is not None and not taken.valid and taken.table == self.table
        return self.name if ours or not catalog.named(self.name) else f"{self.name}_by_person"

    def create(self, catalog: Catalog) -> list[Statement]:
        """CREATE INDEX CONCURRENTLY; an INVALID leftover of an earlier try is dropped first (O2)."""
        name, word = self.free_name(catalog), "UNIQUE INDEX" if self.unique else "INDEX"
        create = f"CREATE {word} CONCURRENTLY {name} ON @{self.table} ({', '.join(self.columns)})"
        made = [Statement(create, WEAK, alone=True)]
        if any(i.name == name and not i.valid for i in catalog.indexes):
            made.insert(0, Statement(f"DROP INDEX CONCURRENTLY IF EXISTS @{name}", WEAK, alone=True))
        return made

    def revert(self, catalog: Catalog) -> list[str]:
        """DROP INDEX CONCURRENTLY."""
        return [f"DROP INDEX CONCURRENTLY IF EXISTS @{self.free_name(catalog)}"]


@dataclass(frozen=True)
class NewTable:
    """A table or view with its own indexes, as CREATE statements. It belongs to whom `like` belongs to, and whoever may
    read or write `like` may do so here.
    """

    table: str
    statements: tuple[str, ...]
    like: str

    @property
    def label(self) -> str:
        """Name of the step."""
        return f"table {self.table}"

    @property
    def kind(self) -> str:
        """TABLE or VIEW."""
        return "VIEW" if self.statements[0].startswith("CREATE VIEW") else "TABLE"

    def exists(self, catalog: Catalog) -> bool:
        """There, or there as a view."""
        return self.table in catalog.tables or self.table in catalog.views

    def create(self, catalog: Catalog) -> list[Statement]:
        """CREATE, with its indexes and rights: there is no table without them, however this ends.

        Nobody can wait for a table that was not there, only for those that it references.
        """
        made = [_with_key_types(sql, catalog) for sql in self.statements]
        made += self._rights(catalog, self.like if self.like in catalog.tables else "chat_messages")
        return [Statement(";\n".join(made), SHARED + " on what it references", several=True)]

    def _rights(self, catalog: Catalog, like: str) -> list[str]:
        made, owner = [], catalog.owners.get(like, catalog.user)
        if owner != catalog.user:
            made.append(f"ALTER {self.kind} @{self.table} OWNER TO {identifier(owner)}")
        given = [g for g in catalog.grants if g.table == like and g.column is None]
        made += [
            f"GRANT {g.privilege} ON @{self.table} TO {g.role}{' WITH GRANT OPTION' if g.grantable else ''}"
            for g in given
            if g.privilege in PRIVILEGES
        ]
        if "serial PRIMARY KEY" in self.statements[0]:
            writers = dict.fromkeys(g.role for g in given if g.privilege == "INSERT")
            made += [f"GRANT USAGE ON SEQUENCE @{self.table}_id_seq TO {role}" for role in writers]
        return made

    def revert(self, catalog: Catalog) -> list[str]:
        """DROP TABLE or DROP VIEW."""
        return [f"DROP {self.kind} IF EXISTS @{self.table}"]


PRIVILEGES = ("SELECT", "INSERT", "UPDATE", "DELETE", "REFERENCES")


def _with_key_types(sql: str, catalog: Catalog) -> str:
    """Return a CREATE TABLE whose references have the type of what they refer to."""
    return re.sub(
        r"(\w+) integer(?=[^,\n]*REFERENCES @(\w+)\()", lambda m: f"{m[1]} {key_type(catalog, m[2])}", sql
    )
