"""The rehearsal: it finds on a copy what only a try can show, and leaves nothing behind."""

import pytest

from demo.postgres import find_binaries
from migration.engine.errors import RefusedError
from migration.run import plan
from tests.migration.databases import SMALL, connected, dump, filled, rows, value

DONE = [f"{phase}: done" for phase in ("expand", "backfill", "merge", "constrain", "and back")]
LEFT = "SELECT count(*) FROM pg_database WHERE datname LIKE 'chat\\_rehearsal\\_%'"


GIVEN = """
GRANT SELECT, INSERT ON ALL TABLES IN SCHEMA public TO {writer};
DO $$ DECLARE r regclass; BEGIN
    FOR r IN SELECT oid FROM pg_class WHERE relnamespace = 'public'::regnamespace AND relkind = 'r' LOOP
        EXECUTE format('ALTER TABLE %s OWNER TO {operator}', r);
    END LOOP;
    EXECUTE format('GRANT CREATE ON DATABASE %I TO {operator}', current_database());
END $$;
ALTER SCHEMA public OWNER TO {operator};
ALTER FUNCTION update_polls_updated_at() OWNER TO {operator}"""


@pytest.fixture(autouse=True)
def programs(monkeypatch):
    monkeypatch.setenv("CHAT_GATEWAY_PG_BIN", str(find_binaries()))


@pytest.fixture
async def role(make_database, postgres):
    """A role of this test alone, dropped with what it was given."""
    dsn, _ = await filled(make_database, "L", SMALL)
    name = f"writer_{dsn.rpartition('/')[2]}"
    await rows(dsn, f"CREATE ROLE {name} LOGIN PASSWORD 'secret'")
    yield dsn, name
    await rows(dsn, f"DROP OWNED BY {name}")
    await rows(dsn, f"DROP ROLE {name}")


@pytest.mark.parametrize("state", ["L", "P", "D"])
async def test_a_known_database_goes_there_and_back(make_database, state):
    dsn, _ = await filled(make_database, state, SMALL)
    before = dump(dsn)
    result = await plan(dsn, rehearsed=True)
    assert result.blocks == []
    assert result.rehearsal[-len(DONE) :] == DONE
    assert dump(dsn) == before
    assert await value(dsn, LEFT) == 0


async def test_a_trigger_that_refuses_what_the_new_shape_writes_blocks(make_database):
    dsn, _ = await filled(make_database, "L", SMALL)
    await rows(
        dsn,
        "CREATE FUNCTION strict() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN IF NEW.sender_profile_id IS NULL "
        "THEN RAISE 'no sender'; END IF; RETURN NEW; END $$",
    )
    await rows(
        dsn,
        "CREATE TRIGGER aaa BEFORE INSERT ON chat_messages FOR EACH ROW EXECUTE FUNCTION strict()",
    )
    assert (await plan(dsn)).blocks == []
    blocks = (await plan(dsn, rehearsed=True)).blocks
    assert "after expand, postgres could not send a message by user: no sender" in blocks
    assert not any("could not send a message:" in b for b in blocks)


async def test_what_fails_today_is_not_blamed_on_the_migration(make_database):
    dsn, _ = await filled(make_database, "L", SMALL)
    await rows(
        dsn,
        "CREATE FUNCTION never() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE 'never'; END $$",
    )
    await rows(
        dsn,
        "CREATE TRIGGER aaa BEFORE DELETE ON conversation_participants FOR EACH STATEMENT EXECUTE FUNCTION never()",
    )
    blocks = (await plan(dsn, rehearsed=True)).blocks
    assert not any("could not remove members" in b for b in blocks)


async def test_a_step_that_fails_is_one_sentence(make_database):
    dsn, _ = await filled(make_database, "L", SMALL)
    await rows(
        dsn,
        "CREATE FUNCTION no_ddl() RETURNS event_trigger LANGUAGE plpgsql AS $$ BEGIN "
        "IF current_setting('application_name') = 'chat-gateway migrate' THEN RAISE 'no changes on Fridays'; "
        "END IF; END $$",
    )
    await rows(dsn, "CREATE EVENT TRIGGER no_ddl ON ddl_command_start EXECUTE FUNCTION no_ddl()")
    (block,) = (await plan(dsn, rehearsed=True)).blocks
    assert block == "the rehearsal stopped: no changes on Fridays"
    assert await value(dsn, LEFT) == 0


async def test_a_role_that_may_not_be_become_is_reported_as_not_tried(role):
    dsn, name = role
    operator = f"{name}_2"
    await rows(dsn, f"CREATE ROLE {operator} LOGIN CREATEDB PASSWORD 'secret'")
    try:
        async with connected(dsn) as c:
            await c.execute(GIVEN.format(writer=name, operator=operator))
        address = dsn.replace(dsn.split("//")[1].split("@")[0], f"{operator}:secret")
        told = await plan(address, rehearsed=True)
        assert f"not tried, judged from the catalog: the writes of {name}" in told.rehearsal
    finally:
        await rows(dsn, f"REASSIGN OWNED BY {operator} TO CURRENT_USER")
        await rows(dsn, f"DROP OWNED BY {operator}")
        await rows(dsn, f"DROP ROLE {operator}")


async def test_who_may_not_make_a_database_is_told_so(role):
    dsn, name = role
    await rows(dsn, f"GRANT SELECT ON ALL TABLES IN SCHEMA public TO {name}")
    address = dsn.replace(dsn.split("//")[1].split("@")[0], f"{name}:secret")
    result = await plan(address, rehearsed=True)
    # What is blocked already is not rehearsed.
    assert result.rehearsal == ["not rehearsed: it is blocked, begun or done already"]
    from migration.engine.session import connect
    from migration.rehearsal.scratch import scratch

    async with connect(dsn) as session:
        with pytest.raises(RefusedError, match="--rehearse-dsn"):
            async with scratch(session.connection, address):
                pass


async def test_the_copy_can_be_made_on_another_server(make_database):
    dsn, _ = await filled(make_database, "L", SMALL)
    result = await plan(dsn, rehearsed=True, rehearse_dsn=make_database(None))
    assert (result.blocks, result.rehearsal[-1]) == ([], "and back: done")
