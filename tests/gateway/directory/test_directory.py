"""Who is who, on a real PostgreSQL: one query, remembered, invalidated, and honest about an outage."""

import asyncio
from collections.abc import Callable
from typing import Any

import asyncpg
import pytest

from contracts.model.errors import Unavailable
from contracts.model.profile import Profile
from contracts.model.roster import Found, Person, Role
from demo.databases import execute
from demo.postgres import EmbeddedPostgres
from gateway.directory.cache import NEGATIVE_S
from gateway.directory.directory import Directory
from gateway.directory.source import Source
from tests.gateway.directory.world import (
    SCHEMA,
    STUDENT_5,
    STUDENT_6,
    TRIGGERS,
    TUTOR_5,
    TUTOR_7,
    TYPES,
    Clock,
    directory_on,
    filled,
)

PARENT_9, ORPHAN, UNKNOWN = Profile("parent", 9), Profile("student", 77), Profile("tutor", 404)
PREFER = ("tutor", "student", "parent", "advertiser")


def role(profile: Profile, username: str | None) -> Role:
    return Role(profile, username, True)


ABEL = Person(
    1,
    "Abel",
    "A",
    None,
    "abel.png",
    "abel@example.test",
    True,
    (role(TUTOR_7, "abel_t"), role(STUDENT_5, "abel_s")),
)
BEZA = Person(
    2, "Beza", "B", None, None, "beza@example.test", True, (role(TUTOR_5, "beza_t"), role(PARENT_9, "beza_p"))
)
GENET = Person(7, "Genet", "H", None, None, "genet@example.test", True, ())


class Counted(Source):
    """Keeps every statement that really goes to PostgreSQL."""

    def __init__(self, *arguments: Any, **options: Any) -> None:
        super().__init__(*arguments, **options)
        self.statements: list[str] = []

    async def _fetch(self, sql: str, *arguments: object) -> list[Any]:
        self.statements.append(sql)
        return await super()._fetch(sql, *arguments)


async def test_a_batch_is_one_query_and_then_none(make_database: Callable[..., str]) -> None:
    source = Counted(make_database(filled()), TYPES, with_users=True)
    async with directory_on(source, prefer=PREFER, listen=False) as directory:
        profiles, users = [TUTOR_5, STUDENT_5, ORPHAN, UNKNOWN, Profile("user", 7)], [1, 7, 999]
        expected = Found(
            {TUTOR_5: 2, STUDENT_5: 1, ORPHAN: None, UNKNOWN: None, Profile("user", 7): 7},
            {1: ABEL, 2: BEZA, 7: GENET, 999: None},
        )
        assert directory.peek(profiles, users) is None
        assert await directory.find(profiles, users) == expected
        assert await directory.find(profiles, users) == expected
        assert directory.peek(profiles, users) == expected
        assert directory.peek([TUTOR_7, PARENT_9], []) == Found({TUTOR_7: 1, PARENT_9: 2}, {1: ABEL, 2: BEZA})
        # One look at the tables when it started, and one question.
        assert len(source.statements) == 2
        stats = directory.stats
        assert (stats.queries, stats.misses, stats.hits, stats.negative, stats.stale) == (1, 8, 12, 6, 0)


async def test_ids_of_different_types_are_different_people(make_database: Callable[..., str]) -> None:
    async with directory_on(make_database(filled()), prefer=PREFER) as directory:
        first = await directory.find([Profile("tutor", 5)], [])
        second = await directory.find([Profile("student", 5), Profile("parent", 5)], [5])
        assert first.owners == {TUTOR_5: 2}
        assert second.owners == {STUDENT_5: 1, Profile("parent", 5): None}
        assert second.people[5] is None


@pytest.mark.parametrize(
    ("change", "active"),
    [
        ("is_active = false", False),
        ("is_suspended = true", False),
        ("account_status = 'deactivated'", False),
        ("is_active = NULL, is_suspended = NULL, account_status = NULL", True),
    ],
)
async def test_whether_a_person_takes_part(
    make_database: Callable[..., str], change: str, active: bool
) -> None:
    async with directory_on(
        make_database(filled(more=f"UPDATE users SET {change} WHERE id = 1;"))
    ) as directory:
        person = (await directory.find([], [1])).people[1]
        assert person is not None
        assert person.active is active


