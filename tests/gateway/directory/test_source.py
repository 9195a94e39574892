"""One database: whatever state its tables are in, and whether it is there at all."""

import asyncio
import socket
from collections.abc import Callable

import asyncpg
import pytest

from contracts.model.errors import Unavailable
from contracts.model.profile import MAX_ID, Profile
from demo.postgres import EmbeddedPostgres
from gateway.directory.query import people_of
from gateway.directory.source import Source, read_all
from tests.gateway.directory.world import LEGACY, SCHEMA, STUDENT_5, TUTOR_5, TYPES, filled

STATES = LEGACY.parent
BARE = """
CREATE TABLE users (id serial PRIMARY KEY, email text);
CREATE TABLE tutor_profiles (id serial PRIMARY KEY, user_id integer UNIQUE);
INSERT INTO users VALUES (1, 'abel@example.test'), (2, 'beza@example.test');
INSERT INTO tutor_profiles VALUES (5, 2), (6, NULL);
"""


async def started(dsn: str, **options: object) -> Source:
    source = Source(dsn, TYPES, with_users=True, **options)  # type: ignore[arg-type]
    await source.start()
    return source


async def names_of(source: Source, *profiles: Profile, users: tuple[int, ...] = ()) -> dict[int, list[str]]:
    people = people_of(await source.read(profiles, users), TYPES)
    return {user_id: [str(role.profile) for role in person.roles] for user_id, person in people.items()}


@pytest.mark.parametrize(
    "sql",
    [
        filled(SCHEMA),
        filled(LEGACY),
        filled(LEGACY, (STATES / "state_d.sql").read_text("utf-8")),
        filled(LEGACY, (STATES / "state_p.sql").read_text("utf-8")),
        filled(SCHEMA, "ALTER TABLE users DROP COLUMN last_name, DROP COLUMN account_status;"),
        filled(SCHEMA, "DROP TABLE advertiser_profiles CASCADE;"),
    ],
    ids=["user", "legacy", "developer", "as deployed", "columns missing", "advertisers moved"],
)
async def test_every_state_of_the_database_is_read(make_database: Callable[..., str], sql: str) -> None:
    source = await started(make_database(sql))
    try:
        assert await names_of(source, TUTOR_5, users=(1, 7)) == {
            1: ["student_5", "tutor_7"],
            2: ["tutor_5", "parent_9"],
            7: [],
        }
        assert source.ready
        assert source.queries == 1
    finally:
        await source.close()


async def test_bare_tables_are_enough_and_an_orphan_is_nobody(make_database: Callable[..., str]) -> None:
    source = await started(make_database(BARE))
    try:
        rows = await source.read([TUTOR_5, Profile("tutor", 6), STUDENT_5], [1, 3])
        people = people_of(rows, TYPES)
        assert set(people) == {1, 2}
        assert people[2].has(TUTOR_5)
        assert people[2].active
    finally:
        await source.close()


@pytest.mark.parametrize("number", [0, -1, 2**31 - 1, 2**31, MAX_ID, MAX_ID + 1, 2**80])
async def test_no_number_is_an_error(make_database: Callable[..., str], number: int) -> None:
    source = await started(make_database(BARE))
    try:
        assert await source.read([Profile("tutor", number)], [number]) == []
    finally:
        await source.close()


async def test_a_table_that_goes_and_comes_is_noticed_by_the_question(
    make_database: Callable[..., str],
) -> None:
    dsn = make_database(filled())
    source = await started(dsn)
    connection = await asyncpg.connect(dsn)
    try:
        await source.read([TUTOR_5], [])
        await connection.execute(
            "ALTER TABLE users DROP COLUMN last_name; DROP TABLE advertiser_profiles CASCADE"
        )
        assert await names_of(source, STUDENT_5) == {1: ["student_5", "tutor_7"]}
        assert source.inspections == 2
    finally:
        await connection.close()
        await source.close()


async def test_a_query_of_the_operators_own(make_database: Callable[..., str]) -> None:
    sql = "CREATE TABLE ads (nr bigint, owner integer, nick text); INSERT INTO ads VALUES (5, 1, 'ad'), (6, NULL, 'x')"
    query = "SELECT 'advertiser' AS type, nr AS id, owner AS user_id, nick AS username, true AS is_active FROM ads; --"
    source = Source(make_database(sql), ["advertiser"], query.replace("; --", " -- ours"))
    await source.start()
    try:
        rows = await source.read([Profile("advertiser", 5), Profile("advertiser", 6), TUTOR_5], [])
        assert [(row["user_id"], row["type"], row["profile_id"], row["username"]) for row in rows] == [
            (1, "advertiser", 5, "ad")
        ]
        assert await source.read([], [1]) == rows
        assert await source.read([TUTOR_5], []) == []
    finally:
        await source.close()


