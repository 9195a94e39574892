"""What tests of several packages want of the rollout's store."""

from collections.abc import AsyncIterator, Callable

import asyncpg
import pytest

from gateway.rollout import store


@pytest.fixture
async def connection(make_database: Callable[..., str]) -> AsyncIterator[asyncpg.Connection]:
    """To a new database with an empty store in it."""
    connection = await asyncpg.connect(make_database())
    await store.init(connection)
    yield connection
    await connection.close()
