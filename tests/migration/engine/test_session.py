"""One connection of the migration: how long it waits for a lock while it holds another one."""

import pytest

from migration.engine.session import HOLDING_MS, connect
from migration.run import up
from tests.migration.databases import SCHEMA, connected, filled


@pytest.mark.parametrize(("deadlock_timeout", "waited"), [("1s", HOLDING_MS), ("100ms", 20), ("1ms", 1)])
async def test_it_gives_up_before_the_server_looks_for_deadlocks(make_database, deadlock_timeout, waited):
    dsn = make_database(SCHEMA["L"])
    async with connected(dsn) as admin:
        name = await admin.fetchval("SELECT quote_ident(current_database())")
        await admin.execute(f"ALTER DATABASE {name} SET deadlock_timeout = '{deadlock_timeout}'")
    async with connect(dsn) as session:
        assert session.holding_ms == waited

        async def work(connection):
            return await connection.fetchval("SELECT current_setting('lock_timeout')")

        assert await session.transaction(work, holding=True) == f"{waited}ms"
        assert await session.transaction(work) == "2s"


async def test_no_step_after_expand_keeps_out_who_reads_what_the_triggers_read(make_database):
    """A writer's triggers have read the view of who is who; its transaction lasts as long as it likes."""
    dsn, _ = await filled(make_database)
    await up(dsn, to="expand", backup=False)
    async with connected(dsn) as writer, writer.transaction():
        await writer.fetch("SELECT FROM chat_migration.identity")
        result = await up(dsn)
    assert result.phase == "constrain"
