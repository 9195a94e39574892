"""A disk that is full stops the migration with a clear word; with room again it ends as if nothing had been."""

import os
import subprocess
import tempfile
from contextlib import contextmanager
from pathlib import Path

import asyncpg
import pytest

from demo.databases import run_in_thread
from demo.postgres import NOBODY, EmbeddedPostgres
from migration.engine.errors import StoppedError
from migration.engine.session import connect
from migration.run import down, up, verify
from tests.migration.databases import SCHEMA, SMALL, connected, dump, generate, outcome, rows, value
from tests.migration.test_cli import migrate
from tests.support.processes import LONGEST_S

# More than the largest step of the migration needs: what a failed one wrote is room only after a VACUUM.
STEP = 128 * 1024
LARGE = 64 * 1024**2


@pytest.fixture(scope="module")
def server():
    """Our own server, as these tests change its files: with a database `before`, and `calm`, which is migrated."""
    with EmbeddedPostgres() as own:
        dsn = own.create_database("before")

        async def fill():
            async with connected(dsn) as connection:
                await connection.execute(SCHEMA["L"])
                await generate(connection, SMALL, seed=1, state="L")

        run_in_thread(fill)
        calm = own.create_database("calm", "before")

        async def migrate_it():
            await up(calm, backup=False)

        run_in_thread(migrate_it)
        yield own


@pytest.fixture
def full(server):
    """A database whose disk is going to be full."""
    yield server.create_database("full", "before")
    server.drop_database("full")


@contextmanager
def no_room_for(file):
    """The first page that is written to this file meets a full disk: /dev/full answers every write with ENOSPC."""
    assert file.stat().st_size == 0
    aside = file.with_name(file.name + ".aside")
    file.rename(aside)
    file.symlink_to("/dev/full")
    try:
        yield
    finally:
        file.unlink()
        aside.rename(file)


# Each is without a page after expand.
@pytest.mark.parametrize(
    "relation",
    [
        "chat_migration.journal",
        "pinned_messages",
        pytest.param("chat_migration.sealed", marks=pytest.mark.slow),
        pytest.param("chat_two_step_verification", marks=pytest.mark.slow),
    ],
)
async def test_with_room_again_up_ends_as_if_nothing_had_been(server, full, relation):
    await up(full, to="expand", backup=False)
    path = await value(full, "SELECT pg_relation_filepath($1::text::regclass)", relation)
    with no_room_for(Path(await value(full, "SHOW data_directory")) / path):
        code, out, said = migrate("up", "--dsn", full, "--no-backup")
    assert (code, out) == (1, "")
    assert "stopped: the disk of the database is full (could not extend file" in said
    assert "No space left on device); make room first; the same command continues" in said
    assert "Traceback" not in said
    assert (await up(full)).done
    assert (await verify(full)).differences == []
    assert await outcome(full) == await outcome(server.dsn_of("calm"))


class SmallDisk:
    """A disk in memory with room for so many bytes. Mounting needs rights that not every machine gives."""

    def __init__(self, path):
        self.path = path

    def _mount(self, *more):
        subprocess.run(
            ["mount", "-t", "tmpfs", *more, "none", str(self.path)],
            check=True,
            capture_output=True,
            timeout=LONGEST_S,
        )

    def __enter__(self):
        self._mount("-o", f"uid={NOBODY},mode=700,size={LARGE}")
        return self

    def __exit__(self, *_):
        subprocess.run(["umount", "-l", str(self.path)], check=True, timeout=LONGEST_S)

    def leave(self, room):
        """Let there be so many bytes of room beside what is used."""
        disk = os.statvfs(self.path)
        self.size = (disk.f_blocks - disk.f_bfree) * disk.f_frsize
        self.enlarge(room)

    def enlarge(self, by):
        self.size += by
        self._mount("-o", f"remount,size={self.size}")


def may_mount():
    with tempfile.TemporaryDirectory() as path:
        try:
            with SmallDisk(Path(path)):
                return True
        except (OSError, subprocess.CalledProcessError):
            return False


async def with_ever_more_room(disk, work):
    """Do the work, at first without any room, and with a bit more after each failure; return their number."""
    disk.leave(0)
    for times in range(100):
        try:
            await work()
        except StoppedError as stopped:
            if "the disk of the database is full" not in str(stopped):
                raise
            disk.enlarge(STEP)
        else:
            return times
    raise AssertionError("it never ended")


@pytest.mark.slow
async def test_a_disk_that_is_full_again_and_again(server):
    if not may_mount():
        pytest.skip("mounting a small disk needs rights")
    before = dump(server.dsn_of("before"))
    with tempfile.TemporaryDirectory() as path, SmallDisk(Path(path)) as disk:
        await rows(server.dsn, f"CREATE TABLESPACE small LOCATION '{path}'")
        await rows(server.dsn, "CREATE DATABASE small TEMPLATE before TABLESPACE small STRATEGY FILE_COPY")
        dsn = server.dsn_of("small")
        assert await with_ever_more_room(disk, lambda: up(dsn, backup=False)) > 3
        assert (await verify(dsn)).differences == []
        assert await outcome(dsn) == await outcome(server.dsn_of("calm"))
        # What the way back drops may be all the room that it needs.
        await with_ever_more_room(disk, lambda: down(dsn))
        assert dump(dsn) == before
        server.drop_database("small")
        await rows(server.dsn, "DROP TABLESPACE small")


@pytest.mark.parametrize(
    ("failure", "said"),
    [
        (asyncpg.DiskFullError("could not extend file"), "is full .could not extend file.; make room first"),
        (asyncpg.InternalServerError("could not extend file: Disk quota exceeded"), "cannot go on .*quota"),
        (asyncpg.ConfigurationLimitExceededError("temporary file size"), "cannot go on .temporary file size"),
        (asyncpg.PostgresIOError("could not write"), "cannot go on .could not write"),
        (
            asyncpg.AdminShutdownError("terminating"),
            "the connection to the database broke .AdminShutdownError",
        ),
        (
            asyncpg.InternalClientError("cannot switch to state 15"),
            "the connection to the database broke .InternalClientError",
        ),
        (ConnectionResetError(), "the connection to the database broke .ConnectionResetError"),
    ],
)
async def test_what_is_said(make_database, failure, said):
    with pytest.raises(StoppedError, match=said):
        async with connect(make_database(SCHEMA["L"])):
            raise failure
