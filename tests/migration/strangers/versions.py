"""The versions of PostgreSQL that this machine can run: the embedded one, and what Debian's packages installed."""

import re
import subprocess
from pathlib import Path

from demo.postgres import find_binaries

SUPPORTED = range(13, 19)
DEBIAN = Path("/usr/lib/postgresql")


def major(binaries: Path) -> int:
    """What `postgres --version` says."""
    text = subprocess.run(
        [binaries / "postgres", "--version"], capture_output=True, text=True, check=True, timeout=60
    ).stdout
    return int(re.search(r"(\d+)\.", text)[1])


def embedded() -> int:
    """The version that all other tests run on."""
    return major(find_binaries())


def installed() -> dict[int, Path]:
    """Major version -> folder of its programs, for those that are whole servers."""
    folders = (folder / "bin" for folder in sorted(DEBIAN.glob("*")))
    return {int(f.parent.name): f for f in folders if (f / "postgres").exists() and (f / "initdb").exists()}


def not_run() -> list[int]:
    """The versions that nobody tried here."""
    return [v for v in SUPPORTED if v not in installed() and v != embedded()]
