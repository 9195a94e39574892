"""In which schema is the chat? Looked up, never assumed; a wrong guess is refused with what was seen."""

from migration.engine.errors import RefusedError
from migration.schema.connection import Connection

NEEDED = ("users", "conversations", "conversation_participants", "chat_messages")
SEEN = """
SELECT n.nspname AS schema, array_agg(c.relname::text ORDER BY c.relname) AS tables,
    array_position(current_schemas(false), n.nspname) AS place
FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
WHERE c.relname = ANY ($1) AND c.relkind IN ('r', 'p') AND n.nspname NOT LIKE 'pg\\_%'
GROUP BY n.nspname ORDER BY place NULLS LAST, n.nspname
"""


async def find_schema(connection: Connection, wanted: str | None) -> str:
    """Return the schema with the tables of the chat: the one that was named, else the only one, else the first one of
    the search path. Raises RefusedError with what was seen.
    """
    begun = await _recorded(connection)
    if begun and wanted not in (None, begun):
        raise RefusedError(f"the chat that is being migrated here is in the schema {begun}")
    wanted = begun or wanted
    rows = await connection.fetch(SEEN, list(NEEDED))
    seen: dict[str, set[str]] = {row["schema"]: set(row["tables"]) for row in rows}
    complete = [schema for schema in seen if seen[schema] == set(NEEDED)]
    if wanted is not None:
        if wanted not in complete:
            raise RefusedError(
                f"the schema {wanted} holds no chat: {_lacks(seen.get(wanted, set()))}{_hint(complete)}"
            )
        return wanted
    if not complete:
        best = max(seen.values(), key=len, default=set())
        raise RefusedError(f"this is no chat database: {_lacks(best)}")
    on_path = [row["schema"] for row in rows if row["schema"] in complete and row["place"] is not None]
    if len(complete) > 1 and not on_path:
        raise RefusedError(f"there are several chats: in {', '.join(complete)}; say which one with --schema")
    return (on_path or complete)[0]


async def _recorded(connection: Connection) -> str | None:
    """Return the schema of a migration that has begun."""
    if await connection.fetchval("SELECT to_regclass('chat_migration.run')") is None:
        return None
    named = "SELECT (to_jsonb(r) ->> 'schema') FROM chat_migration.run r"
    schema: str | None = await connection.fetchval(named)
    return schema


def _lacks(there: set[str]) -> str:
    return f"no table {', '.join(t for t in NEEDED if t not in there)}"


def _hint(complete: list[str]) -> str:
    return f"; there is one in {', '.join(complete)}" if complete else "; there is none in any other schema"
