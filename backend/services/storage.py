"""Where uploaded files lie: a small interface, and a directory as its first implementation."""

import asyncio
import re
import secrets
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Final, NamedTuple, Protocol

import msgspec

from contracts.model.errors import TooLarge

KEY: Final = re.compile(r"[A-Za-z0-9_-]{32}", re.ASCII)
LARGEST: Final = 50 * 2**20


class Info(msgspec.Struct):
    """What is known of a file: the name it came with, its length in bytes, and its media type."""

    name: str
    size: int
    mime: str


class Stored(NamedTuple):
    """A file that can be read at ``path``."""

    path: Path
    info: Info


class Storage(Protocol):
    """Keeps files under unguessable keys."""

    async def save(self, chunks: AsyncIterator[bytes], name: str, mime: str) -> tuple[str, Info]:
        """Store what comes; the key and what is known. Raises `TooLarge`."""

    def find(self, key: str) -> Stored | None:
        """The file, or None."""


class Directory:
    """Files in one directory; beside each a small JSON file with its `Info`."""

    def __init__(self, path: Path, largest: int = LARGEST) -> None:
        self.path = path
        self.largest = largest
        path.mkdir(parents=True, exist_ok=True)

    async def save(self, chunks: AsyncIterator[bytes], name: str, mime: str) -> tuple[str, Info]:
        """Store what comes; nothing is left of what was broken off."""
        key = secrets.token_urlsafe(24)
        part = self.path / f"{key}.part"
        try:
            info = Info(name, await self._write(part, chunks), mime)
            (self.path / f"{key}.json").write_bytes(msgspec.json.encode(info))
            part.rename(self.path / key)
        except BaseException:
            part.unlink(missing_ok=True)
            raise
        return key, info

    async def _write(self, path: Path, chunks: AsyncIterator[bytes]) -> int:
        size = 0
        with path.open("xb") as file:
            async for chunk in chunks:
                size += len(chunk)
                if size > self.largest:
                    raise TooLarge("The file is too large")
                await asyncio.to_thread(file.write, chunk)
        return size

    def find(self, key: str) -> Stored | None:
        """The file; a key is never a path, because only these 64 characters may be in it."""
        path = self.path / key
        if not KEY.fullmatch(key) or not path.is_file():
            return None
        return Stored(path, msgspec.json.decode((self.path / f"{key}.json").read_bytes(), type=Info))
