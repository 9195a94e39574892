import asyncpg
import pytest

from backend.http.errors import DATABASE_AWAY
from contracts.model.database_errors import LOST, connection_lost
from gateway.database.errors import AWAY
from migration.engine.session import GONE


def test_every_name_is_an_exception_of_the_driver() -> None:
    assert [error.__name__ for error in connection_lost(asyncpg)] == list(LOST)


@pytest.mark.parametrize("errors", [AWAY, DATABASE_AWAY, GONE], ids=["gateway", "backend", "migration"])
def test_everybody_takes_a_lost_connection_for_one(errors: tuple[type[Exception], ...]) -> None:
    assert all(issubclass(lost, errors) for lost in (*connection_lost(asyncpg), ConnectionResetError))
