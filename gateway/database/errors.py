"""What says that a database is away, or that a connection to it is of no more use."""

from typing import Final

import asyncpg

AWAY: Final[tuple[type[Exception], ...]] = (
    OSError,
    TimeoutError,
    asyncpg.PostgresError,
    asyncpg.InterfaceError,
    # asyncpg's own state machine, when the server ends a connection while nothing is asked on it.
    asyncpg.InternalClientError,
)
