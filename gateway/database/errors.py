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
