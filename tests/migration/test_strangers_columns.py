"""Columns that we do not know, keys at the edges, and a schema that lives on after the migration."""

import pytest

from migration.run import down, plan, up, verify
from tests.migration.databases import SMALL, dump, filled, rows, value

UNKNOWN = {
    "a generated text search vector": (
        "search tsvector GENERATED ALWAYS AS (to_tsvector('simple', coalesce({0}, ''))) STORED"
    ),
    "json": """notes json DEFAULT '{{"b": 1.10,  "a": [], "b": 2}}'""",
    "jsonb null": "extra jsonb DEFAULT 'null'",
    "a quoted name": "\"clientId\" varchar(40) DEFAULT 'x'",
    "a name with blanks": '"Client "" Id" text DEFAULT \'x\'',
    "a name of ours": "t text[] DEFAULT '{{a,NULL}}'",
    "an array with bounds": "places integer[] DEFAULT '[2:3]={{1,2}}'",
    "no equality": "place point DEFAULT '(1,2)'",
    "money": "price money DEFAULT 12.5",
    "minus zero": "score double precision DEFAULT '-0'",
    "bytes": "blob bytea DEFAULT '\\x00ff'",
    "a composite": "whole pair DEFAULT ROW(1, 'a,b')",
    "an enum": "mood mood DEFAULT 'odd'",
    "a domain": "short short DEFAULT 'abc'",
    "an identity": "number bigint GENERATED ALWAYS AS IDENTITY",
}
TYPES = """
CREATE TYPE pair AS (a integer, b text);
CREATE TYPE mood AS ENUM ('even', 'odd');
CREATE DOMAIN short AS varchar(10) CHECK (length(VALUE) > 0);
"""
TABLES = {"chat_messages": "content", "conversation_participants": "role", "chat_settings": "profile_type"}


async def test_unknown_columns_of_every_kind(make_database):
    """All at once: a row of each table has all of them."""
    dsn, _ = await filled(make_database, "L", SMALL)
    for sql in TYPES.strip().split(";\n"):
        await rows(dsn, sql)
    for table, column in TABLES.items():
        for text in UNKNOWN.values():
            await rows(dsn, f"ALTER TABLE {table} ADD COLUMN {text.format(column)}")
    before = dump(dsn)
    await up(dsn, backup=False)
    assert (await verify(dsn)).differences == []
    await down(dsn)
    assert dump(dsn) == before
    await up(dsn, to="backfill", backup=False)
    await rows(dsn, "UPDATE chat_messages SET is_edited = true")
    await rows(dsn, "UPDATE conversation_participants SET is_muted = NOT is_muted")
    await rows(dsn, "UPDATE chat_settings SET hide_email = NOT hide_email")
    await up(dsn, backup=False)
    assert (await verify(dsn)).differences == []


async def test_keys_that_the_database_gives_alone(make_database):
    dsn, _ = await filled(make_database, "L", SMALL)
    for table in ("conversation_participants", "chat_settings", "message_reactions"):
        await rows(dsn, f"ALTER TABLE {table} ALTER id DROP DEFAULT")
        await rows(dsn, f"ALTER TABLE {table} ALTER id ADD GENERATED ALWAYS AS IDENTITY (START WITH 100000)")
    before = dump(dsn)
    await up(dsn, backup=False)
    assert (await verify(dsn)).differences == []
    await down(dsn)
    assert dump(dsn) == before


BELOW_ONE = """
INSERT INTO users (id, email, password_hash) VALUES (0, 'zero@x.test', 'x'), (-1, 'minus@x.test', 'x');
INSERT INTO tutor_profiles (id, user_id) VALUES (-5, -1), (0, 0);
INSERT INTO conversations (id, created_by_profile_id, created_by_profile_type) VALUES (-2147483648, 0, 'tutor');
INSERT INTO chat_messages
    (id, conversation_id, sender_user_id, sender_profile_type, sender_profile_id, content, is_deleted)
    VALUES (-7, -2147483648, -1, 'tutor', -5, 'gone', true), (-1200, -2147483648, 0, 'tutor', 0, 'x', false);
INSERT INTO chat_settings (user_id, profile_type, profile_id, two_step_verification, two_step_password_hash)
    VALUES (-1, 'tutor', -5, true, 'a')
"""


async def test_keys_below_one(make_database):
    dsn, _ = await filled(make_database, "L", SMALL)
    for table in (
        "student_profiles",
        "tutor_profiles",
        "parent_profiles",
        "advertiser_profiles",
        "connections",
    ):
        await rows(dsn, f"ALTER TABLE {table} DISABLE TRIGGER ALL")
    for sql in BELOW_ONE.strip().split(";\n"):
        await rows(dsn, sql)
    before = dump(dsn)
    await up(dsn, backup=False, batch_rows=3)
    assert await value(dsn, "SELECT content FROM chat_messages WHERE id = -7") is None
    assert await value(dsn, "SELECT is_enabled FROM chat_two_step_verification WHERE user_id = -1")
    assert (await verify(dsn)).differences == []
    await rows(dsn, "ALTER TABLE chat_messages DISABLE TRIGGER chat_01_touched")
    await rows(dsn, "UPDATE chat_messages SET content = 'planted' WHERE id = -1200")
    assert (await verify(dsn)).differences != []
    await rows(dsn, "UPDATE chat_messages SET content = 'x' WHERE id = -1200")
    await rows(dsn, "ALTER TABLE chat_messages ENABLE TRIGGER chat_01_touched")
    await down(dsn)
    assert dump(dsn) == before