async def test_a_query_that_is_wrong_is_503_and_the_database_is_not_away(
    make_database: Callable[..., str],
) -> None:
    source = Source(make_database(), ["advertiser"], "SELECT nonsense")
    await source.start()
    try:
        with pytest.raises(Unavailable):
            await source.read([Profile("advertiser", 5)], [])
        assert source.available.is_set()
    finally:
        await source.close()


async def test_without_a_table_of_users_nothing_is_known(make_database: Callable[..., str]) -> None:
    source = await started(make_database())
    try:
        with pytest.raises(Unavailable):
            await source.read([TUTOR_5], [1])
        assert not source.ready
    finally:
        await source.close()


async def test_a_database_without_our_tables_is_not_asked(make_database: Callable[..., str]) -> None:
    source = Source(make_database(), ["advertiser"])
    await source.start()
    try:
        assert await source.read([Profile("advertiser", 5)], [1]) == []
        assert source.queries == 0
    finally:
        await source.close()


@pytest.mark.parametrize("dsn", ["mysql://nobody@nowhere/x", "postgresql://a:b@127.0.0.1:port/x"])
async def test_a_dsn_that_cannot_be_right_refuses_without_showing_it(dsn: str) -> None:
    source = Source(dsn, TYPES, with_users=True)
    with pytest.raises(ValueError, match="not valid") as caught:
        await source.start()
    assert "nobody" not in str(caught.value)
    await source.close()


async def test_connections_that_died_while_idle_cost_nothing(make_database: Callable[..., str]) -> None:
    dsn = make_database(filled())
    source = await started(dsn)
    connection = await asyncpg.connect(dsn)
    try:
        await source.read([TUTOR_5], [])
        ended = (
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name LIKE '%directory'"
        )
        assert await connection.fetch(f"{ended} AND datname = current_database()")
        assert await names_of(source, STUDENT_5) == {1: ["student_5", "tutor_7"]}
        assert source.available.is_set()
    finally:
        await connection.close()
        await source.close()


async def test_an_outage_fails_at_once_and_ends_by_itself() -> None:
    with EmbeddedPostgres() as server:
        connection = await asyncpg.connect(server.dsn)
        await connection.execute(BARE)
        await connection.close()
        server.stop_server()
        source = await started(server.dsn)
        try:
            assert not source.ready
            for _ in range(1000):
                with pytest.raises(Unavailable):
                    await source.read([TUTOR_5], [])
            assert source.queries == 0
            server.start_server()
            async with asyncio.timeout(30):
                await source.available.wait()
            assert await names_of(source, TUTOR_5) == {2: ["tutor_5"]}
            server.stop_server(immediate=True)
            with pytest.raises(Unavailable):
                await source.read([TUTOR_5], [])
            assert not source.available.is_set()
            server.start_server()
            async with asyncio.timeout(30):
                await source.available.wait()
            assert await names_of(source, TUTOR_5) == {2: ["tutor_5"]}
        finally:
            await source.close()


async def test_a_server_that_accepts_and_says_nothing_costs_a_bounded_wait_once() -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        source = await started(f"postgresql://x:y@127.0.0.1:{silent.getsockname()[1]}/x")
        try:
            assert not source.available.is_set()
            for _ in range(100):
                with pytest.raises(Unavailable):
                    await source.read([TUTOR_5], [1])
        finally:
            await source.close()


async def test_a_locked_table_is_503_after_the_statement_timeout(make_database: Callable[..., str]) -> None:
    dsn = make_database(BARE)
    source = await started(dsn)
    connection = await asyncpg.connect(dsn)
    try:
        async with connection.transaction():
            await connection.execute("LOCK TABLE users IN ACCESS EXCLUSIVE MODE")
            with pytest.raises(Unavailable):
                await source.read([TUTOR_5], [])
        assert source.available.is_set()
        assert await names_of(source, TUTOR_5) == {2: ["tutor_5"]}
    finally:
        await connection.close()
        await source.close()


async def test_another_statement_is_answered_and_its_failure_is_no_outage(
    make_database: Callable[..., str],
) -> None:
    source = await started(make_database(BARE))
    try:
        rows = await source.fetch("SELECT id FROM users WHERE id = ANY($1::bigint[])", [2])
        assert [row["id"] for row in rows] == [2]
        for refused in ("SELECT nothing FROM users", "SELECT 1 FROM nowhere", "SELECT 1 / 0"):
            with pytest.raises(Unavailable):
                await source.fetch(refused)
        assert source.available.is_set()
        assert source.queries == 0
    finally:
        await source.close()


async def test_no_source_knows_nothing() -> None:
    with pytest.raises(Unavailable):
        await read_all([], [TUTOR_5], [1])
