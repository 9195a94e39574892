"""The helpers on a plain connection, as other programs call them."""

import asyncio

import asyncpg
import pytest

from backend.helpers import (
    are_users_connected,
    check_can_call,
    check_can_message,
    get_or_create_direct_conversation,
    get_user_contacts,
    get_user_display_info,
    get_user_privacy_settings,
    is_user_blocked,
)
from contracts.model.errors import NotFound
from contracts.model.settings import DEFAULTS
from tests.backend.conftest import ABEL, BEZA, CHALA, DESTA, ELLEN, FIKRU, GENET, HANNA, ISKINDER, JALENE


@pytest.mark.parametrize(
    ("user_id", "expected"),
    [
        (ABEL, {"user_id": 1, "name": "Abel A", "avatar": "https://media.example.test/p/abel.png"}),
        (ELLEN, {"user_id": 5, "name": "Ellen Finch", "avatar": "https://media.example.test/p/ellen.png"}),
        (CHALA, {"user_id": 3, "name": "Chala C", "avatar": None}),
        (99999, None),
        (2**40, None),
    ],
)
async def test_display_info(database, user_id, expected):
    assert await get_user_display_info(database, user_id) == expected


async def test_privacy_settings(database):
    assert (await get_user_privacy_settings(database, FIKRU))["who_can_message"] == "none"
    assert await get_user_privacy_settings(database, GENET) == DEFAULTS
    assert await get_user_privacy_settings(database, 99999) == DEFAULTS


@pytest.mark.parametrize(
    ("one", "other", "connected"),
    [(ABEL, BEZA, True), (CHALA, BEZA, True), (ABEL, HANNA, False), (ABEL, GENET, False), (5, 5, False)],
)
async def test_connected_whoever_asked(database, one, other, connected):
    assert await are_users_connected(database, one, other) is connected
    assert await are_users_connected(database, other, one) is connected


async def test_profile_numbers_connect_nobody(database):
    """Tutor 5 is Beza and parent 5 is Desta: the same number, and no connection between Desta and Chala."""
    assert not await are_users_connected(database, DESTA, CHALA)
    assert await are_users_connected(database, DESTA, ABEL)


async def test_blocked(database):
    assert await is_user_blocked(database, ABEL, HANNA)
    assert not await is_user_blocked(database, HANNA, ABEL)


@pytest.mark.parametrize(
    ("sender", "recipient", "expected"),
    [
        (ABEL, BEZA, (True, None)),
        (ABEL, HANNA, (False, "You have blocked this user")),
        (HANNA, ABEL, (False, "You have been blocked by this user")),
        (ELLEN, FIKRU, (False, "This user has disabled messages")),
        (ABEL, 99999, (False, "User not found")),
    ],
)
async def test_can_message(database, sender, recipient, expected):
    assert await check_can_message(database, sender, recipient) == expected


@pytest.mark.parametrize(
    ("setting", "caller", "expected"),
    [
        ("everyone", GENET, (True, None)),
        ("connections", ABEL, (True, None)),
        ("connections", GENET, (False, "This user only accepts calls from connections")),
        ("none", ABEL, (False, "This user has disabled calls")),
        ("nonsense", ABEL, (False, "This user has disabled calls")),
    ],
)
async def test_can_call(database, setting, caller, expected):
    await database.execute("UPDATE chat_settings SET allow_calls_from = $1 WHERE user_id = 2", setting)
    assert await check_can_call(database, caller, BEZA) == expected


async def test_contacts(database):
    assert [c["user_id"] for c in await get_user_contacts(database, BEZA)] == [ELLEN, CHALA, ABEL]
    assert await get_user_contacts(database, GENET) == []


async def test_direct_conversation(database):
    assert await get_or_create_direct_conversation(database, ABEL, BEZA) == 11
    new = await get_or_create_direct_conversation(database, ISKINDER, JALENE)
    assert await get_or_create_direct_conversation(database, JALENE, ISKINDER) == new


async def test_direct_conversation_of_two_programs_at_once(dsn):
    async with asyncpg.create_pool(dsn, min_size=8, max_size=8) as pool:

        async def create(pair):
            async with pool.acquire() as connection:
                return await get_or_create_direct_conversation(connection, *pair)

        found = await asyncio.gather(*(create(pair) for pair in [(9, 10), (10, 9)] * 8))
    assert len(set(found)) == 1


async def test_direct_conversation_with_nobody(database):
    with pytest.raises(ValueError, match="two people"):
        await get_or_create_direct_conversation(database, ABEL, ABEL)
    with pytest.raises(NotFound):
        await get_or_create_direct_conversation(database, ABEL, 99999)


async def test_a_group_of_two_is_no_direct_conversation(database):
    await database.execute("UPDATE conversations SET type = 'group' WHERE id = 11")
    assert await get_or_create_direct_conversation(database, ABEL, BEZA) > 2185