async def test_keys_beyond_two_to_the_31(make_database):
    dsn, _ = await filled(make_database, "L", SMALL)
    await rows(dsn, "ALTER TABLE users ALTER id TYPE bigint")
    await rows(dsn, "ALTER TABLE chat_messages ALTER id TYPE bigint, ALTER sender_user_id TYPE bigint")
    await rows(dsn, "ALTER TABLE tutor_profiles ALTER id TYPE bigint, ALTER user_id TYPE bigint")
    await rows(dsn, "ALTER TABLE chat_messages ALTER sender_profile_id TYPE bigint")
    big = 2**40
    await rows(dsn, f"INSERT INTO users (id, email, password_hash) VALUES ({big}, 'big@x.test', 'x')")
    await rows(dsn, f"INSERT INTO tutor_profiles (id, user_id) VALUES ({big}, {big})")
    message = (
        "INSERT INTO chat_messages (id, conversation_id, sender_user_id, sender_profile_type, sender_profile_id, "
        "is_pinned) SELECT {0}, min(id), {1}, 'tutor', {1}, true FROM conversations"
    )
    await rows(dsn, message.format(big, big))
    before = dump(dsn)
    await up(dsn, to="expand", backup=False)
    await rows(dsn, message.format(big + 1, big))
    await rows(dsn, f"DELETE FROM chat_messages WHERE id = {big + 1}")
    await up(dsn, backup=False)
    assert await value(dsn, "SELECT pinned_by_user_id FROM pinned_messages WHERE message_id = $1", big) == big
    assert (await verify(dsn)).differences == []
    await down(dsn)
    assert dump(dsn) == before


LATER = {
    "drops a column that we do not know": ("ADD COLUMN client_id text DEFAULT 'x'", "DROP COLUMN client_id"),
    "renames one": ("ADD COLUMN client_id text DEFAULT 'x'", "RENAME COLUMN client_id TO app_id"),
    "drops one of the old shape": ("ADD COLUMN spare text", "DROP COLUMN forwarded_from_avatar"),
    "changes a type": ("ADD COLUMN client_id integer DEFAULT 7", "ALTER COLUMN client_id TYPE bigint"),
    "adds one": ("ADD COLUMN spare text", "ADD COLUMN later json NOT NULL DEFAULT '{}'"),
    "adds a CHECK": ("ADD COLUMN spare text", "ADD CONSTRAINT later CHECK (content <> 'never') NOT VALID"),
}


@pytest.mark.parametrize("what", LATER)
async def test_the_application_changes_its_schema_after_up(make_database, what):
    dsn, _ = await filled(make_database, "L", SMALL)
    before, after = LATER[what]
    await rows(dsn, f"ALTER TABLE chat_messages {before}")
    await up(dsn, backup=False)
    await rows(dsn, f"ALTER TABLE chat_messages {after}")
    assert (await verify(dsn)).differences == []
    await rows(dsn, "UPDATE chat_messages SET is_edited = true")
    found = await verify(dsn)
    assert found.differences == []
    assert bool(found.notes) == ("CHECK" not in what)
    await down(dsn)
    assert (await plan(dsn)).state == "L"


async def test_what_cannot_go_back_is_kept_and_counted(make_database):
    """A column that came later refuses NULL and has no default: a row that was merged away has no value for it."""
    dsn, _ = await filled(make_database, "L", SMALL)
    await up(dsn, backup=False)
    await rows(dsn, "ALTER TABLE conversation_participants ADD COLUMN later integer")
    await rows(dsn, "UPDATE conversation_participants SET later = 1")
    await rows(dsn, "ALTER TABLE conversation_participants ALTER COLUMN later SET NOT NULL")
    result = await down(dsn)
    assert result.quarantine["conversation_participants"] >= 1


@pytest.mark.parametrize("name", ["aaa", "touch", "zzz_touch", "zzzz"])
async def test_the_time_of_a_row_stays_whatever_their_trigger_is_called(make_database, name):
    """A change by the migration is no change by a person: their trigger comes first, then ours."""
    dsn, _ = await filled(make_database)
    await rows(
        dsn,
        "CREATE FUNCTION touch() RETURNS trigger LANGUAGE plpgsql AS "
        "$$ BEGIN NEW.updated_at := clock_timestamp(); RETURN NEW; END $$",
    )
    await rows(
        dsn,
        f"CREATE TRIGGER {name} BEFORE UPDATE ON conversation_participants FOR EACH ROW EXECUTE FUNCTION touch()",
    )
    before = dump(dsn)
    await up(dsn, backup=False)
    await down(dsn)
    assert dump(dsn) == before
