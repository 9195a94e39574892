"""Reading messages of a backend that gives a hundred at most, newest first, tombstones among them."""

import json
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit

import pytest

from contracts.model.errors import GatewayError
from contracts.model.http import JSON, Headers, Response
from gateway.exchange.v2_2 import Facts
from tests.support.fakes import ask
from tests.support.replay_v2_2 import gateway

START = datetime(2026, 11, 20, 8)


def _message(id_: int, *, deleted: bool = False, **more: Any) -> dict[str, Any]:
    at = (START + timedelta(minutes=id_)).isoformat()
    return {
        "id": id_,
        "sender_user_id": 2,
        "message_type": "text",
        "content": f"number {id_}",
        "media_url": None,
        "media_metadata": None,
        "is_edited": False,
        "is_deleted": deleted,
        "reply_to_id": None,
        "is_forwarded": False,
        "forwarded_from_id": None,
        "forwarded_from_avatar": None,
        "created_at": at,
        "updated_at": at,
        "reaction_count": 0,
        "sender_name": "Beza B",
        "sender_avatar": None,
        "reactions": [],
        "is_pinned": False,
        "is_mine": False,
        **more,
    }


class VersionAdapter:
    """``GET /messages/11`` as the deployed backend does it."""

    def __init__(self, messages: list[dict[str, Any]]) -> None:
        self.messages = sorted(messages, key=lambda one: -one["id"])
        self.pages: list[dict[str, str]] = []

    async def send(self, method: str, target: str, headers: Headers, body: bytes) -> Response:
        query = dict(parse_qsl(urlsplit(target).query))
        self.pages.append(query)
        limit = int(query["limit"])
        assert 1 <= limit <= 100
        below = int(query.get("before_message_id", 10**9))
        page = [one for one in self.messages if one["id"] < below][:limit]
        return Response(200, JSON, json.dumps({"messages": page, "total": len(page)}).encode())


async def _read(upstream: VersionAdapter, facts: Facts | None = None, **query: Any) -> dict[str, Any]:
    core = gateway(upstream, facts=facts)
    path = "/api/chat/conversations/11/messages"
    told = await ask(core, "GET", path, urlencode(query), X_Chat_API="2.1")
    answer: dict[str, Any] = json.loads(told.body)
    return answer


def _ids(answer: dict[str, Any]) -> list[int]:
    return [one["id"] for one in answer["messages"]]


@pytest.mark.parametrize(
    ("query", "ids", "has_more", "total", "pages"),
    [
        ({}, range(191, 241), True, 51, 1),
        ({"limit": "120"}, range(121, 241), True, 121, 2),
        ({"limit": "10000"}, range(1, 241), False, 240, 3),
        ({"limit": "3", "before_message_id": "10"}, range(7, 10), True, 4, 1),
        ({"limit": "3", "before_message_id": "4"}, range(1, 4), False, 3, 1),
        ({"limit": "3", "offset": "2"}, range(236, 239), True, 6, 1),
        ({"limit": "0"}, range(0), True, 1, 1),
        ({"after": "2026-11-20T11:58:00Z"}, range(239, 241), False, 2, 1),
        ({"after": "2026-11-20T11:58:00.000Z", "limit": "1"}, range(240, 241), True, 2, 1),
        ({"after": "no time"}, range(191, 241), True, 51, 1),
        ({"before_message_id": "0"}, range(191, 241), True, 51, 1),
    ],
)
async def test_windows(query: dict[str, str], ids: range, has_more: bool, total: int, pages: int) -> None:
    upstream = VersionAdapter([_message(id_) for id_ in range(1, 241)])
    answer = await _read(upstream, None, **query)
    assert (_ids(answer), answer["has_more"]) == (list(ids), has_more)
    assert (answer["total_count"], len(upstream.pages)) == (total, pages)


async def test_deleted_messages_are_made_up_for() -> None:
    upstream = VersionAdapter([_message(id_, deleted=id_ % 2 == 0) for id_ in range(1, 41)])
    answer = await _read(upstream, limit="10")
    assert _ids(answer) == list(range(21, 40, 2))
    assert answer["has_more"]
    assert (await _read(upstream))["total_count"] == 20


async def test_an_empty_conversation_is_an_empty_list() -> None:
    assert await _read(VersionAdapter([])) == {"messages": [], "has_more": False, "total_count": 0}


@pytest.mark.parametrize(
    "query", [{"limit": "-1"}, {"limit": "10001"}, {"limit": "x"}, {"before_message_id": "x"}]
)
async def test_what_is_no_number_is_refused(query: dict[str, str]) -> None:
    with pytest.raises(GatewayError) as refusal:
        await _read(VersionAdapter([]), None, **query)
    assert refusal.value.status == 422


async def test_ciphertext_is_never_shown() -> None:
    reply = {"id": 1, "sender_user_id": 2, "content": "gAAAAABo", "message_type": "text", "sender_name": "B"}
    one = _message(2, content="gAAAAABo53gA", reply_to_id=1, reply_to=reply)
    (told,) = (await _read(VersionAdapter([one])))["messages"]
    assert (told["content"], told["reply_to"]["content"]) == ("[encrypted]", "[encrypted]")


async def test_a_person_has_one_reaction_the_newest() -> None:
    reactions = [
        {"reaction": reaction, "user_id": user, "reactor_name": "x", "created_at": None}
        for user, reaction in ((3, "like"), (2, "like"), (3, "heart"), (4, "like"))
    ]
    (told,) = (await _read(VersionAdapter([_message(1, reactions=reactions)])))["messages"]
    assert told["reactions"] == [
        {"reaction": "like", "count": 2, "user_ids": [2, 4]},
        {"reaction": "heart", "count": 1, "user_ids": [3]},
    ]


async def test_values_that_nobody_understands_keep_their_text() -> None:
    one = _message(1, media_metadata={"id": 12345678901234567890})
    upstream = VersionAdapter([one])
    told = await ask(gateway(upstream), "GET", "/api/chat/conversations/11/messages", "", X_Chat_API="2.1")
    assert b'"media_metadata":{"id": 12345678901234567890}' in told.body


async def test_what_only_the_database_knows() -> None:
    """Hidden messages are made up for, the number is the whole, and pins and forwards have their particulars."""
    asked: list[tuple[str, Any]] = []

    async def facts(name: str, *values: Any) -> list[dict[str, Any]]:
        asked.append((name, values))
        if name == "count":
            return [{"total": 17}]
        if name == "pins":
            return [{"message_id": 9, "pinned_at": "2026-11-20T09:00:00", "pinned_by_user_id": 3}]
        edited = "2026-11-20T08:30:00"
        return [
            {"id": id_, "hidden": id_ == 10, "edited_at": edited, "forwarded_from_name": "Chala C"}
            for id_ in values[0]
        ]

    messages = [_message(id_, is_edited=True, is_pinned=id_ == 9) for id_ in range(1, 11)]
    answer = await _read(VersionAdapter(messages), facts, limit="2")
    assert (_ids(answer), answer["has_more"], answer["total_count"]) == ([8, 9], True, 17)
    keys = ("edited_at", "forwarded_from_name", "pinned_at", "pinned_by_user_id")
    pinned = ("2026-11-20T08:30:00Z", "Chala C", "2026-11-20T09:00:00Z", 3)
    assert tuple(answer["messages"][1][key] for key in keys) == pinned
    assert [name for name, _ in asked] == ["messages", "messages", "pins", "count"]
