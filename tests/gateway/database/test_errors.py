import asyncpg
import pytest

from gateway.database.errors import AWAY


@pytest.mark.parametrize(
    ("failure", "away"),
    [
        (asyncpg.AdminShutdownError("x"), True),
        (asyncpg.ConnectionDoesNotExistError("x"), True),
        (asyncpg.InterfaceError("x"), True),
        (asyncpg.InternalClientError("cannot switch to state 15"), True),
        (ConnectionRefusedError(), True),
        (TimeoutError(), True),
        (KeyError("x"), False),
        (TypeError("x"), False),
    ],
)
def test_what_is_an_outage_and_what_a_mistake_of_ours(failure: Exception, away: bool) -> None:
    assert isinstance(failure, AWAY) is away
