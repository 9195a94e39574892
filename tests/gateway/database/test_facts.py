from collections.abc import Callable

import pytest

from contracts.model.errors import Unavailable
from gateway.database.facts import UpstreamFacts

NOBODY = "postgresql://nobody@127.0.0.1:1/none"


async def test_what_must_be_known_is_not_guessed() -> None:
    read = UpstreamFacts(NOBODY, {"one": "SELECT 1 AS one"})
    assert await read.facts("one") is None
    with pytest.raises(Unavailable):
        await read.required("one")
    await read.close()


async def test_a_read_is_a_list_of_rows_and_is_counted(make_database: Callable[..., str]) -> None:
    read = UpstreamFacts(make_database("SELECT 1"), {"one": "SELECT $1::int AS one"})
    assert [dict(row) for row in await read.required("one", 7)] == [{"one": 7}]
    assert read.counted == {"one": 1}
    await read.close()
