"""A connection that knows the chat's schema: `@name` in a statement is the table of that name, with its schema.

No statement of the migration depends on a search path: neither on the server's, nor on that of a role.
"""

import re
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import asyncpg

# Generic for the type checker only.
if TYPE_CHECKING:
    Base = asyncpg.Connection[Any]
else:
    Base = asyncpg.Connection

PLAIN = re.compile(r"[a-z_][a-z0-9_]*")
NAME = re.compile(r"(?<![\w\"'])@(\w+)")
LITERAL = ":'schema'"
# Words that PostgreSQL's quote_ident quotes, among those that somebody may call a schema.
RESERVED = {
    *("all", "analyse", "any", "array", "as", "asc", "authorization", "between", "both", "case", "cast"),
    *("check", "collate", "column", "constraint", "create", "cross", "default", "desc", "distinct", "do"),
    *("else", "end", "except", "false", "fetch", "for", "foreign", "from", "full", "grant", "group", "in"),
    *("inner", "into", "is", "join", "left", "like", "limit", "natural", "new", "not", "null", "off", "old"),
    *("on", "only", "or", "order", "outer", "primary", "references", "right", "select", "similar", "some"),
    *("session_user", "current_user", "table", "then", "to", "true", "union", "unique", "user", "using"),
    *("values", "when", "where", "window", "with"),
}


def identifier(name: str) -> str:
    """Return a name as SQL writes it: in quotes where it needs them."""
    if PLAIN.fullmatch(name) and name not in RESERVED:
        return name
    return '"' + name.replace('"', '""') + '"'


def literal(text: str) -> str:
    """Return a text as an SQL string."""
    return "'" + text.replace("'", "''") + "'"


def qualified(sql: str, schema: str) -> str:
    """Return a statement with every `@table` as `schema.table`, and `:'schema'` as the schema's name."""
    prefix = identifier(schema)
    return NAME.sub(lambda found: f"{prefix}.{found[1]}", sql).replace(LITERAL, literal(schema))


class Connection(Base):
    """asyncpg's connection, whose statements may say `@table`. `schema` is set once it is known."""

    schema = "public"

    async def execute(self, query: str, *args: Any, timeout: float | None = None) -> str:
        """Run statements; return the status of the last one."""
        return await super().execute(qualified(query, self.schema), *args, timeout=timeout)

    async def fetch(self, query: str, *args: Any, **options: Any) -> list[Any]:
        """Return all rows."""
        return await super().fetch(qualified(query, self.schema), *args, **options)

    async def fetchrow(self, query: str, *args: Any, **options: Any) -> Any:
        """Return the first row, or None."""
        return await super().fetchrow(qualified(query, self.schema), *args, **options)

    async def fetchval(self, query: str, *args: Any, **options: Any) -> Any:
        """Return the first value of the first row, or None."""
        return await super().fetchval(qualified(query, self.schema), *args, **options)


def names(columns: Sequence[str]) -> str:
    """Return columns as a list in SQL."""
    return ", ".join(map(identifier, columns))
