"""A scratch database with the schema of another one: made by pg_dump's text, dropped at the end, however it ends."""

import asyncio
import contextlib
import secrets
from collections.abc import AsyncIterator

import asyncpg

from migration.engine import backup as backups
from migration.engine.address import parse
from migration.engine.errors import RefusedError, StoppedError
from migration.schema.connection import Connection

NAME = "chat_rehearsal_"
# Databases of the server that somebody else's rehearsal left behind are not ours to drop.
FORM = """
SELECT pg_encoding_to_char(encoding) AS encoding, datcollate AS collation, datctype AS ctype
FROM pg_database WHERE datname = current_database()"""
SETTINGS = """
SELECT coalesce(r.rolname, '') AS role, c.setting FROM pg_db_role_setting s
CROSS JOIN unnest(s.setconfig) AS c (setting)
LEFT JOIN pg_roles r ON r.oid = s.setrole WHERE s.setdatabase = (SELECT oid FROM pg_database
    WHERE datname = current_database())"""
# Lines of psql in pg_dump's text.
META = ("\\restrict", "\\unrestrict", "--")


@contextlib.asynccontextmanager
async def scratch(source: Connection, server_dsn: str) -> AsyncIterator[str]:
    """Make an empty database in the form of the source's on the server of `server_dsn`; yield its address, drop it.

    Raises RefusedError when that role may not make one.
    """
    name = NAME + secrets.token_hex(4)
    form = await source.fetchrow(FORM)
    server = parse(server_dsn)
    connection = await asyncpg.connect(**server.arguments(), timeout=10)
    try:
        await _create(connection, name, dict(form or {}))
        try:
            yield server.at(name).url
        finally:
            await connection.execute(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)")
    finally:
        await connection.close()


async def _create(connection: Connection, name: str, form: dict[str, str]) -> None:
    locale = f"LC_COLLATE '{form['collation']}' LC_CTYPE '{form['ctype']}'"
    try:
        await connection.execute(
            f"CREATE DATABASE {name} TEMPLATE template0 ENCODING '{form['encoding']}' {locale}"
        )
    except asyncpg.InsufficientPrivilegeError as failure:
        raise RefusedError(
            "this role may not create the scratch database of a rehearsal: give --rehearse-dsn with one that may"
        ) from failure


async def copy_settings(source: Connection, target: Connection) -> None:
    """Give the scratch database the settings of the database, and of roles in it, that the target's role may set."""
    name = await target.fetchval("SELECT quote_ident(current_database())")
    for role, setting in await source.fetch(SETTINGS):
        key, _, value = setting.partition("=")
        whose = (
            f"ROLE {await target.fetchval('SELECT quote_ident($1)', role)} IN DATABASE"
            if role
            else "DATABASE"
        )
        with contextlib.suppress(asyncpg.PostgresError):
            quoted = (
                value
                if key in ("search_path", "DateStyle")
                else await target.fetchval("SELECT quote_literal($1)", value)
            )
            await target.execute(f"ALTER {whose} {name} SET {key} TO {quoted}")


async def dumped(dsn: str, section: str, *, with_roles: bool) -> str:
    """Return pg_dump's SQL of one section: `pre-data` (tables) or `post-data` (indexes, keys, triggers)."""
    address = parse(dsn)
    options = [] if with_roles else ["--no-owner", "--no-acl"]
    process = await asyncio.create_subprocess_exec(
        backups.program("pg_dump"), f"--section={section}", "--schema-only", *options, f"--dbname={address.public_url}",
        env=address.environment(), stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE,
    )  # fmt: skip
    text, errors = await process.communicate()
    if process.returncode:
        raise RefusedError(f"pg_dump failed: {errors.decode(errors='replace').strip()[:300]}")
    lines = text.decode(errors="surrogateescape").splitlines()
    return "\n".join(line for line in lines if not line.startswith(META))


async def restored(scratch_dsn: str, text: str) -> None:
    """Run one section's SQL. Raises StoppedError with the server's sentence."""
    connection = await asyncpg.connect(**parse(scratch_dsn).arguments(), timeout=10)
    try:
        await connection.execute(text)
    except asyncpg.InsufficientPrivilegeError:
        raise
    except asyncpg.PostgresError as failure:
        raise StoppedError(f"the copy of the schema failed: {failure.args[0]}") from failure
    finally:
        await connection.close()
