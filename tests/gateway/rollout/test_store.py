"""The rollout in a real PostgreSQL: versions, conflicts, the audit log, rights, and notices."""

import asyncio
import uuid

import asyncpg
import pytest

from gateway.rollout import store
from gateway.rollout.rules import InvalidRules, Rules


@pytest.fixture
async def connection(make_database):
    connection = await asyncpg.connect(make_database())
    yield connection
    await connection.close()


async def test_init_moves_nobody_and_can_be_repeated(connection):
    first = await store.init(connection)
    assert (first.rules.version, first.rules.percent, first.rules.step) == (1, 0, "observe")
    assert await store.init(connection) == first


async def test_no_rules_and_no_schema_are_two_things(connection):
    with pytest.raises(asyncpg.UndefinedTableError):
        await store.read(connection)
    await connection.execute(store.SCHEMA)
    assert await store.read(connection) is None


async def test_every_change_is_a_version_in_the_audit_log(connection):
    await store.init(connection)
    changed = await store.change(
        connection, Rules(percent=5, step="canary"), "advance", "the first few", expected=1
    )
    assert (changed.rules.version, changed.rules.percent, changed.reason) == (2, 5, "the first few")
    newest, oldest = await store.history(connection)
    assert (newest["version"], newest["action"], newest["database_role"]) == (2, "advance", "postgres")
    assert newest["changed_by"].startswith("user ")
    assert newest["before"] == oldest["after"]


async def test_of_two_changes_at_once_one_is_refused(connection, make_database):
    await store.init(connection)
    await store.change(connection, Rules(percent=5), "set", "a", expected=1)
    with pytest.raises(store.Conflict):
        await store.change(connection, Rules(percent=6), "set", "b", expected=1)
    state = await store.read(connection)
    assert state is not None
    assert state.rules.percent == 5


async def test_a_form_that_is_not_known_is_refused(connection):
    await store.init(connection)
    await connection.execute("""UPDATE chat_rollout.rules SET document = document || '{"format": 99}'""")
    with pytest.raises(InvalidRules, match="format"):
        await store.read(connection)


async def test_a_change_is_heard_with_nothing_but_its_version(connection):
    await store.init(connection)
    heard = asyncio.Queue()
    await connection.add_listener(store.CHANNEL, lambda *words: heard.put_nowait(words[-1]))
    people = {"first": frozenset(range(1, 200_000))}
    rules = Rules(people=store.msgspec.convert(people, type(Rules().people)))
    await store.change(connection, rules, "set", "a large set", expected=1)
    assert await asyncio.wait_for(heard.get(), 10) == "2"


async def test_the_gateways_role_reads_the_rules_and_cannot_change_them(connection):
    role = f"gateway_{uuid.uuid4().hex[:8]}"
    await connection.execute(f"CREATE ROLE {role}")
    try:
        await store.init(connection, role)
        await connection.execute(f"SET ROLE {role}")
        state = await store.read(connection)
        assert state is not None
        await store.seen(connection, uuid.uuid4(), "a", 1)
        for refused in ("UPDATE chat_rollout.rules SET version = 9", "DELETE FROM chat_rollout.audit"):
            with pytest.raises(asyncpg.InsufficientPrivilegeError):
                await connection.execute(refused)
    finally:
        await connection.execute(f"RESET ROLE; DROP OWNED BY {role}; DROP ROLE {role}")


async def test_how_many_processes_have_applied_a_version(connection):
    await store.init(connection)
    one, two, gone = (uuid.uuid4() for _ in range(3))
    for process, version in ((one, 1), (two, 2), (gone, 1)):
        await store.seen(connection, process, "node", version)
    await store.ended(connection, gone)
    assert await store.applied(connection, 2) == (1, 2)
    await store.seen(connection, one, "node", 2)
    assert await store.applied(connection, 2) == (2, 2)
