"""A directory for a while: in memory where there is room, and swept up later if its owner was killed."""

import contextlib
import os
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import IO, Final

MEMORY: Final = Path("/dev/shm")  # noqa: S108 - only directories of unguessable names are made there
ENOUGH_BYTES: Final = 2 * 1024**3
PREFIX: Final = "chat-scratch-"
LOCK: Final = "lock"


@contextlib.contextmanager
def scratch_directory(parent: Path | None = None) -> Iterator[Path]:
    """A new directory in `parent`, by default in memory (Linux, with 2 GiB free) or the temporary directory.

    It is removed at the end; those that killed processes left in the same place are removed at the start.
    """
    parent = parent or _default_parent()
    sweep(parent)
    directory = Path(tempfile.mkdtemp(prefix=PREFIX, dir=parent))
    try:
        with (directory / LOCK).open("w") as lock:
            _try_lock(lock)
            yield directory
    finally:
        shutil.rmtree(directory, ignore_errors=True)


def sweep(parent: Path) -> None:
    """Remove the directories whose owner is gone: the kernel has let go of the lock that it held in each."""
    for directory in parent.glob(PREFIX + "*"):
        with contextlib.suppress(OSError), (directory / LOCK).open("r+") as lock:
            if _try_lock(lock):
                shutil.rmtree(directory, ignore_errors=True)


def _default_parent() -> Path:
    with contextlib.suppress(OSError):
        if _is_fit(MEMORY):
            return MEMORY
    return Path(tempfile.gettempdir())


def _is_fit(directory: Path) -> bool:
    """Whether we may write there and run programs from there (in containers often not), and there is room."""
    runs = not os.statvfs(directory).f_flag & getattr(os, "ST_NOEXEC", 0)
    return (
        runs and os.access(directory, os.W_OK | os.X_OK) and shutil.disk_usage(directory).free >= ENOUGH_BYTES
    )


def _try_lock(file: IO[str]) -> bool:
    """Take the lock if nobody has it; it is held until the file is closed or the process ends."""
    import fcntl  # not on Windows, where there is no embedded PostgreSQL either

    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True