async def test_an_inactive_role_stays_a_role_but_is_not_preferred(make_database: Callable[..., str]) -> None:
    sql = filled(more="UPDATE tutor_profiles SET is_active = false WHERE id = 7;")
    async with directory_on(make_database(sql), prefer=PREFER) as directory:
        person = (await directory.find([TUTOR_7], [])).people[1]
        assert person is not None
        assert person.roles == (role(STUDENT_5, "abel_s"), Role(TUTOR_7, "abel_t", False))


async def test_a_thousand_misses_on_one_key_are_one_query(make_database: Callable[..., str]) -> None:
    async with directory_on(make_database(filled()), prefer=PREFER) as directory:
        answers = await asyncio.gather(*(directory.find([TUTOR_5], []) for _ in range(1000)))
        assert {answer.owners[TUTOR_5] for answer in answers} == {2}
        assert directory.stats.queries == 1


async def test_overlapping_batches_share_what_is_on_its_way(make_database: Callable[..., str]) -> None:
    async with directory_on(make_database(filled()), prefer=PREFER) as directory:
        one, two = await asyncio.gather(
            directory.find([TUTOR_5, STUDENT_5], []), directory.find([STUDENT_5, STUDENT_6], [2])
        )
        assert one == Found({TUTOR_5: 2, STUDENT_5: 1}, {1: ABEL, 2: BEZA})
        assert two.owners == {STUDENT_5: 1, STUDENT_6: 3}
        assert directory.stats.queries == 2


async def test_a_client_that_leaves_does_not_take_the_answer_from_others(
    make_database: Callable[..., str],
) -> None:
    async with directory_on(make_database(filled())) as directory:
        leaving = asyncio.create_task(directory.find([TUTOR_5], []))
        staying = asyncio.create_task(directory.find([TUTOR_5], []))
        await asyncio.sleep(0)
        leaving.cancel()
        assert (await staying).owners == {TUTOR_5: 2}
        assert directory.stats.queries == 1


async def test_nobody_is_remembered_for_a_moment_only(make_database: Callable[..., str]) -> None:
    clock = Clock()
    async with directory_on(make_database(filled()), clock=clock) as directory:
        for _ in range(3):
            assert (await directory.find([UNKNOWN], [404])).owners == {UNKNOWN: None}
        assert directory.stats.queries == 1
        clock.now += NEGATIVE_S
        await directory.find([UNKNOWN], [404])
        assert directory.stats.queries == 2


async def test_age_makes_it_ask_again(make_database: Callable[..., str]) -> None:
    clock, dsn = Clock(), make_database(filled())
    async with directory_on(dsn, clock=clock, listen=False, max_age_s=300) as directory:
        await directory.find([TUTOR_5], [])
        execute(dsn, "UPDATE users SET first_name = 'Bezawit' WHERE id = 2")
        clock.now += 299
        assert (await directory.find([], [2])).people[2].first_name == "Beza"  # type: ignore[union-attr]
        clock.now += 1
        assert directory.peek([TUTOR_5], []) is None
        assert (await directory.find([TUTOR_5], [])).people[2].first_name == "Bezawit"  # type: ignore[union-attr]


@pytest.mark.parametrize(
    ("sql", "profiles", "users", "owners"),
    [
        ("UPDATE users SET first_name = 'New' WHERE id = 2", [TUTOR_5], [], {TUTOR_5: 2}),
        ("UPDATE users SET is_suspended = true WHERE id = 2", [], [2], {}),
        ("UPDATE tutor_profiles SET user_id = 3 WHERE id = 5", [TUTOR_5], [2, 3], {TUTOR_5: 3}),
        (
            "UPDATE tutor_profiles SET user_id = NULL WHERE id = 5",
            [TUTOR_5, PARENT_9],
            [],
            {TUTOR_5: None, PARENT_9: 2},
        ),
        ("DELETE FROM tutor_profiles WHERE id = 5", [TUTOR_5], [2], {TUTOR_5: None}),
        ("INSERT INTO tutor_profiles (id, user_id) VALUES (404, 7)", [UNKNOWN], [7], {UNKNOWN: 7}),
        ('NOTIFY chat_directory, \'{"users": [2], "more": 1}\'', [TUTOR_5], [], {TUTOR_5: 2}),
        ("TRUNCATE parent_profiles CASCADE", [PARENT_9], [2], {PARENT_9: None}),
    ],
)
async def test_a_change_is_heard(
    make_database: Callable[..., str],
    sql: str,
    profiles: list[Profile],
    users: list[int],
    owners: dict[Profile, int | None],
) -> None:
    dsn = make_database(filled(more=TRIGGERS))
    async with directory_on(dsn) as directory:
        before = await directory.find(profiles, users)
        assert directory.peek(profiles, users) == before
        execute(dsn, sql)
        await directory.event()
        assert directory.peek(profiles, users) is None
        after = await directory.find(profiles, users)
        assert after.owners == owners
        assert set(after.people) >= set(users)
        assert directory.stats.invalidations + directory.stats.flushes == 1


