"""The other half of the journey: the phase of the database's migration, which the traffic only reads."""

import asyncio
from typing import Final

import asyncpg

from gateway.config.model import Config
from gateway.database.errors import AWAY

ANSWER_S: Final = 5.0
#: Nothing of the migration is there.
NONE: Final = "none"


async def phase_of(config: Config) -> str | None:
    """The last complete phase of the database's migration; None where it cannot be read."""
    try:
        async with asyncio.timeout(ANSWER_S):
            connection = await asyncpg.connect(config.directory.sources[0].dsn)
            try:
                return await _read(connection)
            finally:
                connection.terminate()
    except AWAY:
        return None


async def _read(connection: "asyncpg.Connection[asyncpg.Record]") -> str:
    if await connection.fetchval("SELECT to_regclass('chat_migration.run')") is None:
        return NONE
    return str(await connection.fetchval("SELECT phase FROM chat_migration.run") or NONE)
