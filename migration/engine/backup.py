"""A backup before anything is changed: pg_dump, watched, and read back before we believe in it."""

import asyncio
import os
import re
import shutil
import subprocess
from pathlib import Path

from migration.engine.address import parse
from migration.engine.errors import RefusedError
from migration.engine.progress import Progress

SHOW_EVERY_S = 1.0


async def make(dsn: str, file: Path, progress: Progress, programs: Path) -> str:
    """Write a backup of the database to `file` (pg_dump's custom format) and check that pg_restore can read all of it.

    It gets its name when it is complete; return its path. `programs`: the folder of both (see `fitting`). Raises
    RefusedError when the file exists or cannot be written, or the backup cannot be read.
    """
    address, part = parse(dsn), _begun(file)
    dump = await asyncio.create_subprocess_exec(
        str(programs / "pg_dump"),
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
    await _read_back(part, programs)
    part.rename(file)
    progress.note(f"✓ backup {file} ({file.stat().st_size:,} bytes), read back")
    return str(file.absolute())


def _begun(file: Path) -> Path:
    """Return an empty file beside it, to be written; what a killed run left there goes."""
    if file.exists():
        raise RefusedError(f"{file} exists; a backup is never written over")
    part = file.with_name(file.name + ".part")
    try:
        part.unlink(missing_ok=True)  # the pg_dump of a killed run may still be writing: not into ours
        part.touch()
    except OSError as failure:
        raise RefusedError(f"the backup cannot be written to {file}: {failure.strerror}") from failure
    return part


def is_same(file: Path, recorded: str | None) -> bool:
    """Say whether this is the backup that was made when the migration began: a command that continues says it again."""
    return recorded is not None and file.exists() and Path(recorded) == file.absolute()


async def _read_back(file: Path, programs: Path) -> None:
    """Let pg_restore turn the whole file into SQL, to nowhere: every byte is read and decompressed."""
    restore = await asyncio.create_subprocess_exec(
        str(programs / "pg_restore"), "--file", os.devnull, str(file), stderr=asyncio.subprocess.PIPE
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


USUAL = (
    "/usr/lib/postgresql/*/bin",
    "/usr/pgsql-*/bin",
    "/usr/local/pgsql/bin",
    "/opt/homebrew/opt/postgresql@*/bin",
    "/usr/local/opt/postgresql@*/bin",
    "/Library/PostgreSQL/*/bin",
)


def program(name: str) -> str:
    """Return the path of a PostgreSQL program: the newest that is found (see `folders`)."""
    found = [(version_of(folder), folder) for folder in folders() if (folder / name).is_file()]
    if not found:
        raise RefusedError(
            f"{name} is not installed here; install PostgreSQL's client programs or say --no-backup"
        )
    return str(max(found, key=lambda pair: pair[0])[1] / name)


def folders() -> list[Path]:
    """Return where PostgreSQL's programs are looked for: $CHAT_GATEWAY_PG_BIN alone, else the search path and the usual
    places.
    """
    home = os.environ.get("CHAT_GATEWAY_PG_BIN")
    if home:
        return [Path(home)]
    on_path = shutil.which("pg_dump")
    usual = [folder for pattern in USUAL for folder in sorted(Path("/").glob(pattern.removeprefix("/")))]
    return [*([Path(on_path).parent] if on_path else []), *usual]


def version_of(folder: Path) -> int:
    """Return the major version of the pg_dump in a folder, or 0 when it does not say."""
    try:
        answer = subprocess.run(
            [folder / "pg_dump", "--version"], capture_output=True, text=True, check=True, timeout=10
        )
    except (OSError, subprocess.SubprocessError):
        return 0
    found = re.search(r"\) (\d+)", answer.stdout)
    return int(found[1]) if found else 0


def fitting(server: int, given: Path | None) -> Path:
    """Return the folder of the programs that can dump a server of this major version: pg_dump must be as new."""
    places = [given.parent if given.name == "pg_dump" else given] if given else folders()
    versions = {folder: version_of(folder) for folder in places if (folder / "pg_dump").is_file()}
    if not versions:
        where = f"there is no pg_dump at {given}" if given else "pg_dump is not installed here"
        raise RefusedError(
            f"{where}; install PostgreSQL's client programs, say --pg-dump PATH, or --no-backup"
        )
    for folder, version in versions.items():
        if version >= server:
            return folder
    newest = max(versions.values())
    raise RefusedError(
        f"pg_dump {newest} cannot dump a server of version {server}: "
        "say --pg-dump PATH with a newer one, or --no-backup"
    )