async def test_a_change_leaves_others_alone(make_database: Callable[..., str]) -> None:
    dsn = make_database(filled(more=TRIGGERS))
    async with directory_on(dsn) as directory:
        await directory.find([TUTOR_5, STUDENT_5], [])
        execute(dsn, "UPDATE users SET first_name = 'New' WHERE id = 2")
        await directory.event()
        assert directory.peek([TUTOR_5], []) is None
        assert directory.peek([STUDENT_5], []) is not None


async def test_an_invalidation_wins_over_an_answer_that_was_read_before_it(
    make_database: Callable[..., str],
) -> None:
    dsn = make_database(filled(more=TRIGGERS))
    query = """SELECT 'tutor' AS type, t.id, t.user_id, t.username, t.is_active
               FROM tutor_profiles t, pg_sleep(0), pg_advisory_xact_lock_shared(1)"""
    holder = await asyncpg.connect(dsn)
    async with directory_on(Source(dsn, ["tutor"], query, with_users=True)) as directory:
        try:
            await directory.find([], [1])
            # The question has read its snapshot and waits in the middle; the change happens meanwhile.
            await holder.execute("SELECT pg_advisory_lock(1)")
            reading = asyncio.create_task(directory.find([TUTOR_5], []))
            await waits_for_lock(holder)
            execute(dsn, "UPDATE users SET first_name = 'New' WHERE id = 2")
            await directory.event()
            later = asyncio.create_task(directory.find([TUTOR_5], []))
            await asyncio.sleep(0)
            await holder.execute("SELECT pg_advisory_unlock(1)")
            assert (await later).people[2].first_name == "New"  # type: ignore[union-attr]
            assert (await reading).people[2].first_name == "Beza"  # type: ignore[union-attr]
            assert (await directory.find([TUTOR_5], [])).people[2].first_name == "New"  # type: ignore[union-attr]
        finally:
            await holder.close()


async def waits_for_lock(connection: "asyncpg.Connection[asyncpg.Record]") -> None:
    """Until somebody waits for the advisory lock; PostgreSQL has no other signal for that."""
    async with asyncio.timeout(30):
        waiting = "SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND NOT granted"
        while not await connection.fetchval(waiting):
            await connection.execute("SELECT pg_sleep(0.01)")


async def test_an_outage_is_bridged_by_what_is_known_and_ends_by_itself() -> None:
    clock = Clock()
    with EmbeddedPostgres() as server:
        execute(server.dsn, filled(SCHEMA))
        source = Source(server.dsn, TYPES, with_users=True)
        async with directory_on(source, clock=clock, prefer=PREFER, max_age_s=300, stale_s=600) as directory:
            known = await directory.find([TUTOR_5], [1])
            server.stop_server()
            assert await directory.event() == "gap"
            assert directory.peek([TUTOR_5], [1]) is None
            assert await directory.find([TUTOR_5], [1]) == known
            assert directory.stats.stale == 2
            assert not directory.ready
            for profiles, users in (([STUDENT_6], []), ([], [3]), ([TUTOR_5], [3]), ([UNKNOWN], [])):
                with pytest.raises(Unavailable) as caught:
                    await directory.find(profiles, users)
                assert caught.value.headers == {"Retry-After": "2"}
            clock.now += 899
            assert await directory.find([TUTOR_5], [1]) == known
            clock.now += 1
            with pytest.raises(Unavailable):
                await directory.find([TUTOR_5], [1])
            server.start_server()
            async with asyncio.timeout(30):
                await source.available.wait()
            assert await directory.find([TUTOR_5], [1]) == known
            assert (await directory.find([STUDENT_6], [])).owners == {STUDENT_6: 3}
            assert directory.ready


