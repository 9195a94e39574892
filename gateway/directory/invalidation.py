"""Hears from PostgreSQL who has changed, so that every gateway knows within a second.

The triggers of the migration send ``{"users": [1, 2], "profiles": ["tutor:5"]}`` on one channel. A message that is
not understood may mean anybody; a connection that was lost may have missed anything.
"""

import asyncio
import contextlib
import logging
from collections.abc import Callable
from typing import Any, Final, NamedTuple

import asyncpg
import msgspec

from contracts.model.errors import InvalidValue
from contracts.model.pooler import is_pooled
from contracts.model.profile import Profile, parse_id, parse_type
from gateway.database.errors import AWAY, reason_of

logger = logging.getLogger(__name__)

CHANNEL: Final = "chat_directory"
CONNECT_S: Final = 3.0
#: A connection that died without a word is noticed by asking it now and then.
HEARTBEAT_S: Final = 5.0
FIRST_PAUSE_S: Final = 0.1
LONGEST_PAUSE_S: Final = 5.0
POOLED: Final = (
    "not listening for changes: the database is reached through a pooler, so a change is seen after "
    "directory.max_age_s at the latest; directory.listen_dsn names a direct way"
)


class Change(NamedTuple):
    """Whose entries are out of date."""

    users: frozenset[int]
    profiles: frozenset[Profile]


class _Message(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    users: list[int] | None = None
    profiles: list[str] | None = None


def parse_change(payload: str) -> Change | None:
    """A message as a `Change`; None when it names nobody or is not understood: then it may be anybody."""
    try:
        message = msgspec.json.decode(payload, type=_Message)
        users = frozenset(parse_id(user_id, "users") for user_id in message.users or ())
        profiles = frozenset(_profile(text) for text in message.profiles or ())
    except (msgspec.DecodeError, InvalidValue, UnicodeError, RecursionError):
        return None
    return Change(users, profiles) if users or profiles else None


def _profile(text: str) -> Profile:
    type_, _, id_ = text.partition(":")
    return Profile(parse_type(type_, "profiles"), parse_id(id_, "profiles"))


class Listener:
    """Keeps one listening connection to one database, and comes back with growing pauses.

    ``on_message`` gets every payload. ``on_gap`` is called whenever messages may have been missed: when the
    connection is lost, and again when there is a new one.
    """

    def __init__(self, dsn: str, on_message: Callable[[str], None], on_gap: Callable[[], None]) -> None:
        self._dsn = dsn
        self._on_message = on_message
        self._on_gap = on_gap
        self._task: asyncio.Task[None] | None = None
        self.listening = asyncio.Event()

    def start(self) -> None:
        """Begin, without waiting for the database."""
        self._task = asyncio.create_task(self._run())

    async def close(self) -> None:
        """End the connection."""
        if self._task is not None:
            self._task.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._task

    async def _run(self) -> None:
        pause = FIRST_PAUSE_S
        while True:
            try:
                if not await self._listen():
                    return
            except AWAY as failure:
                logger.warning("not listening for changes: %s", reason_of(failure))
            if self.listening.is_set():
                self.listening.clear()
                self._on_gap()
                pause = FIRST_PAUSE_S
            await asyncio.sleep(pause)
            pause = min(2 * pause, LONGEST_PAUSE_S)

    async def _listen(self) -> bool:
        """Listen until the connection is lost; False where it goes through a pooler, which carries no messages."""
        async with asyncio.timeout(CONNECT_S):
            connection = await asyncpg.connect(
                self._dsn,
                timeout=CONNECT_S,
                statement_cache_size=0,
                server_settings={"application_name": "chat-gateway listener"},
            )
        try:
            async with asyncio.timeout(CONNECT_S):
                if await is_pooled(connection):
                    logger.warning(POOLED)
                    return False
            lost = asyncio.Event()
            connection.add_termination_listener(lambda _: lost.set())
            async with asyncio.timeout(CONNECT_S):
                await connection.add_listener(CHANNEL, self._hear)
            self._on_gap()
            self.listening.set()
            while not await _happens(lost, HEARTBEAT_S):
                async with asyncio.timeout(CONNECT_S):
                    await connection.execute("SELECT 1")
            return True
        finally:
            connection.terminate()

    def _hear(self, _connection: Any, _process_id: int, _channel: str, payload: object) -> None:
        self._on_message(str(payload))


async def _happens(event: asyncio.Event, within_s: float) -> bool:
    """Whether the event is set within that time."""
    try:
        async with asyncio.timeout(within_s):
            return await event.wait()
    except TimeoutError:
        return False
