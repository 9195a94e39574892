"""A small world for the directory's tests: tables of the needed columns, a few people, a server to stop."""

import asyncio
import contextlib
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

from contracts.model.profile import Profile
from gateway.directory.directory import Directory
from gateway.directory.source import Source

ROOT = Path(__file__).parents[3]
SCHEMA = ROOT / "migration/sql/user_schema.sql"
LEGACY = ROOT / "migration/sql/legacy_schema.sql"
TRIGGERS = (ROOT / "migration/sql/directory_notify.sql").read_text("utf-8")

#: Abel (1) is student 5 and tutor 7, Beza (2) tutor 5 and parent 9, Chala (3) student 6, Genet (7) nobody's role.
PEOPLE = """
INSERT INTO users (id, first_name, father_name, last_name, email, password_hash, profile_picture) VALUES
    (1, 'Abel', 'A', NULL, 'abel@example.test', 'x', 'abel.png'),
    (2, 'Beza', 'B', NULL, 'beza@example.test', 'x', NULL),
    (3, 'Chala', NULL, 'Finch', 'chala@example.test', 'x', NULL),
    (7, 'Genet', 'H', NULL, 'genet@example.test', 'x', NULL);
INSERT INTO student_profiles (id, user_id, username) VALUES (5, 1, 'abel_s'), (6, 3, 'chala_s'), (77, NULL, 'orphan');
INSERT INTO tutor_profiles (id, user_id, username) VALUES (5, 2, 'beza_t'), (7, 1, 'abel_t');
INSERT INTO parent_profiles (id, user_id, username) VALUES (9, 2, 'beza_p');
"""

TUTOR_5, TUTOR_7, STUDENT_5, STUDENT_6 = (
    Profile("tutor", 5),
    Profile("tutor", 7),
    Profile("student", 5),
    Profile("student", 6),
)
TYPES = ("student", "tutor", "parent", "advertiser")


def filled(schema: Path = SCHEMA, more: str = "") -> str:
    """SQL text of a schema with the people."""
    return schema.read_text("utf-8") + PEOPLE + more


class Clock:
    """Seconds that pass when a test says so."""

    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


class Watched(Directory):
    """A directory that tells when it has heard a message or come to know of a gap."""

    def __init__(self, *arguments: Any, **options: Any) -> None:
        self.heard: asyncio.Queue[str] = asyncio.Queue()
        super().__init__(*arguments, **options)

    def hear(self, payload: str) -> None:
        super().hear(payload)
        self.heard.put_nowait(payload)

    def expire(self) -> None:
        super().expire()
        self.heard.put_nowait("gap")

    async def event(self) -> str:
        async with asyncio.timeout(30):
            return await self.heard.get()


@contextlib.asynccontextmanager
async def directory_on(*sources: Source | str, **options: Any) -> AsyncIterator[Watched]:
    """A started directory; a DSN stands for a source of everything. Waits until it listens, when it does."""
    made = [Source(given, TYPES, with_users=True) if isinstance(given, str) else given for given in sources]
    directory = Watched(made, **options)
    await directory.start()
    try:
        for listener in directory.listeners:
            async with asyncio.timeout(30):
                await listener.listening.wait()
            assert await directory.event() == "gap"
        yield directory
    finally:
        await directory.close()
