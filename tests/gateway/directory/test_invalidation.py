"""Messages are read as they are written; a connection that is lost is noticed and made again."""

import asyncio
from collections.abc import Callable

import asyncpg
import pytest
from hypothesis import given
from hypothesis import strategies as st

from contracts.model.profile import Profile
from demo.postgres import EmbeddedPostgres
from gateway.directory.invalidation import CHANNEL, Change, Listener, parse_change
from tests.gateway.directory.world import TRIGGERS, filled

NOBODY: frozenset[Profile] = frozenset()


@pytest.mark.parametrize(
    ("payload", "expected"),
    [
        (
            '{"users": [1, 2], "profiles": ["tutor:5"]}',
            Change(frozenset({1, 2}), frozenset({Profile("tutor", 5)})),
        ),
        ('{"users": [1], "profiles": []}', Change(frozenset({1}), NOBODY)),
        ('{"users": [1], "profiles": null}', Change(frozenset({1}), NOBODY)),
        ('{"profiles": ["parent:9"]}', Change(frozenset(), frozenset({Profile("parent", 9)}))),
        ('{"users": [], "profiles": [], "all": true}', None),
        ('{"users": [1], "sessions": []}', None),
        ('{"users": [0]}', None),
        ('{"users": ["1"]}', None),
        ('{"users": [1.5]}', None),
        ('{"profiles": ["tutor_5"]}', None),
        ('{"profiles": ["tutor:"]}', None),
        ('{"profiles": ["owner:5"]}', None),
        ("{}", None),
        ("[]", None),
        ("", None),
        ("everything", None),
        ("[" * 4000, None),
    ],
)
def test_parse_change(payload: str, expected: Change | None) -> None:
    assert parse_change(payload) == expected


@given(st.text(max_size=80))
def test_any_text_is_a_change_or_means_anybody(payload: str) -> None:
    change = parse_change(payload)
    assert change is None or change.users or change.profiles


class Ear:
    """Keeps what a listener says."""

    def __init__(self, dsn: str) -> None:
        self.messages: asyncio.Queue[str] = asyncio.Queue()
        self.gaps: asyncio.Queue[None] = asyncio.Queue()
        self.listener = Listener(dsn, self.messages.put_nowait, lambda: self.gaps.put_nowait(None))

    async def message(self) -> str:
        async with asyncio.timeout(30):
            return await self.messages.get()

    async def gap(self) -> None:
        async with asyncio.timeout(30):
            await self.gaps.get()


async def test_the_triggers_messages_are_understood(make_database: Callable[..., str]) -> None:
    dsn = make_database(filled(more=TRIGGERS))
    ear = Ear(dsn)
    ear.listener.start()
    await ear.gap()
    connection = await asyncpg.connect(dsn)
    try:
        await connection.execute("UPDATE users SET last_login = now() WHERE id = 2")
        await connection.execute("UPDATE tutor_profiles SET username = 'new' WHERE id = 5")
        assert parse_change(await ear.message()) == Change(frozenset({2}), frozenset({Profile("tutor", 5)}))
        await connection.execute("UPDATE users SET is_suspended = true WHERE id = 1")
        assert parse_change(await ear.message()) == Change(frozenset({1}), NOBODY)
        await connection.execute("TRUNCATE parent_profiles CASCADE")
        assert parse_change(await ear.message()) is None
    finally:
        await connection.close()
        await ear.listener.close()


async def test_a_lost_connection_is_a_gap_and_so_is_its_return(make_database: Callable[..., str]) -> None:
    dsn = make_database()
    ear = Ear(dsn)
    ear.listener.start()
    await ear.gap()
    connection = await asyncpg.connect(dsn)
    try:
        others = (
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name LIKE '%listener'"
        )
        assert await connection.fetch(f"{others} AND datname = current_database()")
        await ear.gap()
        await ear.gap()
        await ear.listener.listening.wait()
        await connection.execute(f"NOTIFY {CHANNEL}, 'again'")
        assert await ear.message() == "again"
    finally:
        await connection.close()
        await ear.listener.close()


@pytest.mark.parametrize("failure", [asyncpg.InternalClientError("state"), OSError(), TimeoutError()])
async def test_whatever_ends_the_listening_it_begins_again(
    failure: Exception, make_database: Callable[..., str], monkeypatch: pytest.MonkeyPatch
) -> None:
    ear = Ear(make_database())
    real, failures = ear.listener._listen, [failure]

    async def listen() -> None:
        if failures:
            raise failures.pop()
        await real()

    monkeypatch.setattr(ear.listener, "_listen", listen)
    ear.listener.start()
    try:
        await ear.gap()
        assert ear.listener.listening.is_set()
    finally:
        await ear.listener.close()


async def test_it_begins_while_the_database_is_away() -> None:
    with EmbeddedPostgres() as server:
        server.stop_server()
        ear = Ear(server.dsn)
        ear.listener.start()
        try:
            assert not ear.listener.listening.is_set()
            server.start_server()
            await ear.gap()
        finally:
            await ear.listener.close()


async def test_closing_one_that_never_began_is_nothing() -> None:
    await Listener("postgresql://127.0.0.1:1/x", print, print).close()
