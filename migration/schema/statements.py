"""What a step of the shape is made of: one SQL statement with its lock, and the item for one object."""

from dataclasses import dataclass
from typing import Protocol

from migration.schema.catalog import Catalog

STRONG = "ACCESS EXCLUSIVE, a moment"
SHARED = "SHARE ROW EXCLUSIVE, a moment"
WEAK = "SHARE UPDATE EXCLUSIVE"


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


class SchemaObject(Protocol):
    """One object of the target shape."""

    @property
    def table(self) -> str:
        """The table it belongs to."""

    @property
    def label(self) -> str:
        """A name for people and for the record of steps; unique."""

    def exists(self, catalog: Catalog) -> bool:
        """Say whether the database has it, by definition."""

    def create(self, catalog: Catalog) -> list[Statement]:
        """Return what brings it."""

    def revert(self, catalog: Catalog) -> list[str]:
        """Return what takes it back, for a database that looks like this before `make`."""
