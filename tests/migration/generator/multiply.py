"""A big database out of a small one: every row again and again, by the server itself.

Each copy is a world of its own: all numbers of rows and people move by the same distance, so that every trap stays one.
"""

from migration.schema.catalog import Connection

DISTANCE = (
    2_000_000  # beyond the highest number of the small database; times the copies it must stay below 2^31
)
UNIQUE_TEXTS = ("email", "username", "session_token")

TABLES = """
SELECT c.relname FROM pg_class c WHERE c.relnamespace = 'public'::regnamespace AND c.relkind = 'r' ORDER BY 1"""
COLUMNS = """
SELECT a.attname AS name, a.atttypid = 'integer'::regtype AS is_integer FROM pg_attribute a
WHERE a.attrelid = $1::text::regclass AND a.attnum > 0 AND NOT a.attisdropped ORDER BY a.attnum"""
INDEXES = """
SELECT i.indexrelid::regclass::text AS name, pg_get_indexdef(i.indexrelid) AS definition FROM pg_index i
WHERE i.indrelid = 'chat_messages'::regclass AND NOT i.indisunique"""


async def multiply(connection: Connection, times: int) -> None:
    """Make `times` copies of everything, the first included; without looking at references, which are right."""
    indexes = await connection.fetch(INDEXES)
    for index in indexes:
        await connection.execute(f"DROP INDEX {index['name']}")
    await connection.execute("SET session_replication_role = replica")
    for table in await connection.fetch(TABLES):
        await _copy(connection, table["relname"], times)
    await connection.execute("SET session_replication_role = origin; SET maintenance_work_mem = '512MB'")
    for index in indexes:
        await connection.execute(index["definition"])
    await connection.execute("VACUUM ANALYZE")


async def _copy(connection: Connection, table: str, times: int) -> None:
    columns = await connection.fetch(COLUMNS, table)
    names = ", ".join(f'"{c["name"]}"' for c in columns)
    values = ", ".join(_moved(c["name"], c["is_integer"]) for c in columns)
    await connection.execute(
        f"INSERT INTO {table} ({names}) SELECT {values} FROM generate_series(1, {times - 1}) k CROSS JOIN {table} t"
    )
    if any(c["name"] == "id" for c in columns):
        await connection.execute(
            f"SELECT setval(pg_get_serial_sequence('{table}', 'id'), (SELECT coalesce(max(id), 0) + 40 FROM {table}))"
        )


def _moved(column: str, is_integer: bool) -> str:
    quoted = f't."{column}"'
    if is_integer and (column == "id" or column.endswith("_id")):
        return f"{quoted} + k * {DISTANCE}"
    return f"{quoted} || '-' || k" if column in UNIQUE_TEXTS else quoted
