"""The role that owns the trigger functions: no login, and only the rights on the tables that they work on.

Made where the migrating role may make one. Otherwise the functions stay with the migrating role, which owns the tables
of the chat; a superuser can always make one, so that no function ever runs with a superuser's rights.
"""

import contextlib

import asyncpg

from migration.engine.session import Session
from migration.schema.catalog import read_helper
from migration.schema.connection import Connection, identifier


async def make_helper(connection: Connection) -> str | None:
    """Make the role unless it is there; return its name, or None where no role can be made. In a transaction."""
    name = await read_helper(connection)
    if name is None:
        return None
    role = identifier(name)
    if not await connection.fetchval("SELECT EXISTS (SELECT FROM pg_roles WHERE rolname = $1)", name):
        await connection.execute(f"CREATE ROLE {role} NOLOGIN NOINHERIT")
        comment = "COMMENT ON ROLE {} IS 'owns the trigger functions of chat-gateway migrate in one database'"
        await connection.execute(comment.format(role))
    if not await connection.fetchval("SELECT pg_has_role($1, 'USAGE')", name):
        await connection.execute(f"GRANT {role} TO CURRENT_USER")
    return name


async def drop_helper(session: Session, name: str | None) -> None:
    """Take its rights in this database, and the role itself unless another database or an administrator holds it."""
    if name is None or not await session.connection.fetchval(
        "SELECT to_regrole($1) IS NOT NULL", identifier(name)
    ):
        return
    role = identifier(name)
    await session.transaction(lambda c: c.execute(f"DROP OWNED BY {role}"))
    with contextlib.suppress(asyncpg.DependentObjectsStillExistError, asyncpg.InsufficientPrivilegeError):
        await session.transaction(lambda c: c.execute(f"DROP ROLE {role}"))
