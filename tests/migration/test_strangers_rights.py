"""Databases in which the application, the operator and the tables are different roles, and row security is on."""

import secrets

import asyncpg
import pytest

from demo.databases import execute
from migration.engine.errors import RefusedError
from migration.run import down, plan, up, verify
from tests.migration.databases import LEGACY, SMALL, connected, dump, filled, rows, value

WRITES = (
    "UPDATE {0}.chat_messages SET content = 'edited' WHERE id <= 20",
    "UPDATE {0}.chat_messages SET is_pinned = NOT coalesce(is_pinned, false)",
    "UPDATE {0}.conversations SET is_archived = NOT coalesce(is_archived, false)",
    "UPDATE {0}.chat_settings SET two_step_verification = true, two_step_password_hash = 'x'",
    "UPDATE {0}.conversation_participants SET last_read_at = now()",
    "UPDATE {0}.users SET first_name = 'New'",
    """INSERT INTO {0}.chat_messages (conversation_id, sender_profile_id, sender_profile_type, sender_user_id, content)
    SELECT conversation_id, profile_id, profile_type, user_id, 'new' FROM {0}.conversation_participants""",
    "DELETE FROM {0}.message_reactions WHERE id % 2 = 0",
)


@pytest.fixture
async def roles(make_database):
    """Make login roles of this test alone; drop them with what they were given."""
    made = []

    async def make(dsn, *options):
        name = f"role_{secrets.token_hex(4)}"
        await rows(dsn, f"CREATE ROLE {name} LOGIN PASSWORD 'secret' {' '.join(options)}")
        made.append((dsn, name))
        return name, f"postgresql://{name}:secret@{dsn.split('@')[1]}"

    yield make
    for dsn, name in reversed(made):
        await rows(dsn, f"REASSIGN OWNED BY {name} TO CURRENT_USER")
        await rows(dsn, f"DROP OWNED BY {name}")
        await rows(dsn, f"DROP ROLE {name}")


async def give(dsn, role, schema="public"):
    for what in ("SELECT, INSERT, UPDATE, DELETE ON ALL TABLES", "USAGE ON ALL SEQUENCES"):
        await rows(dsn, f"GRANT {what} IN SCHEMA {schema} TO {role}")


@pytest.mark.parametrize("path", ["''", "public"])
async def test_an_application_with_four_rights_writes_in_every_phase(make_database, roles, path):
    dsn, _ = await filled(make_database, "P", SMALL)
    await rows(dsn, "ALTER DEFAULT PRIVILEGES REVOKE EXECUTE ON FUNCTIONS FROM PUBLIC")
    name, app = await roles(dsn)
    await give(dsn, name)
    for phase in ("expand", "backfill", "merge", "constrain"):
        await up(dsn, to=phase, backup=False)
        async with connected(app) as connection:
            await connection.execute(f"SET search_path = {path}")
            for sql in WRITES:
                await connection.execute(sql.format("public"))
    assert (await verify(dsn)).differences == []
    for table in ("chat_migration.journal", "chat_quarantine.kept"):
        assert not await value(dsn, "SELECT has_table_privilege($1, $2, 'SELECT')", name, table)
    for table in ("pinned_messages", "chat_two_step_verification", "chat_password_reset_tokens", "messages"):
        assert await value(dsn, "SELECT has_table_privilege($1, $2, 'SELECT, INSERT')", name, table), table
    await down(dsn)


async def test_the_functions_run_with_rights_of_their_own_and_nothing_for_public(make_database):
    dsn, _ = await filled(make_database, "L", SMALL)
    await up(dsn, backup=False)
    wrong = """
SELECT p.proname FROM pg_proc p JOIN pg_roles r ON r.oid = p.proowner
WHERE p.pronamespace = 'chat_migration'::regnamespace AND (r.rolsuper OR r.rolcanlogin
    OR has_function_privilege('pg_read_all_data', p.oid, 'EXECUTE')
    OR (p.prosecdef AND NOT coalesce('search_path=pg_catalog, pg_temp' = ANY (p.proconfig), false)))"""
    assert await rows(dsn, wrong) == []
    definers = (
        "SELECT count(*) FROM pg_proc WHERE pronamespace = 'chat_migration'::regnamespace AND prosecdef"
    )
    assert await value(dsn, definers) > 30
    owner = await value(dsn, "SELECT owner FROM chat_migration.run")
    assert not await value(dsn, "SELECT has_table_privilege($1, 'users', 'SELECT')", owner)
    await down(dsn)
    assert await value(dsn, "SELECT count(*) FROM pg_roles WHERE rolname = $1", owner) == 0


