"""How far a history is read, and what ends it: enough, its beginning, no room, or a backend that repeats itself."""

import json
from typing import Any

import msgspec
import pytest

from adapters.v2_2 import history
from adapters.v2_2.history import Window
from contracts.model.http import JSON, Headers, Response
from tests.adapters.v2_2.test_messages import VersionAdapter, _ids, _message, _read
from tests.support.fakes import ask
from tests.support.replay_v2_2 import gateway


def _rows(*sizes: int) -> list[dict[str, Any]]:
    return [{"id": -n, "content": msgspec.Raw(b"x" * size)} for n, size in enumerate(sizes)]


@pytest.mark.parametrize(
    ("offset", "limit", "sizes", "shown", "seen", "more"),
    [
        (0, 3, [1, 1], [0, 1], 2, False),
        (0, 2, [1, 1, 1], [0, 1], 3, True),
        (1, 1, [1, 1, 1], [1], 3, True),
        (5, 1, [1, 1], [], 2, False),
        (0, 0, [1], [], 1, True),
        (0, 9, [60, 60, 1], [0], 1, True),  # together over the limit
        (0, 9, [600, 1], [0], 1, True),  # one is always shown
        (1, 9, [600, 60, 40], [1, 2], 3, False),  # what is passed over needs no room
    ],
)
def test_a_window(
    monkeypatch: pytest.MonkeyPatch,
    offset: int,
    limit: int,
    sizes: list[int],
    shown: list[int],
    seen: int,
    more: bool,
) -> None:
    monkeypatch.setattr(history, "MOST_BYTES", 100)
    window = Window(offset, limit)
    window.take(_rows(*sizes))
    assert [-one["id"] for one in window.shown] == shown
    assert (window.seen, window.has_more) == (seen, more)


async def test_no_room_is_no_end(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(history, "MOST_BYTES", 1_000)
    answer = await _read(VersionAdapter([_message(id_, content="x" * 400) for id_ in range(1, 6)]))
    assert (_ids(answer), answer["has_more"], answer["total_count"]) == ([4, 5], True, 2)


async def test_a_backend_that_repeats_its_page_is_not_asked_for_ever() -> None:
    asked: list[str] = []

    class Repeating:
        async def send(self, method: str, target: str, headers: Headers, body: bytes) -> Response:
            asked.append(target)
            assert len(asked) < 10
            page = [_message(id_, deleted=True) for id_ in range(200, 100, -1)]
            return Response(200, JSON, json.dumps({"messages": page}).encode())

    told = await ask(gateway(Repeating()), "GET", "/api/chat/conversations/11/messages", "", X_Chat_API="2.1")
    assert json.loads(told.body)["messages"] == []
