"""Every statement of the service is planned on the real schema: an imagined column cannot be shipped."""

import importlib
import pkgutil
from pathlib import Path

import asyncpg
import pytest

from backend.sql import PIECES, sql

LEGACY_SCHEMA = Path(__file__).parents[2] / "migration" / "sql" / "legacy_schema.sql"


def statements(prefix: str) -> dict[str, str]:
    """The statements of all modules below, by the names of their constants."""
    found = pkgutil.walk_packages(importlib.import_module(prefix).__path__, f"{prefix}.")
    modules = [importlib.import_module(module.name) for module in found]
    return {
        f"{module.__name__}.{name}": value
        for module in modules
        for name, value in vars(module).items()
        if name.isupper()
        and isinstance(value, str)
        and value.startswith(("SELECT", "INSERT", "UPDATE", "DELETE", "WITH"))
    }


OLD = statements("backend.legacy")
STATEMENTS = {
    name: text
    for name, text in statements("backend").items()
    if name not in OLD and not name.rpartition(".")[2].startswith("_")
}


async def assert_planned(connection: asyncpg.Connection, found: dict[str, str]) -> None:
    for name, statement in found.items():
        try:
            await connection.prepare(statement)
        except Exception as error:
            pytest.fail(f"{name}: {error}")


def test_there_are_statements():
    assert len(STATEMENTS) > 30
    assert len(OLD) > 30


async def test_every_statement_can_be_planned(database):
    await assert_planned(database, STATEMENTS)


@pytest.mark.parametrize("schema", ["legacy", "migrated"])
async def test_those_of_the_old_backend_can_be_planned(make_database, request, schema):
    """Before the migration, and while both generations write."""
    template = request.getfixturevalue("migrated_template") if schema == "migrated" else None
    connection = await asyncpg.connect(make_database(None if template else LEGACY_SCHEMA, template=template))
    try:
        await assert_planned(connection, OLD)
    finally:
        await connection.close()


@pytest.mark.parametrize("piece", PIECES)
def test_pieces_leave_nothing_open(piece):
    text = sql("{" + piece + ":somebody}")
    assert "{" not in text
    assert " X" not in text


def test_an_unknown_piece_is_an_error():
    with pytest.raises(KeyError):
        sql("SELECT {nothing:u}")
