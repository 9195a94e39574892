"""What the dashboard shows of the journey."""

import uuid
from collections.abc import Callable
from typing import Any

import asyncpg
import pytest

from gateway.config.model import Config, parse
from gateway.rollout import changes, store
from gateway.traffic.panel import Panel


def config(dsn: str | None) -> Config:
    return parse(
        {
            "auth": {"secret": "0f1e2d3c4b5a69788796a5b4c3d2e1f0"},
            "directory": {"sources": [{"dsn": dsn or "postgresql://127.0.0.1:1/none"}]},
            "upstreams": {"old": {"api": "legacy"}, "new": {}},
            "rollout": {"from": "old", "to": "new", "store": dsn},
        }
    )


async def test_where_it_is_what_was_compared_and_who_is_left(make_database: Callable[..., str]) -> None:
    dsn = make_database()
    connection = await asyncpg.connect(dsn)
    state = await store.init(connection)
    rules = changes.set_share(state.rules, "messages.list", 25)
    await store.change(connection, rules, "set", "x", expected=1)
    await store.seen(connection, uuid.uuid4(), "node", 2)
    for statement in (
        "INSERT INTO chat_rollout.health VALUES (date_trunc('hour', now()), 'messages.list', 'old', 9, 5, 1)",
        "INSERT INTO chat_rollout.compared VALUES ('messages.list', 3, 0, 1, false, 9, 0, '{}')",
        "INSERT INTO chat_rollout.differences VALUES ('messages.list', '$.a', 'value', 1, '{}')",
        "INSERT INTO chat_rollout.ledger VALUES (current_date, 'messages.list', 'Firefox', 5, 1, now(), now())",
    ):
        await connection.execute(statement)
    await connection.close()
    found: Any = await Panel(config(dsn)).read()
    (row,) = found["operations"]
    assert (row["operation"], row["percent"], row["compared"], row["different"]) == (
        "messages.list",
        25,
        4,
        1,
    )
    assert (row["old"]["requests"], row["old"]["errors"], row["new"]) == (5, 1, None)
    assert [(one["operation"], one["path"]) for one in found["differences"]] == [("messages.list", "$.a")]
    assert [(one["user_id"], one["client"]) for one in found["people"]] == [(5, "Firefox")]
    assert (found["traffic"]["step"], found["next"]["step"]) == ("observe", "translate")


@pytest.mark.parametrize("dsn", [None, "postgresql://127.0.0.1:1/none"])
async def test_nothing_where_there_is_no_store_or_it_is_away(dsn: str | None) -> None:
    assert await Panel(config(dsn)).read() is None


async def test_a_store_that_is_empty_is_nothing_yet(make_database: Callable[..., str]) -> None:
    assert await Panel(config(make_database())).read() is None
