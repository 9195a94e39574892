"""Who is told of whom, on a real PostgreSQL: by type of caller, and with tables or columns missing."""

from collections.abc import AsyncIterator, Callable
from pathlib import Path

import asyncpg
import pytest

from gateway.database.relations_query import COLUMNS, RELATIONS, statement
from tests.gateway.directory.world import LEGACY, SCHEMA, filled

#: Beza is parent 9 of student 6 (Chala) and tutor 5 of student 5 (Abel), whose parent is Desta, parent 12.
#: Abel as tutor 7 teaches Chala. Genet (7) has no profile and is invited.
RELATED = """
INSERT INTO users (id, first_name, father_name, email, password_hash) VALUES
    (4, 'Desta', 'D', 'desta@example.test', 'x');
INSERT INTO parent_profiles (id, user_id, username) VALUES (12, 4, 'desta_p');
UPDATE student_profiles SET parent_id = '{9,12}' WHERE id = 6;
UPDATE student_profiles SET parent_id = '{12}' WHERE id = 5;
UPDATE parent_profiles SET children_ids = '{6}' WHERE id = 9;
UPDATE parent_profiles SET children_ids = '{5,404}' WHERE id = 12;
INSERT INTO tutor_packages (id, tutor_id, name) VALUES (1, 5, 'maths'), (2, 7, 'physics');
INSERT INTO enrolled_students (tutor_id, student_id, package_id, status, enrolled_at) VALUES
    (5, 5, 1, 'active', '2026-11-01 08:00'), (5, 5, 1, NULL, '2026-11-02 08:00'),
    (7, 6, 2, 'active', '2026-11-03 08:00'), (5, 6, 1, 'completed', '2026-11-04 08:00');
INSERT INTO requested_sessions (tutor_id, requester_id, requester_type, status, created_at) VALUES
    (5, 3, 'student', 'rejected', '2026-11-05 08:00'), (5, 3, 'student', 'pending', '2026-11-06 08:00'),
    (7, 4, 'parent', 'accepted', '2026-11-07 08:00');
INSERT INTO parent_invitations
    (id, inviter_user_id, inviter_type, invited_to_user_id, relationship_type, requested_as, status, pending_email,
     pending_first_name, pending_father_name)
VALUES (31, 1, 'student', 7, 'Mother', 'coparent', 'pending', NULL, NULL, NULL),
    (32, 1, 'student', NULL, 'Uncle', 'parent', 'pending', 'lulit@example.test', 'Lulit', 'M'),
    (33, 1, 'student', NULL, 'Uncle', 'parent', 'expired', 'mekdes@example.test', 'Mekdes', NULL);
INSERT INTO child_invitations (id, inviter_user_id, invited_to_user_id, status, pending_email, pending_first_name)
VALUES (41, 4, 1, 'accepted', NULL, NULL), (42, 4, NULL, 'pending', 'nahom@example.test', 'Nahom');
"""
INVITED_BY_ABEL = {("parent-invitation-sent", 31, 7), ("parent-invitation-pending", 32, None)}
ABEL = INVITED_BY_ABEL | {("child-invitation-received", 41, 4)}
DESTA = {("child-invitation-sent", 41, 1), ("child-invitation-sent", 42, None)}


@pytest.fixture(params=[LEGACY, SCHEMA], ids=["legacy", "user"])
def schema(request: pytest.FixtureRequest) -> Path:
    return Path(request.param)


class Database:
    """One connection; asks as the gateway does."""

    def __init__(self, connection: "asyncpg.Connection[asyncpg.Record]") -> None:
        self.connection = connection

    async def tables(self) -> dict[str, set[str]]:
        names = sorted({name for part in RELATIONS for name in part.needs})
        found: dict[str, set[str]] = {}
        for row in await self.connection.fetch(COLUMNS, names):
            found.setdefault(row["table_name"], set()).add(row["column_name"])
        return found

    async def rows(self, type_: str, id_: int, user: int) -> list[asyncpg.Record]:
        sql = statement(RELATIONS, await self.tables(), type_)
        return await self.connection.fetch(sql, type_, id_, user) if sql else []

    async def told(self, type_: str, id_: int, user: int) -> set[tuple[str, int, int | None]]:
        return {(row["kind"], row["id"], row["user_id"]) for row in await self.rows(type_, id_, user)}


@pytest.fixture
async def database(schema: Path, make_database: Callable[..., str]) -> AsyncIterator[Database]:
    connection = await asyncpg.connect(make_database(filled(schema, RELATED)))
    try:
        yield Database(connection)
    finally:
        await connection.close()


