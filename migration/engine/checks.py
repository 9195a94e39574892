"""May this database be migrated at all? Asked before anything is changed."""

from migration.engine.errors import RefusedError
from migration.schema.catalog import read_catalog
from migration.schema.connection import Connection
from migration.schema.states import missing_tables

NOT_OURS = """
SELECT c.relname FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
WHERE n.nspname = $2 AND c.relkind IN ('r', 'p') AND c.relname = ANY ($1)
    AND NOT pg_has_role(c.relowner, 'USAGE') ORDER BY 1
"""


async def check_database(connection: Connection) -> None:
    """Raise RefusedError unless this is a chat database, not a replica, and we may change it."""
    if await connection.fetchval("SELECT pg_is_in_recovery()"):
        raise RefusedError("this is a replica; migrate the primary")
    version = await connection.fetchval("SELECT current_setting('server_version_num')::int")
    if version < 150_000:
        raise RefusedError("PostgreSQL 15 or newer is needed")
    catalog = await read_catalog(connection)
    missing = missing_tables(catalog)
    if missing:
        raise RefusedError(f"this is no chat database: no table {', '.join(missing)}")
    foreign = [
        row["relname"] for row in await connection.fetch(NOT_OURS, list(catalog.tables), connection.schema)
    ]
    chat = [
        t
        for t in foreign
        if t.startswith(("chat_", "conversation", "message_", "poll", "call_")) or t == "users"
    ]
    if chat:
        raise RefusedError(f"missing rights: this role does not own {', '.join(chat)}")
    if not await connection.fetchval("SELECT has_database_privilege(current_database(), 'CREATE')"):
        raise RefusedError("missing rights: this role may not create a schema in the database")
