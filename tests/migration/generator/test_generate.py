"""The generator: seeded, of any size, with the traps asked for."""

import pytest

from tests.migration.databases import filled, rows
from tests.migration.generator.generate import Size

CONTENT = "SELECT id, conversation_id, sender_user_id, content, created_at FROM chat_messages ORDER BY id"


async def test_the_same_seed_makes_the_same_database(make_database):
    (one, known), (two, same) = await filled(make_database, seed=7), await filled(make_database, seed=7)
    assert known == same
    assert await rows(one, CONTENT) == await rows(two, CONTENT)


async def test_another_seed_makes_another_one(make_database):
    (one, _), (two, _) = await filled(make_database, seed=7), await filled(make_database, seed=8)
    assert await rows(one, CONTENT) != await rows(two, CONTENT)


@pytest.mark.parametrize("traps", [0, 1, 3])
async def test_traps_come_in_the_number_asked_for(make_database, traps):
    _, known = await filled(make_database, size=Size(people=5, messages=10, traps=traps))
    wanted = {"D2": 1, "D3": 1, "D6": 1, "D7": 1, "D8": 1, "D11": 1, "D14": 3, "D16": 2, "D17": 2, "D26": 1}
    assert {name: known.get(name, 0) for name in wanted} == {name: n * traps for name, n in wanted.items()}


async def test_size_is_the_number_of_everyday_messages(make_database):
    dsn, _ = await filled(make_database, size=Size(people=5, messages=77, traps=0))
    assert len(await rows(dsn, CONTENT)) == 77