DESTA_IS_PARENT, BEZA_IS_PARENT = ("family-parent", 12, 4), ("family-parent", 9, 2)
STUDENTS_PARENTS = {("enrolled-parent", 9, 2), ("enrolled-parent", 12, 4)}
CALLERS = [
    ("student", 5, 1, ABEL | {DESTA_IS_PARENT, ("enrolled-tutor", 5, 2)}),
    (
        "student",
        6,
        3,
        {BEZA_IS_PARENT, DESTA_IS_PARENT, ("enrolled-tutor", 7, 1), ("my-request-tutor", 5, 2)},
    ),
    ("tutor", 5, 2, {("enrolled-student", 5, 1), ("enrolled-parent", 12, 4), ("session-request", 3, 3)}),
    ("tutor", 7, 1, ABEL | STUDENTS_PARENTS | {("enrolled-student", 6, 3), ("session-request", 4, 4)}),
    ("parent", 9, 2, {("family-child", 6, 3), ("child-tutor", 7, 1)}),
    ("parent", 12, 4, DESTA | {("family-child", 5, 1), ("child-tutor", 5, 2), ("my-request-tutor", 7, 1)}),
    ("advertiser", 1, 1, ABEL),
    ("user", 7, 7, {("parent-invitation-received", 31, 1)}),
]


@pytest.mark.parametrize(("type_", "id_", "user", "told"), CALLERS)
async def test_which_caller_is_told_what(
    database: Database, type_: str, id_: int, user: int, told: set[tuple[str, int, int | None]]
) -> None:
    assert await database.told(type_, id_, user) == told


@pytest.mark.parametrize(("type_", "id_"), [("student", 6), ("tutor", 5), ("parent", 9)])
async def test_a_number_that_is_somebody_elses_profile_tells_nothing_of_it(
    database: Database, type_: str, id_: int
) -> None:
    """The old client's fallback names a profile that the caller does not have."""
    assert await database.told(type_, id_, 7) == {("parent-invitation-received", 31, 1)}


async def test_of_several_rows_about_the_same_the_newest_remains(database: Database) -> None:
    rows = {row["kind"]: row for row in await database.rows("tutor", 5, 2)}
    assert rows["session-request"]["status"] == "pending"
    assert rows["session-request"]["role"] == "student"
    assert rows["enrolled-student"]["at"].isoformat() == "2026-11-02T08:00:00+00:00"


async def test_a_time_is_utc_whatever_the_servers_zone_is(database: Database) -> None:
    await database.connection.execute("SET timezone = 'Africa/Addis_Ababa'")
    rows = {row["kind"]: row for row in await database.rows("tutor", 5, 2)}
    assert rows["session-request"]["at"].isoformat() == "2026-11-06T08:00:00+00:00"


async def test_what_an_invitation_says(database: Database) -> None:
    rows = {row["id"]: row for row in await database.rows("student", 5, 1) if "invitation" in row["kind"]}
    assert [rows[31][key] for key in ("role", "status", "relationship_type")] == [
        "coparent",
        "pending",
        "Mother",
    ]
    assert [rows[32][key] for key in ("pending_email", "pending_name")] == ["lulit@example.test", "Lulit M"]
    assert [rows[41][key] for key in ("role", "status", "relationship_type")] == [None, "accepted", "child"]


LITTLE = """CREATE ROLE may_read_little; GRANT SELECT ON student_profiles, parent_profiles TO may_read_little;
SET ROLE may_read_little"""
EVERYTHING = {part.kind for part in RELATIONS}
MISSING = [
    ("DROP TABLE requested_sessions", {"session-request", "my-request-tutor"}),
    (
        "DROP TABLE enrolled_students",
        {"enrolled-student", "enrolled-parent", "enrolled-tutor", "child-tutor"},
    ),
    ("ALTER TABLE student_profiles DROP COLUMN parent_id", {"family-parent", "enrolled-parent"}),
    ("ALTER TABLE parent_profiles DROP COLUMN children_ids", {"family-child", "child-tutor"}),
    ("DROP TABLE child_invitations", {"child-invitation-sent", "child-invitation-received"}),
    (
        "ALTER TABLE parent_invitations DROP COLUMN requested_as",
        {"parent-invitation-sent", "parent-invitation-pending", "parent-invitation-received"},
    ),
    (LITTLE, EVERYTHING - {"family-parent", "family-child"}),
]


@pytest.mark.parametrize(("sql", "missing"), MISSING, ids=[sql[:40] for sql, _ in MISSING])
async def test_what_is_missing_or_may_not_be_read_is_left_out(
    database: Database, sql: str, missing: set[str]
) -> None:
    connection = database.connection
    transaction = connection.transaction()
    await transaction.start()
    try:
        await connection.execute(sql)
        found = {row[0] for type_, id_, user, _ in CALLERS for row in await database.told(type_, id_, user)}
    finally:
        await transaction.rollback()
    assert found == EVERYTHING - missing


async def test_without_any_of_the_tables_nothing_is_asked() -> None:
    assert statement(RELATIONS, {}, "student") is None
