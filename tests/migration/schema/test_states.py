"""What a database can really look like: the first script's state, tables that left, indexes that only look right."""

import asyncpg
import pytest

from migration.engine.errors import StoppedError
from migration.engine.progress import Progress
from migration.engine.session import connect
from migration.phases.up import go_up
from migration.run import down, status, up, verify
from tests.migration.databases import LEGACY, connected, dump, filled, rows, value

# What the first migration script leaves where it gets through: partial unique, a foreign key that forbids deletion.
FIRST_SCRIPT = """
ALTER TABLE conversations ADD COLUMN created_by_user_id integer REFERENCES users(id);
ALTER TABLE conversation_participants ALTER COLUMN profile_id DROP NOT NULL, ALTER COLUMN profile_type DROP NOT NULL;
CREATE UNIQUE INDEX idx_conversation_participants_conv_user ON conversation_participants (conversation_id, user_id)
    WHERE is_active;
ALTER TABLE chat_messages ALTER COLUMN sender_profile_id DROP NOT NULL, ALTER COLUMN sender_profile_type DROP NOT NULL;
ALTER TABLE chat_messages ADD COLUMN pinned_by_user_id integer REFERENCES users(id);
ALTER TABLE chat_settings ALTER COLUMN profile_id DROP NOT NULL, ALTER COLUMN profile_type DROP NOT NULL;
CREATE UNIQUE INDEX idx_chat_settings_user_id ON chat_settings (user_id);
ALTER TABLE blocked_chat_contacts ADD COLUMN is_active boolean DEFAULT true;
"""
PEOPLE = """
INSERT INTO users (id, email, password_hash) VALUES (1, 'a@x.test', 'x'), (2, 'b@x.test', 'x');
INSERT INTO student_profiles (id, user_id) VALUES (5, 1);
INSERT INTO tutor_profiles (id, user_id) VALUES (7, 1), (5, 2);
INSERT INTO conversations (id, type, created_by_profile_id, created_by_profile_type) VALUES (10, 'group', 5, 'tutor');
INSERT INTO conversation_participants (conversation_id, user_id, profile_type, profile_id, is_active)
    VALUES (10, 2, 'tutor', 5, true), (10, 1, 'student', 5, true), (10, 1, 'tutor', 7, false);
"""


async def there_and_back(dsn):
    before = dump(dsn)
    assert (await up(dsn, backup=False)).missing == []
    assert (await verify(dsn)).differences == []
    assert await value(dsn, "SELECT created_by_user_id FROM conversations WHERE id = 10") == 2
    await down(dsn)
    assert dump(dsn) == before


async def test_after_the_first_script(make_database):
    dsn = make_database(LEGACY + FIRST_SCRIPT + PEOPLE)
    assert (await status(dsn)).state == "M"
    await there_and_back(dsn)


async def test_advertisers_moved_to_another_database(make_database):
    await there_and_back(make_database(LEGACY + PEOPLE + "DROP TABLE advertiser_profiles;"))


async def test_a_table_that_was_never_made(make_database):
    await there_and_back(
        make_database(LEGACY + PEOPLE + "DROP TABLE chat_privacy_reports, message_read_receipts;")
    )


async def test_our_name_on_a_wrong_index_hides_nothing(make_database):
    dsn = make_database(LEGACY + PEOPLE + "CREATE INDEX uq_chat_settings_user ON chat_settings (profile_id);")
    before = dump(dsn)
    await up(dsn, backup=False)
    await rows(dsn, "INSERT INTO chat_settings (user_id) VALUES (1)")
    with pytest.raises(asyncpg.UniqueViolationError):
        await rows(dsn, "INSERT INTO chat_settings (user_id) VALUES (1)")
    await rows(dsn, "DELETE FROM chat_settings")
    await down(dsn)
    assert [line for line in dump(dsn) if "setval" not in line] == [
        line for line in before if "setval" not in line
    ]


async def test_an_invalid_leftover_is_built_again(make_database):
    dsn = make_database(LEGACY + PEOPLE)
    broken = "CREATE UNIQUE INDEX CONCURRENTLY uq_participant_conversation_user ON conversation_participants "
    with pytest.raises(asyncpg.UniqueViolationError):
        await rows(dsn, broken + "(conversation_id, user_id)")
    valid = "SELECT indisvalid FROM pg_index WHERE indexrelid = 'uq_participant_conversation_user'::regclass"
    assert await value(dsn, valid) is False
    await up(dsn, backup=False)
    assert await value(dsn, valid) is True


async def test_a_lock_that_stays_stops_it_and_the_next_up_continues(make_database):
    dsn, _ = await filled(make_database)
    async with connected(dsn) as somebody:
        transaction = somebody.transaction()
        await transaction.start()
        await somebody.execute("SELECT count(*) FROM chat_settings")
        with pytest.raises(StoppedError, match="a lock was not to be had in 1 tries"):
            async with connect(dsn, alone=True, patience=1) as session:
                await go_up(session, "constrain", Progress())
        await somebody.execute("SELECT count(*) FROM chat_settings")
        await transaction.rollback()
    assert (await up(dsn, backup=False)).done
    assert (await verify(dsn)).differences == []


async def test_duplicates_that_come_before_the_index_are_merged(make_database):
    dsn = make_database(LEGACY + PEOPLE)
    await up(dsn, to="merge", backup=False)
    async with connected(dsn) as connection:
        await connection.execute("SET session_replication_role = replica")
        await connection.execute(
            "INSERT INTO chat_settings (user_id, profile_type, profile_id) VALUES (1, 'student', 5), (1, 'tutor', 7)"
        )
    assert (await up(dsn, backup=False)).done
    assert await value(dsn, "SELECT count(*) FROM chat_settings") == 1
