"""What says that a database is away, or that a connection to it is of no more use."""

from typing import Final

import asyncpg

from contracts.model.database_errors import connection_lost

#: The connection has ended, or the server is going; perhaps only this connection is concerned.
LOST: Final = connection_lost(asyncpg)
#: Whatever keeps a query from its answer.
AWAY: Final[tuple[type[Exception], ...]] = (
    OSError,
    TimeoutError,
    asyncpg.PostgresError,
    *LOST,
)


def reason_of(failure: BaseException) -> str:
    """The failure for the log: its class, and of PostgreSQL (or a pooler) the first sentence of its message.

    Only of what concerns a connection or a server: a message about a statement may quote somebody's data.
    """
    name = type(failure).__name__
    if isinstance(failure, asyncpg.PostgresError) and str(failure.sqlstate or "")[:2] not in _OF_DATA:
        return f"{name}: {(str(failure).splitlines() or [''])[0][:200]}"
    return name


#: Classes of SQLSTATE about values: data exceptions, violated constraints.
_OF_DATA: Final = ("22", "23")
