"""The named reads on a real PostgreSQL, with all columns and with the fewest that any state of the database has."""

import json
from collections.abc import AsyncIterator, Callable

import pytest

from gateway.database.facts import UpstreamFacts
from gateway.database.v2_2_facts import V2_2_FACTS

FEWEST = """
CREATE TABLE chat_messages (id int PRIMARY KEY, conversation_id int, is_deleted boolean, created_at timestamp,
    message_type text);
CREATE TABLE conversation_participants (conversation_id int, user_id int);
CREATE TABLE blocked_chat_contacts (id int, blocker_user_id int, blocked_user_id int);
INSERT INTO chat_messages SELECT n, 11, n = 4, timestamp '2026-11-20 08:00' + n * interval '1 minute',
    CASE n WHEN 5 THEN 'image' ELSE 'file' END
    FROM generate_series(1, 5) AS n;
INSERT INTO conversation_participants VALUES (11, 1), (11, 2);
INSERT INTO blocked_chat_contacts VALUES (7, 1, 8), (8, 1, 6);
"""
ALL = (
    FEWEST
    + """
ALTER TABLE chat_messages ADD edited_at timestamp, ADD forwarded_from_name text, ADD deleted_for_user_ids jsonb;
ALTER TABLE conversation_participants ADD chat_cleared_at timestamp, ADD last_read_message_id int,
    ADD is_archived boolean;
ALTER TABLE blocked_chat_contacts ADD is_active boolean DEFAULT true;
CREATE TABLE chat_settings (id int, user_id int, font_size text, updated_at timestamp);
INSERT INTO chat_settings VALUES (1, 1, 'small', '2026-01-01'), (2, 1, 'large', '2026-02-01');
CREATE TABLE pinned_messages (message_id int, conversation_id int, pinned_at timestamp, pinned_by_user_id int);
UPDATE chat_messages SET deleted_for_user_ids = '[1]', forwarded_from_name = 'Chala C' WHERE id = 3;
UPDATE chat_messages SET edited_at = '2026-11-20 09:00' WHERE id = 5;
UPDATE conversation_participants SET chat_cleared_at = '2026-11-20 08:01', last_read_message_id = 3,
    is_archived = true WHERE user_id = 1;
UPDATE blocked_chat_contacts SET is_active = false WHERE blocked_user_id = 6;
INSERT INTO pinned_messages VALUES (5, 11, '2026-11-20 10:00', 2);
"""
)


@pytest.fixture(params=[FEWEST, ALL], ids=["fewest columns", "all columns"])
def whole(request: pytest.FixtureRequest) -> bool:
    return bool(request.param == ALL)


@pytest.fixture
async def read(whole: bool, make_database: Callable[..., str]) -> AsyncIterator[UpstreamFacts]:
    found = UpstreamFacts(make_database(ALL if whole else FEWEST), V2_2_FACTS)
    yield found
    await found.close()


async def test_whom_somebody_blocks(read: UpstreamFacts, whole: bool) -> None:
    rows = await read.facts("blocks", 1)
    found = [(row["id"], row["blocked_user_id"]) for row in rows or ()]
    assert found == ([(7, 8)] if whole else [(7, 8), (8, 6)])
    assert await read.facts("blocks", 2) == []


async def test_messages(read: UpstreamFacts, whole: bool) -> None:
    rows = {row["id"]: row for row in await read.facts("messages", [1, 2, 3, 5, 99], 1) or ()}
    assert {id_ for id_, row in rows.items() if row["hidden"]} == ({1, 3} if whole else set())
    assert set(rows) == {1, 2, 3, 5}
    assert rows[5]["edited_at"] == ("2026-11-20T09:00:00" if whole else None)
    assert rows[3]["forwarded_from_name"] == ("Chala C" if whole else None)
    others = await read.facts("messages", [1, 2, 3, 5], 2) or ()
    assert not any(row["hidden"] for row in others)


async def test_how_many_somebody_sees(read: UpstreamFacts, whole: bool) -> None:
    assert await read.facts("count", 11, 1) == [{"total": 2 if whole else 4}]
    assert await read.facts("count", 11, 2) == [{"total": 4}]


async def test_what_somebody_archived(read: UpstreamFacts, whole: bool) -> None:
    assert await read.facts("archived", 1) == ([{"conversation_id": 11}] if whole else [])
    assert await read.facts("archived", 2) == []


async def test_media(read: UpstreamFacts, whole: bool) -> None:
    assert await read.facts("media", 11, 1) == [{"images": 1, "files": 1 if whole else 3}]


async def test_the_newest_settings(read: UpstreamFacts, whole: bool) -> None:
    rows = await read.facts("settings", 1)
    assert ([json.loads(row["settings"])["font_size"] for row in rows] if rows else None) == (
        ["large"] if whole else None
    )


async def test_conversations(read: UpstreamFacts, whole: bool) -> None:
    cleared, seen = ("2026-11-20T08:01:00", 3) if whole else (None, None)
    assert await read.facts("conversations", [11, 12], 1) == [
        {"id": 11, "last_read_message_id": seen, "chat_cleared_at": cleared, "last_message_id": 5},
        {"id": 12, "last_read_message_id": None, "chat_cleared_at": None, "last_message_id": None},
    ]


async def test_a_table_that_is_missing_is_no_outage(read: UpstreamFacts, whole: bool) -> None:
    pin = {"message_id": 5, "pinned_at": "2026-11-20T10:00:00", "pinned_by_user_id": 2}
    assert await read.facts("pins", [4, 5]) == ([pin] if whole else None)
    assert await read.facts("count", 11, 2) == [{"total": 4}]
    assert read.counted == {"pins": 1, "count": 1}


async def test_nothing_is_ever_written(read: UpstreamFacts) -> None:
    assert not [name for name, text in V2_2_FACTS.items() if not text.lstrip().startswith("SELECT")]


async def test_without_a_database_there_are_no_facts_and_nobody_waits_twice() -> None:
    read = UpstreamFacts("postgresql://nobody@127.0.0.1:1/none", V2_2_FACTS)
    assert await read.facts("count", 11, 1) is None
    assert await read.facts("count", 11, 1) is None
    assert read.counted == {"count": 1}
    await read.close()
