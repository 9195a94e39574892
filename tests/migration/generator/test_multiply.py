"""Copies of a small database: as many rows and as many traps, times the copies."""

from migration.run import plan, up, verify
from tests.migration.databases import SMALL, connected, filled
from tests.migration.generator.multiply import multiply

# Profile numbers inside JSON do not move, and how many people share a number is counted by number.
BY_NUMBER = {"D15", "D30"}


async def test_every_trap_is_there_once_a_copy_and_the_migration_holds(make_database):
    dsn, known = await filled(make_database, "L", SMALL)
    async with connected(dsn) as connection:
        before = await connection.fetchval("SELECT count(*) FROM chat_messages")
        await multiply(connection, 3)
        assert await connection.fetchval("SELECT count(*) FROM chat_messages") == 3 * before
    found = {c.name: c.count for c in (await plan(dsn)).conflicts}
    assert {n: c for n, c in found.items() if n not in BY_NUMBER} == {
        n: 3 * c for n, c in known.items() if n not in BY_NUMBER
    }
    await up(dsn, backup=False)
    assert (await verify(dsn)).differences == []
