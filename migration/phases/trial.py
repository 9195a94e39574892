"""What only a try can show: the first changes, in a transaction that is rolled back, before anything stays."""

from collections.abc import Awaitable, Callable

import asyncpg

from migration.engine.errors import RefusedError
from migration.engine.session import Session
from migration.phases.function_rights import OWN
from migration.phases.table_functions import identity_view, owner_function
from migration.schema.catalog import read_catalog
from migration.schema.connection import Connection, identifier

NAME = "@chat_migration_probe"


class _UndoneError(Exception):
    """The end of a try, whatever it showed."""


async def refuse_what_fails(session: Session, begin: Callable[[Connection], Awaitable[None]]) -> None:
    """Take a statement of every kind that needs a right; nothing stays. Raises RefusedError with the reason."""

    async def work(connection: Connection) -> None:
        await begin(connection)
        catalog = await read_catalog(connection)
        owner = identifier(catalog.owners["chat_messages"])
        made = [identity_view(catalog), owner_function(catalog), OWN, f"CREATE TABLE {NAME} (id integer)"]
        if owner != identifier(catalog.user):
            made.append(f"ALTER TABLE {NAME} OWNER TO {owner}")
        for sql in made:
            await connection.execute(sql)
        raise _UndoneError

    try:
        await session.transaction(work)
    except _UndoneError:
        return
    except (asyncpg.InsufficientPrivilegeError, asyncpg.ReadOnlySQLTransactionError) as failure:
        raise RefusedError(f"missing rights: {failure.args[0]}") from failure
