"""The database waits for the traffic, where the rollout is kept beside it."""

import json
from collections.abc import AsyncIterator, Callable
from typing import Any

import asyncpg
import pytest

from migration.engine.errors import RefusedError
from migration.engine.traffic import check_contract, check_down


@pytest.fixture
async def connection(make_database: Callable[..., str]) -> AsyncIterator[asyncpg.Connection]:
    connection = await asyncpg.connect(make_database())
    yield connection
    await connection.close()


async def rules(connection: asyncpg.Connection, **document: Any) -> None:
    await connection.execute("CREATE SCHEMA chat_rollout; CREATE TABLE chat_rollout.rules (document jsonb)")
    await connection.execute("INSERT INTO chat_rollout.rules VALUES ($1)", json.dumps(document))


async def test_without_a_rollout_nothing_waits(connection: asyncpg.Connection) -> None:
    await check_contract(connection)
    await check_down(connection)


@pytest.mark.parametrize(
    ("step", "refused"),
    [("observe", True), ("moved", True), ("brownout", True), ("sunset", False), ("contract", False)],
)
async def test_contract_waits_for_the_sunset(
    connection: asyncpg.Connection, step: str, refused: bool
) -> None:
    await rules(connection, step=step)
    if refused:
        with pytest.raises(RefusedError, match="rollout advance, up to sunset, comes first"):
            await check_contract(connection)
    else:
        await check_contract(connection)


@pytest.mark.parametrize(
    ("document", "refused"),
    [
        ({"percent": 0}, False),
        ({"percent": 0, "operations": {"messages.list": None}}, False),
        ({"percent": 0.01}, True),
        ({"percent": 0, "operations": {"messages.list": 5}}, True),
        ({"percent": 0, "people": {"first": [1]}}, True),
        ({"percent": 100, "stopped": True}, False),
    ],
)
async def test_the_way_back_waits_for_a_stop(
    connection: asyncpg.Connection, document: dict[str, Any], refused: bool
) -> None:
    await rules(connection, **document)
    if refused:
        with pytest.raises(RefusedError, match="rollout stop comes first"):
            await check_down(connection)
    else:
        await check_down(connection)
