"""Databases on a server, and the fixture `make_database` that every other test builds on."""

import asyncpg
import pytest

from demo.databases import PostgresServer, quoted, run_in_thread

TABLE = "CREATE TABLE people (name text); INSERT INTO people VALUES ('Abel')"


async def names(dsn: str) -> list[str]:
    connection = await asyncpg.connect(dsn)
    try:
        return [row["name"] for row in await connection.fetch("SELECT name FROM people")]
    finally:
        await connection.close()


@pytest.mark.parametrize(
    ("identifier", "sql"), [("chat", '"chat"'), ('a"b', '"a""b"'), ("Ünï-codé", '"Ünï-codé"')]
)
def test_quotes_identifiers(identifier, sql):
    assert quoted(identifier) == sql


def test_names_another_database_on_the_same_server():
    server = PostgresServer("postgresql://me:secret@db.internal:5433/chat?sslmode=require")
    assert server.dsn_of("other") == "postgresql://me:secret@db.internal:5433/other?sslmode=require"


def test_raises_what_the_coroutine_raised():
    async def fail() -> None:
        raise LookupError("here")

    with pytest.raises(LookupError, match="here"):
        run_in_thread(fail)


async def test_fixture_gives_each_caller_a_database_of_its_own(make_database):
    first, second = make_database(TABLE), make_database(TABLE)
    assert first != second
    connection = await asyncpg.connect(first)
    await connection.execute("DELETE FROM people")
    await connection.close()
    assert await names(first) == []
    assert await names(second) == ["Abel"]


async def test_fixture_reads_a_file(make_database, tmp_path):
    file = tmp_path / "schema.sql"
    file.write_text(TABLE)
    assert await names(make_database(file)) == ["Abel"]


async def test_fixture_copies_a_named_database(make_database):
    source = make_database(TABLE).rpartition("/")[2]
    assert await names(make_database(template=source)) == ["Abel"]


def test_fixture_without_sql_gives_an_empty_database(make_database):
    assert make_database().startswith("postgres")
