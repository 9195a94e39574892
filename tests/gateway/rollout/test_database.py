"""The phase of the database's migration."""

from collections.abc import Callable

import pytest

from gateway.config.model import Config, parse
from gateway.rollout.database import phase_of


def config(dsn: str) -> Config:
    return parse(
        {"auth": {"secret": "0f1e2d3c4b5a69788796a5b4c3d2e1f0"}, "directory": {"sources": [{"dsn": dsn}]}}
    )


@pytest.mark.parametrize(
    ("sql", "phase"),
    [
        ("SELECT 1", "none"),
        ("CREATE SCHEMA chat_migration; CREATE TABLE chat_migration.run AS SELECT 'merge' AS phase", "merge"),
        ("CREATE SCHEMA chat_migration; CREATE TABLE chat_migration.run (phase text)", "none"),
    ],
)
async def test_it_is_what_the_migration_has_written(
    make_database: Callable[..., str], sql: str, phase: str
) -> None:
    assert await phase_of(config(make_database(sql))) == phase


async def test_it_is_not_known_where_it_cannot_be_read() -> None:
    assert await phase_of(config("postgresql://127.0.0.1:1/none")) is None
