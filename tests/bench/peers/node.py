"""Node with undici (the fastest client that it has), installed into a folder outside the project."""

import contextlib
import hashlib
import os
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from tests.bench.peers.setting import Missing, Setting
from tests.bench.processes import Process, started

_SOURCE: Final = Path(__file__).parent / "node"


def _installed() -> Path:
    """The folder with undici in it, as the lock says; made once."""
    lock = (_SOURCE / "package-lock.json").read_bytes()
    home = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")
    folder = home / "chat-gateway-bench" / hashlib.sha256(lock).hexdigest()[:16]
    if not (folder / "node_modules" / "undici").exists():
        folder.mkdir(parents=True, exist_ok=True)
        for name in ("package.json", "package-lock.json"):
            shutil.copy(_SOURCE / name, folder)
        command = ["npm", "ci", "--ignore-scripts", "--no-audit", "--no-fund", "--silent"]
        try:
            subprocess.run(
                command,
                cwd=folder,
                check=True,
                timeout=600,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
            )
        except (OSError, subprocess.SubprocessError):
            shutil.rmtree(folder, ignore_errors=True)
            raise Missing("npm cannot install undici") from None
    return folder


@contextlib.contextmanager
def node(setting: Setting) -> Iterator[Process]:
    """One Node process; raises `Missing`."""
    program = shutil.which("node")
    if program is None:
        raise Missing("node is not installed")
    folder = _installed()
    for file in _SOURCE.glob("*.mjs"):
        shutil.copy(file, folder)
    command = [program, folder / "server.mjs", str(setting.upstream), str(setting.table)]
    with started(command, setting.core) as process:
        yield process