async def test_somebody_invalidated_is_not_served_stale() -> None:
    with EmbeddedPostgres() as server:
        execute(server.dsn, filled(SCHEMA, TRIGGERS))
        async with directory_on(server.dsn) as directory:
            await directory.find([], [1, 2])
            execute(server.dsn, "UPDATE users SET is_suspended = true WHERE id = 2")
            await directory.event()
            server.stop_server()
            await directory.event()
            assert (await directory.find([], [1])).people[1] is not None
            with pytest.raises(Unavailable):
                await directory.find([], [2])


async def test_it_starts_while_postgresql_is_away() -> None:
    with EmbeddedPostgres() as server:
        execute(server.dsn, filled(SCHEMA))
        server.stop_server()
        source = Source(server.dsn, TYPES, with_users=True)
        directory = Directory([source])
        await directory.start()
        try:
            assert not directory.ready
            with pytest.raises(Unavailable):
                await directory.find([TUTOR_5], [])
            server.start_server()
            async with asyncio.timeout(30):
                await source.available.wait()
            assert (await directory.find([TUTOR_5], [])).owners == {TUTOR_5: 2}
        finally:
            await directory.close()


ADVERTISERS = """
CREATE TABLE advertiser_profiles (id serial PRIMARY KEY, user_id integer, username text, is_active boolean);
INSERT INTO advertiser_profiles VALUES (5, 7, 'genet_ad', true), (6, NULL, 'alone', true), (7, 1, 'abel_ad', true),
    (8, 12345, 'nobody', true), (9, 7, 'genet_2', NULL);
"""
AD_5 = Profile("advertiser", 5)


async def test_advertisers_in_another_database(make_database: Callable[..., str]) -> None:
    main = Source(
        make_database(filled(more="DROP TABLE advertiser_profiles CASCADE;")), TYPES[:3], with_users=True
    )
    other = Source(make_database(ADVERTISERS), ["advertiser"])
    async with directory_on(main, other, prefer=PREFER) as directory:
        found = await directory.find([TUTOR_7], [7])
        assert (main.queries, other.queries) == (1, 1)
        assert [role.profile for role in found.people[7].roles] == [AD_5, Profile("advertiser", 9)]  # type: ignore[union-attr]
        assert [str(role.profile) for role in found.people[1].roles] == [
            "tutor_7",
            "student_5",
            "advertiser_7",
        ]  # type: ignore[union-attr]
        asked = [Profile("advertiser", number) for number in (5, 6, 7, 8)]
        more = await directory.find(asked, [])
        assert [more.owners[profile] for profile in asked] == [7, None, 1, None]


async def test_owners_that_only_the_other_database_knows(make_database: Callable[..., str]) -> None:
    main = Source(
        make_database(filled(more="DROP TABLE advertiser_profiles CASCADE;")), TYPES[:3], with_users=True
    )
    other = Source(make_database(ADVERTISERS), ["advertiser"])
    async with directory_on(main, other, prefer=PREFER) as directory:
        found = await directory.find([AD_5, TUTOR_5], [])
        assert found.owners == {AD_5: 7, TUTOR_5: 2}
        assert found.people[7] is not None
        assert (main.queries, other.queries) == (2, 1)


async def test_without_the_other_database_nothing_is_guessed(make_database: Callable[..., str]) -> None:
    main = Source(make_database(filled()), TYPES[:3], with_users=True)
    async with directory_on(
        main, Source("postgresql://127.0.0.1:1/x", ["advertiser"]), listen=False
    ) as directory:
        with pytest.raises(Unavailable):
            await directory.find([TUTOR_5], [])
        assert not directory.ready


async def test_an_answer_that_makes_no_sense_is_503_and_logged(
    make_database: Callable[..., str], caplog: pytest.LogCaptureFixture
) -> None:
    query = "SELECT 'tutor' AS type, id, user_id, username, is_active FROM tutor_profiles"
    broken = query.replace("id, user_id", "array[id] AS id, user_id")
    source = Source(make_database(filled()), ["tutor"], broken, with_users=True)
    async with directory_on(source) as directory:
        with pytest.raises(Unavailable):
            await directory.find([], [1])
    assert caplog.records


async def test_without_sources_nothing_is_known() -> None:
    async with directory_on() as directory:
        assert not directory.ready
        with pytest.raises(Unavailable):
            await directory.find([], [1])
        assert directory.peek([], []) == Found({}, {})