async def test_an_owner_who_may_make_no_role_migrates_too(make_database, roles):
    dsn = make_database()
    name, owner = await roles(dsn)
    database = dsn.rsplit("/", 1)[1]
    await rows(dsn, f"GRANT CREATE ON DATABASE {database} TO {name}")
    await rows(dsn, f"CREATE SCHEMA chat AUTHORIZATION {name}")
    await rows(dsn, f"ALTER ROLE {name} SET search_path = chat")
    execute(owner, LEGACY)
    before = dump(dsn)
    await up(owner, backup=False)
    assert await value(dsn, "SELECT owner FROM chat_migration.run") is None
    assert (await verify(owner)).differences == []
    await down(owner)
    assert dump(dsn) == before


async def test_row_security_blocks(make_database):
    dsn, _ = await filled(make_database, "L", SMALL)
    await rows(dsn, "ALTER TABLE chat_messages ENABLE ROW LEVEL SECURITY")
    before = dump(dsn)
    assert any("row security is on for chat_messages" in b for b in (await plan(dsn)).blocks)
    with pytest.raises(RefusedError, match="row security"):
        await up(dsn, backup=False)
    assert dump(dsn) == before


LACKS = {
    "no right to create in the schema": (
        "REVOKE CREATE ON SCHEMA chat FROM {0}",
        "may not create in the schema",
    ),
    "a table of another owner": (
        "ALTER TABLE chat.student_profiles OWNER TO CURRENT_USER",
        "does not own student_profiles",
    ),
    "no right to create a schema": ("REVOKE CREATE ON DATABASE {1} FROM {0}", "may not create a schema"),
    "read only": ("ALTER ROLE {0} SET default_transaction_read_only = on", "read-only"),
}


@pytest.mark.parametrize("lack", LACKS)
async def test_rights_that_end_half_way_are_found_before_anything_is_touched(make_database, roles, lack):
    dsn = make_database()
    name, owner = await roles(dsn)
    database = dsn.rsplit("/", 1)[1]
    await rows(dsn, f"GRANT CREATE ON DATABASE {database} TO {name}")
    await rows(dsn, "CREATE SCHEMA chat")
    await rows(dsn, f"GRANT USAGE, CREATE ON SCHEMA chat TO {name}")
    await rows(dsn, f"ALTER ROLE {name} SET search_path = chat")
    execute(owner, LEGACY)
    sql, said = LACKS[lack]
    await rows(dsn, sql.format(name, database))
    before = dump(dsn)
    assert any(said in b for b in (await plan(owner)).blocks)
    with pytest.raises(RefusedError, match=said):
        await up(owner, backup=False)
    assert dump(dsn) == before


async def test_triggers_of_others_find_their_own_tables(make_database, roles):
    """Run by us or by one of our functions, under the path and with the rights that they need."""
    dsn, _ = await filled(make_database, "L", SMALL)
    await rows(dsn, "CREATE TABLE audit_log (id serial PRIMARY KEY, what text)")
    body = "BEGIN INSERT INTO audit_log (what) VALUES (TG_TABLE_NAME); RETURN NULL; END"
    await rows(dsn, f"CREATE FUNCTION audit() RETURNS trigger LANGUAGE plpgsql AS $${body}$$")
    for table in ("conversation_participants", "chat_messages", "chat_settings", "blocked_chat_contacts"):
        await rows(
            dsn,
            f"CREATE TRIGGER audit AFTER INSERT OR UPDATE OR DELETE ON {table} FOR EACH ROW EXECUTE FUNCTION audit()",
        )
    name, app = await roles(dsn)
    await give(dsn, name)
    await up(dsn, backup=False)
    for sql in WRITES:
        await rows(app, sql.format("public"))
    assert await value(dsn, "SELECT count(*) FROM audit_log") > 100
    assert (await verify(dsn)).differences == []
    await down(dsn)


async def test_another_schema_is_found_or_given(make_database):
    dsn = make_database()
    async with connected(dsn) as connection:
        await connection.execute(
            'CREATE SCHEMA "The Chat"; CREATE SCHEMA spare; SET search_path = "The Chat"'
        )
        await connection.execute(LEGACY)
    before = dump(dsn)
    with pytest.raises(RefusedError, match=r"spare holds no chat: no table users.*there is one in The Chat"):
        await up(dsn, backup=False, schema="spare")
    assert dump(dsn) == before
    await up(dsn, backup=False)
    async with connected(dsn) as connection:
        await connection.execute("SET search_path = ''")
        await connection.execute(
            "INSERT INTO \"The Chat\".users (email, password_hash) VALUES ('a@x.test', 'x')"
        )
        with pytest.raises(asyncpg.ForeignKeyViolationError):
            await connection.execute(
                "INSERT INTO \"The Chat\".chat_settings (user_id, profile_type, profile_id) VALUES (77, 'tutor', 1)"
            )
    assert (await verify(dsn, schema="The Chat")).differences == []
    await down(dsn)
    await rows(dsn, 'DELETE FROM "The Chat".users')
    assert [line for line in dump(dsn) if "setval" not in line] == [
        line for line in before if "setval" not in line
    ]
