"""Every statement of the service is planned on the real schema: an imagined column cannot be shipped."""

import importlib
import pkgutil

import pytest

import backend
from backend.sql import PIECES, sql

MODULES = [importlib.import_module(m.name) for m in pkgutil.walk_packages(backend.__path__, "backend.")]
STATEMENTS = {
    f"{module.__name__}.{name}": value
    for module in MODULES
    for name, value in vars(module).items()
    if name.isupper()
    and not name.startswith("_")
    and isinstance(value, str)
    and value.startswith(("SELECT", "INSERT", "UPDATE", "DELETE", "WITH"))
}


def test_there_are_statements():
    assert len(STATEMENTS) > 30


async def test_every_statement_can_be_planned(database):
    for name, statement in STATEMENTS.items():
        try:
            await database.prepare(statement)
        except Exception as error:
            pytest.fail(f"{name}: {error}")


@pytest.mark.parametrize("piece", PIECES)
def test_pieces_leave_nothing_open(piece):
    text = sql("{" + piece + ":somebody}")
    assert "{" not in text
    assert " X" not in text


def test_an_unknown_piece_is_an_error():
    with pytest.raises(KeyError):
        sql("SELECT {nothing:u}")
