"""A backup before anything is changed: pg_dump, watched, and read back before we believe in it."""

import asyncio
import os
import shutil
from pathlib import Path

from migration.engine.address import parse
from migration.engine.errors import RefusedError
from migration.engine.progress import Progress

SHOW_EVERY_S = 1.0


async def make(dsn: str, file: Path, progress: Progress) -> None:
    """Write a backup of the database to `file` (pg_dump's custom format) and check that pg_restore can read all of it.

    It gets its name when it is complete; what a killed run left under the name with `.part` goes.
    Raises RefusedError when a program is missing, the file exists, or the backup cannot be read.
    """
    if file.exists():
        raise RefusedError(f"{file} exists; a backup is never written over")
    part = file.with_name(file.name + ".part")
    part.unlink(missing_ok=True)  # the pg_dump of a killed run may still be writing: not into ours
    address = parse(dsn)
    dump = await asyncio.create_subprocess_exec(
        program("pg_dump"),
        "--format=custom",
        f"--file={part}",
        f"--dbname={address.public_url}",
        env=address.environment(),
        stderr=asyncio.subprocess.PIPE,
    )
    watching = asyncio.create_task(_watch(part, progress))
    _, errors = await dump.communicate()
    watching.cancel()
    if dump.returncode:
        part.unlink(missing_ok=True)
        raise RefusedError(f"pg_dump failed: {errors.decode(errors='replace').strip()[:500]}")
    await _read_back(part)
    part.rename(file)
    progress.note(f"✓ backup {file} ({file.stat().st_size:,} bytes), read back")


def is_same(file: Path, recorded: str | None) -> bool:
    """Say whether this is the backup that was made when the migration began: a command that continues says it again."""
    return recorded is not None and file.exists() and Path(recorded) == file.absolute()


async def _read_back(file: Path) -> None:
    """Let pg_restore turn the whole file into SQL, to nowhere: every byte is read and decompressed."""
    restore = await asyncio.create_subprocess_exec(
        program("pg_restore"), "--file", os.devnull, str(file), stderr=asyncio.subprocess.PIPE
    )
    _, errors = await restore.communicate()
    if restore.returncode:
        raise RefusedError(
            f"the backup {file} cannot be read: {errors.decode(errors='replace').strip()[:500]}"
        )


async def _watch(file: Path, progress: Progress) -> None:
    while True:
        await asyncio.sleep(SHOW_EVERY_S)
        size = file.stat().st_size if file.exists() else 0
        progress.moved("backup", f"{file.stem}, bytes", size, size)


def program(name: str) -> str:
    """Return the path of a PostgreSQL program: $CHAT_GATEWAY_PG_BIN first, then the search path."""
    home = os.environ.get("CHAT_GATEWAY_PG_BIN")
    found = shutil.which(name, path=home) if home else shutil.which(name)
    if found is None:
        raise RefusedError(
            f"{name} is not installed here; install PostgreSQL's client programs or say --no-backup"
        )
    return found
