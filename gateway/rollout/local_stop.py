"""The kill switch without the store: a file on the machine of the gateways, which every process looks for.

While it is there everybody goes to the old backend, whatever the rules say, also after a restart. Each process keeps a
file beside it that says whether it has seen it; so the command can wait until all have.
"""

import asyncio
import contextlib
import hashlib
import os
import tempfile
import time
import uuid
from pathlib import Path
from typing import Final

from gateway.config.model import Config

#: How often a process looks, and says that it is there; and after which time without that it is gone.
LOOK_S: Final = 0.2
SAID_S: Final = 1.0
GONE_S: Final = 5.0
_STOP: Final = "stop"
_STOPPED, _RUNNING = "stopped", "running"


def folder_of(config: Config) -> Path:
    """``rollout.local_dir``, else one in the system's directory of temporary files that is this store's."""
    if config.rollout.local_dir is not None:
        return Path(config.rollout.local_dir)
    name = hashlib.sha256((config.rollout.store or "").encode()).hexdigest()[:16]
    return Path(tempfile.gettempdir()) / f"chat-gateway-{name}"


class LocalStop:
    """One process's view of the folder. What it cannot read or write stops nobody."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._own = folder / f"process-{uuid.uuid4()}"
        self._said_at = 0.0
        self._said = ""
        self.is_set = False

    def look(self) -> bool:
        """Whether everybody is to be stopped; says on the way that this process knows."""
        try:
            _make(self._folder)
            self.is_set = (self._folder / _STOP).exists()
            self._say(_STOPPED if self.is_set else _RUNNING)
        except OSError:
            pass
        return self.is_set

    def _say(self, word: str) -> None:
        now = time.monotonic()
        if word != self._said or now - self._said_at > SAID_S:
            self._own.write_text(word, encoding="ascii")
            self._said, self._said_at = word, now

    def end(self) -> None:
        """This process is gone."""
        with contextlib.suppress(OSError):
            self._own.unlink(missing_ok=True)


def _make(folder: Path) -> None:
    """The folder, ours or root's alone: whoever may write there may stop the rollout. Raises OSError."""
    folder.mkdir(mode=0o700, exist_ok=True)
    found = folder.lstat()
    if folder.is_symlink() or (hasattr(os, "getuid") and found.st_uid not in (0, os.getuid())):
        raise PermissionError(f"{folder} belongs to somebody else: name another one in rollout.local_dir")


async def hold(config: Config, wait_s: float) -> tuple[int, int]:
    """Stop every process of this machine, and wait for them. How many have confirmed, and how many run."""
    folder = folder_of(config)
    _make(folder)
    (folder / _STOP).touch()
    end = time.monotonic() + wait_s
    while True:
        words = _words(folder)
        confirmed = sum(word == _STOPPED for word in words)
        if confirmed == len(words) or time.monotonic() > end:
            return confirmed, len(words)
        await asyncio.sleep(LOOK_S / 4)


def release(config: Config) -> None:
    """Undo `hold`: the rules decide again."""
    with contextlib.suppress(OSError):
        (folder_of(config) / _STOP).unlink(missing_ok=True)


def _words(folder: Path) -> list[str]:
    """What the running processes say."""
    words = []
    for file in folder.glob("process-*"):
        with contextlib.suppress(OSError):
            if time.time() - file.stat().st_mtime < GONE_S:
                words.append(file.read_text(encoding="ascii"))
    return words
