"""How strangers reach their database: poolers, forms of an address, odd terminals, folders and programs."""

import os
import subprocess
import sys
from urllib.parse import urlsplit

import pytest

from demo.postgres import find_binaries
from migration.engine.address import parse, shown
from migration.engine.backup import fitting
from migration.engine.errors import RefusedError
from migration.engine.session import SETTINGS, connect
from migration.run import status
from tests.migration.databases import SCHEMA, rows
from tests.migration.test_cli import migrate
from tests.support.pgbouncer import pgbouncer

HIDDEN = [
    ("postgresql://a:s3cret@[::1]:5/db", "postgresql://a@[::1]:5/db"),
    ("postgresql://a:s3cret@h1:1,h2:2/db", "postgresql://a@h1:1,h2:2/db"),
    ("postgresql:///db?host=/run/pg&user=a&password=s3cret", "postgresql:///db?host=/run/pg&user=a"),
    ("host=h port=5 dbname=db user=a password=s3cret", "postgresql://a@/db?host=h&port=5"),
    ("host=h dbname = db user=a password='s3 cre\\'t'", "postgresql://a@/db?host=h"),
    ("host=h password=s3cret =", "the given address"),
]


@pytest.mark.parametrize(("dsn", "said"), HIDDEN)
def test_a_password_is_never_printed(dsn, said):
    assert shown(dsn) == said


def test_every_form_of_an_address_is_understood():
    assert parse("postgresql://a:p%40@h1:1,[::1]/db").arguments() == {
        "dsn": None, "host": ["h1", "::1"], "port": [1, 5432], "user": "a", "password": "p@", "database": "db",
    }  # fmt: skip
    given = parse("host=/run/pg dbname='d b' sslmode=require connect_timeout=3").arguments()
    assert given == {
        "dsn": "postgresql://?sslmode=require",
        "host": ["/run/pg"],
        "port": [5432],
        "database": "d b",
    }


async def test_a_password_in_the_other_form_is_not_printed_when_it_fails(make_database):
    code, out, errors = migrate("status", "--dsn", "host=127.0.0.1 port=1 dbname=chat user=a password=s3cret")
    assert (code, "s3cret" in out + errors, "Traceback" in errors) == (2, False, False)


async def test_the_other_form_reaches_the_database(make_database):
    parts = urlsplit(make_database(SCHEMA["L"]))
    pairs = f"host={parts.hostname} port={parts.port} dbname={parts.path[1:]} user={parts.username}"
    assert (await status(f"{pairs} password='{parts.password}'")).state == "L"
    several = f"postgresql://{parts.username}:{parts.password}@127.0.0.1:1,{parts.hostname}:{parts.port}{parts.path}"
    assert (await status(several)).state == "L"


async def test_settings_of_the_role_do_not_reach_us(make_database):
    dsn = make_database(SCHEMA["L"])
    name = dsn.rsplit("/", 1)[1]
    for setting in (
        "statement_timeout = 10",
        "lock_timeout = 0",
        "DateStyle = 'SQL, DMY'",
        "search_path = ''",
    ):
        await rows(dsn, f"ALTER DATABASE {name} SET {setting}")
    async with connect(dsn) as session:
        assert await session.connection.fetchval("SELECT current_setting('lock_timeout')") == "2s"
        assert await session.connection.fetchval("SELECT current_setting('statement_timeout')") == "0"
        path = await session.connection.fetchval("SELECT current_setting('search_path')")
        assert path == SETTINGS["search_path"]


@pytest.mark.parametrize("mode", ["session", "transaction", "statement"])
async def test_a_pooled_address_is_refused_with_the_one_to_give(make_database, mode):
    dsn = make_database(SCHEMA["L"])
    parts = urlsplit(dsn)
    with pgbouncer(dsn, f"pool_mode = {mode}") as pooled:
        code, _, errors = migrate("up", "--no-backup", "--dsn", pooled)
    assert code == 2, errors
    assert "connection pool, and the migration needs a session of its own" in errors
    assert f"host 127.0.0.1, port {parts.port}, database {parts.path[1:]}" in errors
    assert await rows(dsn, "SELECT 1 FROM pg_namespace WHERE nspname = 'chat_migration'") == []


def test_a_terminal_without_our_signs_gets_every_line(make_database):
    dsn = make_database(SCHEMA["L"])
    command = [
        sys.executable,
        "-m",
        "migration.cli",
        "up",
        "--no-backup",
        "-v",
        "--to",
        "expand",
        "--dsn",
        dsn,
    ]
    environment = {**os.environ, "PYTHONIOENCODING": "latin-1", "PYTHONUTF8": "0"}
    done = subprocess.run(command, capture_output=True, env=environment, timeout=120, check=False)
    assert (done.returncode, b"Traceback" in done.stderr) == (0, False), done.stderr
    assert b"? expand: " in done.stderr


async def test_a_backup_that_cannot_be_written_is_refused_before_anything(
    make_database, tmp_path, monkeypatch
):
    monkeypatch.setenv("CHAT_GATEWAY_PG_BIN", str(find_binaries()))
    dsn = make_database(SCHEMA["L"])
    code, _, errors = migrate("up", "--backup", str(tmp_path / "none" / "x"), "--dsn", dsn)
    assert (code, "the backup cannot be written" in errors) == (2, True), errors
    assert await rows(dsn, "SELECT 1 FROM pg_namespace WHERE nspname = 'chat_migration'") == []


def fake_programs(folder, version):
    folder.mkdir()
    program = folder / "pg_dump"
    program.write_text(f"#!/bin/sh\necho 'pg_dump (PostgreSQL) {version}.1'\n")
    program.chmod(0o755)
    return program


def test_a_pg_dump_that_fits_is_looked_for(tmp_path, monkeypatch):
    old, new = fake_programs(tmp_path / "old", 13), fake_programs(tmp_path / "new", 18)
    monkeypatch.delenv("CHAT_GATEWAY_PG_BIN", raising=False)
    monkeypatch.setenv("PATH", str(old.parent))
    monkeypatch.setattr("migration.engine.backup.USUAL", (str(tmp_path / "n*"),))
    assert fitting(18, None) == new.parent
    assert fitting(13, None) == old.parent
    assert fitting(18, new) == new.parent
    with pytest.raises(
        RefusedError, match="pg_dump 13 cannot dump a server of version 18: say --pg-dump PATH"
    ):
        fitting(18, old)


# IMPORT
