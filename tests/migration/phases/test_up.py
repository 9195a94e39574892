"""The way there, cut between any two of its transactions: the next one goes on."""

import contextlib

import pytest

from migration.run import down, up, verify
from tests.migration.databases import dump, filled, outcome
from tests.migration.phases.test_down import Cut, cut_before


async def ended(dsn, to, number):
    """Go on until so many transactions are taken; say whether that was the end."""
    with contextlib.suppress(Cut), cut_before(number):
        await up(dsn, to=to, backup=False)
        return True
    return False


# What a step repeats when it is taken again are up to five transactions (a column that becomes NOT NULL).
@pytest.mark.parametrize(
    ("to", "number"),
    [("expand", 6), *(pytest.param("constrain", n, marks=pytest.mark.slow) for n in (6, 7, 40))],
)
async def test_up_cut_again_and_again_ends_as_if_nothing_had_been(make_database, to, number):
    calm, _ = await filled(make_database)
    dsn = make_database(template=calm.rsplit("/", 1)[1])
    before = dump(dsn)
    await up(calm, backup=False)
    cuts = 0
    while not await ended(dsn, to, number):
        cuts += 1
        assert cuts < 200
    assert cuts > 3
    await up(dsn, backup=False)
    assert await outcome(dsn) == await outcome(calm)
    assert (await verify(dsn)).differences == []
    await down(dsn)
    assert dump(dsn) == before
