"""The list of conversations of a backend that pages, repeats, and fails beside."""

import json
from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit

import pytest

from contracts.model.http import JSON, Headers, Response
from gateway.exchange.v2_2 import Facts
from tests.support.fakes import ask
from tests.support.replay_v2_2 import gateway


def _conversation(id_: int, kind: str = "group", **more: Any) -> dict[str, Any]:
    return {
        "id": id_,
        "type": kind,
        "name": f"number {id_}",
        "description": None,
        "avatar_url": None,
        "created_by_user_id": 1,
        "created_at": "2026-11-20T08:00:00",
        "updated_at": "2026-11-20T08:00:00",
        "is_muted": False,
        "is_archived": False,
        "last_read_at": None,
        "unread_count": 0,
        "last_message_content": None,
        "last_message_type": None,
        "last_message_sender_user_id": None,
        "last_message_time": None,
        "participant_count": 2,
        **more,
    }


class VersionAdapter:
    """``GET /conversations`` as the deployed backend does it; everything else fails."""

    def __init__(self, *conversations: dict[str, Any]) -> None:
        self.conversations = conversations
        self.pages = 0

    async def send(self, method: str, target: str, headers: Headers, body: bytes) -> Response:
        url = urlsplit(target)
        if url.path != "/api/chat/conversations":
            return Response(500, JSON, b'{"detail": "Failed to get user statuses: no such column"}')
        self.pages += 1
        query = dict(parse_qsl(url.query))
        offset, limit = int(query["offset"]), int(query["limit"])
        assert 1 <= limit <= 100
        page = self.conversations[offset : offset + limit]
        return Response(200, JSON, json.dumps({"conversations": page, "total": len(page)}).encode())


async def _ids(upstream: VersionAdapter, facts: Facts | None = None, **query: str) -> list[int]:
    core = gateway(upstream, facts=facts)
    told = await ask(core, "GET", "/api/chat/conversations", urlencode(query), X_Chat_API="2.1")
    return [one["id"] for one in json.loads(told.body)]


KINDS = [
    _conversation(1),
    _conversation(2, "direct"),
    _conversation(3, "channel", unread_count=2),
    _conversation(4, is_archived=True),
    _conversation(1),
]


@pytest.mark.parametrize(
    ("kind", "ids"),
    [
        ("all", [1, 2, 3]),
        ("direct", [2]),
        ("groups", [1, 3]),
        ("channels", [3]),
        ("unread", [3]),
        ("archived", [4]),
        ("what?", [1, 2, 3]),
    ],
)
async def test_filters_and_each_once(kind: str, ids: list[int]) -> None:
    assert await _ids(VersionAdapter(*KINDS), filter_type=kind) == ids


@pytest.mark.parametrize(
    ("query", "ids", "pages"),
    [
        ({}, range(1, 51), 1),
        ({"limit": "100"}, range(1, 101), 1),
        ({"limit": "10", "offset": "200"}, range(201, 211), 3),
        ({"limit": "10", "offset": "245"}, range(246, 251), 3),
        ({"limit": "10", "offset": "300"}, range(0), 3),
    ],
)
async def test_pages(query: dict[str, str], ids: range, pages: int) -> None:
    upstream = VersionAdapter(*(_conversation(id_) for id_ in range(1, 251)))
    assert await _ids(upstream, None, **query) == list(ids)
    assert upstream.pages == pages


async def test_the_list_is_told_also_where_presence_fails() -> None:
    """An old client takes any error of a list for an empty account."""
    assert await _ids(VersionAdapter(_conversation(2, "direct", other_user_id=2))) == [2]


async def test_what_only_the_database_knows() -> None:
    """Who archived a conversation for itself, and the number of its last message."""

    async def facts(name: str, *values: Any) -> list[dict[str, Any]]:
        if name == "archived":
            return [{"conversation_id": 1}]
        assert values == ([3], 1)
        return [{"id": 3, "last_message_id": 77, "last_read_message_id": 70, "chat_cleared_at": None}]

    last = {"last_message_time": "2026-11-20T08:31:00", "last_message_type": "text"}
    upstream = VersionAdapter(_conversation(1), _conversation(3, **last, last_message_sender_user_id=2))
    core = gateway(upstream, facts=facts)
    (one,) = json.loads((await ask(core, "GET", "/api/chat/conversations", X_Chat_API="2.1")).body)
    assert (one["id"], one["last_message"]["id"], one["last_read_message_id"]) == (3, 77, 70)
