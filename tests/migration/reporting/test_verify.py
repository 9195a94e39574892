"""verify finds what it must find: one planted bad row, whatever kind it is."""

import pytest

from migration.run import up, verify
from tests.migration.databases import SCHEMA, Size, connected, filled

WINNER = (
    "(SELECT winner FROM chat_migration.journal WHERE rule = '{}' AND winner IS NOT NULL ORDER BY id LIMIT 1)"
)

# A planted change that the triggers do not see, and what verify must say about it.
PLANTED = [
    ("UPDATE chat_messages SET content = 'changed' WHERE id = 7", "chat_messages ids 0 to 999"),
    ("DELETE FROM chat_messages WHERE id = 7", "chat_messages ids 0 to 999"),
    ("UPDATE chat_messages SET sender_user_id = 1 + sender_user_id % 5 WHERE id = 7", "chat_messages"),
    ("UPDATE chat_messages SET created_at = created_at + interval '1 second' WHERE id = 7", "chat_messages ids"),
    ("UPDATE conversation_participants SET last_read_at = '2020-01-01' WHERE id = 3", "conversation_participants"),
    ("UPDATE conversation_participants SET is_active = false WHERE id = 3", "conversation_participants ids"),
    ("DELETE FROM blocked_chat_contacts WHERE id = (SELECT max(id) FROM blocked_chat_contacts)", "5 accounted for"),
    (f"DELETE FROM conversation_participants WHERE id = {WINNER.format('D1')}", "is not listed any more"),
    (f"DELETE FROM blocked_chat_contacts WHERE id = {WINNER.format('D8')}", "is gone"),
    (f"UPDATE conversation_participants SET is_pinned = NOT is_pinned WHERE id = {WINNER.format('D1')}", "rule D1"),
    (("UPDATE chat_settings SET who_can_message = 'everyone', read_receipts = true WHERE user_id = (SELECT (old ->> "
     "'user_id')::int FROM chat_migration.journal WHERE rule = 'D6' AND action = 'D' LIMIT 1)"), "chat_settings"),
    ("UPDATE chat_two_step_verification SET is_enabled = false", "two-step protection is off"),
    ("DELETE FROM pinned_messages", "pinned, but not in pinned_messages"),
    ("UPDATE chat_messages SET content = 'back' WHERE is_deleted", "deleted, but its content is there"),
    ("UPDATE conversations SET created_by_user_id = NULL WHERE id = 1", "no person"),
    ("DROP INDEX uq_chat_settings_user", "index uq_chat_settings_user is not there"),
]  # fmt: skip


@pytest.fixture
async def migrated(make_database):
    dsn, _ = await filled(make_database, "L", Size(people=12, messages=60, traps=1))
    await up(dsn, backup=False)
    assert (await verify(dsn)).differences == []
    return dsn


async def behind_the_back(dsn, sql):
    """Change something as a broken disk or a careless superuser would: no trigger fires."""
    async with connected(dsn) as connection, connection.transaction():
        await connection.execute("SET LOCAL session_replication_role = replica")
        await connection.execute(sql)


@pytest.mark.parametrize(("sql", "said"), PLANTED)
async def test_a_planted_difference_is_found(migrated, sql, said):
    await behind_the_back(migrated, sql)
    result = await verify(migrated)
    assert not result.done
    assert any(said in difference for difference in result.differences), result.differences


async def test_an_ordinary_write_is_no_difference(migrated):
    async with connected(migrated) as connection:
        await connection.execute("UPDATE chat_messages SET content = 'edited', is_edited = true WHERE id = 7")
        await connection.execute("DELETE FROM chat_messages WHERE id = 8")
        await connection.execute("UPDATE chat_settings SET who_can_message = 'everyone'")
        await connection.execute("UPDATE conversation_participants SET last_read_at = now()::timestamp")
    assert (await verify(migrated)).differences == []


@pytest.mark.slow
async def test_one_planted_row_in_a_million_is_found(make_database):
    dsn, _ = await filled(make_database, "L", Size(people=5_000, messages=1_000_000, traps=5))
    await up(dsn, backup=False)
    assert (await verify(dsn)).differences == []
    await behind_the_back(dsn, "UPDATE chat_messages SET content = content || '.' WHERE id = 654321")
    said = (
        "chat_messages ids 654000 to 654999: a row is not what it was, and nobody is known to have changed it"
    )
    assert (await verify(dsn)).differences == [said]


async def test_a_database_that_was_never_migrated_has_no_differences(make_database):
    assert (await verify(make_database(SCHEMA["L"]))).differences == []
