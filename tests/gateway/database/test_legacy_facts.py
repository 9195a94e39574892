"""The reads of the old backend's database on a real PostgreSQL, on the legacy schema and on the migrated one."""

from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any

import pytest

from gateway.database.facts import UpstreamFacts
from gateway.database.legacy_facts import LEGACY_FACTS

ROOT = Path(__file__).parents[3]
LEGACY = ("migration/sql/legacy_schema.sql", "demo/sql/legacy_story.sql")
MIGRATED = ("migration/sql/user_schema.sql", "demo/sql/story.sql")


@pytest.fixture(params=[LEGACY, MIGRATED], ids=["legacy schema", "migrated schema"])
async def read(
    request: pytest.FixtureRequest, make_database: Callable[..., str]
) -> AsyncIterator[Callable[..., Any]]:
    files = "\n".join((ROOT / file).read_text("utf-8") for file in request.param)
    found = UpstreamFacts(make_database(files), LEGACY_FACTS)
    yield found.required
    await found.close()


async def _users(read: Callable[..., Any], conversation: int) -> list[int]:
    return [row["user_id"] for row in await read("members", conversation)]


async def test_who_is_in_a_conversation_and_an_admin_first(read: Callable[..., Any]) -> None:
    rows = await read("members", 12)
    assert [(row["user_id"], row["role"], row["kind"]) for row in rows] == [
        (1, "admin", "group"),
        (2, "member", "group"),
        (3, "member", "group"),
    ]
    assert (rows[0]["type"], rows[0]["id"]) == ("student", 5)
    assert await _users(read, 11) == [1, 2]
    assert await read("members", 99) == []


async def test_what_a_message_a_poll_and_a_call_are_about(read: Callable[..., Any]) -> None:
    (message,) = await read("message", 203)
    assert (message["conversation_id"], message["sender_user_id"], message["deleted"]) == (11, 2, False)
    assert (await read("message", 204))[0]["deleted"] is True
    assert [row["conversation_id"] for row in await read("poll", 501)] == [12]
    assert [row["conversation_id"] for row in await read("call", 301)] == [11]
    for name in ("message", "poll", "call"):
        assert await read(name, 99999) == []


async def test_who_reacted_and_who_is_quoted(read: Callable[..., Any]) -> None:
    rows = await read("reactions", [207, 222])
    assert sorted((row["message_id"], row["reaction"], row["user_id"]) for row in rows) == [
        (207, "heart", 1),
        (207, "thumbsup", 2),
        (222, "laugh", 3),
    ]
    assert [(row["reaction"], row["type"], row["id"]) for row in await read("my_reactions", 207, 1)] == [
        ("heart", "student", 5)
    ]
    assert [row["sender_user_id"] for row in await read("senders", [203])] == [2]


@pytest.mark.parametrize(
    ("me", "other", "found"), [(1, 2, [11]), (2, 1, [11]), (1, 4, [13]), (1, 3, []), (1, 1, [])]
)
async def test_the_direct_conversation_of_two_people(
    read: Callable[..., Any], me: int, other: int, found: list[int]
) -> None:
    assert [row["id"] for row in await read("direct", me, other)] == found


async def test_what_a_list_needs_of_conversations(read: Callable[..., Any]) -> None:
    rows = {row["id"]: row for row in await read("conversations", [11, 12], 1)}
    assert [(rows[id_]["people"], rows[id_]["last_sender"]) for id_ in (11, 12)] == [(2, 2), (3, 3)]
    assert rows[11]["updated_at"] == "2026-11-20T09:40:00"
    assert not rows[11]["archived"]
    assert {row["id"]: row["user_id"] for row in await read("others", [11, 12, 13], 1)} == {11: 2, 13: 4}


async def test_what_two_people_have_between_them(read: Callable[..., Any]) -> None:
    (hanna,) = await read("relation", 1, 8)
    assert (hanna["blocked_by_me"], hanna["blocked_by_them"], hanna["connected"]) == (True, False, False)
    (fikru,) = await read("relation", 1, 6)
    assert (fikru["who_can_message"], fikru["allow_calls_from"]) == (["none"], ["none"])
    assert (await read("relation", 1, 3))[0]["disable_forwarding"] == [True]
    assert (await read("relation", 2, 1))[0]["connected"] is True
    assert (await read("relation", 1, 7))[0]["who_can_message"] == []


async def test_by_which_rows_somebody_is_blocked(read: Callable[..., Any]) -> None:
    assert [dict(row) for row in await read("blocks", 1, 8)] == [
        {"my_type": "student", "my_id": 5, "type": "student", "id": 9}
    ]
    assert await read("blocks", 8, 1) == []


async def test_in_which_roles_two_people_know_each_other(read: Callable[..., Any]) -> None:
    assert [dict(row) for row in await read("connection", 2, 1)] == [
        {"my_type": "tutor", "other_type": "student"}
    ]
    assert await read("connection", 1, 7) == []


def test_nothing_is_ever_written() -> None:
    assert not [name for name, text in LEGACY_FACTS.items() if not text.lstrip().startswith("SELECT")]
