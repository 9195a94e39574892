"""What the wire shows, to whom, and what it never shows."""

import json
from typing import Any, NamedTuple

import pytest

from web.wire import HIDDEN, Bus, scrub_body, scrub_target


class Sent(NamedTuple):
    method: str
    target: str
    body: bytes


class Asked(NamedTuple):
    method: str = "POST"
    path: str = "/api/chat/messages"
    query: str = "profile_id=5&profile_type=tutor"
    body: bytes = b'{"content":"hi"}'


class Seen(NamedTuple):
    user_id: int = 2
    shape: str = "legacy"
    operation: str = "messages.send"
    request: Asked = Asked()
    passed: tuple[Sent, ...] = (Sent("POST", "/api/chat/conversations/11/messages?user_id=2", b"{}"),)
    status: int = 200
    seconds: float = 0.00125


@pytest.mark.parametrize(
    ("target", "shown"),
    [
        ("/a", "/a"),
        ("/a?x=%20y&z=1", "/a?x=%20y&z=1"),
        ("/ws/1?token=abc", f"/ws/1?token={HIDDEN}"),
        ("/enable?profile_id=5&PASSWORD=geheim", f"/enable?profile_id=5&PASSWORD={HIDDEN}"),
        ("/reset?new_password=a&otp=1&x=2", f"/reset?new_password={HIDDEN}&otp={HIDDEN}&x=2"),
        ("/change?current_password=a", f"/change?current_password={HIDDEN}"),
    ],
)
def test_secrets_in_a_target_are_hidden(target: str, shown: str) -> None:
    assert scrub_target(target).replace("%E2%80%A2", "•") == shown


@pytest.mark.parametrize(
    ("body", "shown"),
    [
        (b"", None),
        (b'{"content":"hi"}', {"content": "hi"}),
        (b'{"password":"x","a":[{"Token":"y"}]}', {"password": HIDDEN, "a": [{"Token": HIDDEN}]}),
        (b'{"otp":"1","new_password":{"deep":1}}', {"otp": HIDDEN, "new_password": HIDDEN}),
        (b'"a password alone"', HIDDEN),
        (b"\x89PNG not json", "13 bytes"),
        (b'"' + b"x" * 20_000 + b'"', "20002 bytes"),
    ],
)
def test_secrets_in_a_body_are_hidden(body: bytes, shown: Any) -> None:
    assert scrub_body(body) == shown


def test_an_entry_is_for_its_own_user() -> None:
    bus = Bus()
    with bus.reading(2) as mine, bus.reading(1) as theirs:
        bus.publish(Seen())
        assert theirs.empty()
        shown = json.loads(mine.get_nowait() or b"")
    assert shown == {
        "id": 1,
        "shape": "legacy",
        "operation": "messages.send",
        "asked": {
            "method": "POST",
            "target": "/api/chat/messages?profile_id=5&profile_type=tutor",
            "body": {"content": "hi"},
        },
        "sent": [{"method": "POST", "target": "/api/chat/conversations/11/messages?user_id=2", "body": {}}],
        "status": 200,
        "ms": 1.25,
    }


def test_a_slow_reader_loses_the_oldest() -> None:
    bus = Bus(waiting=2)
    with bus.reading(2) as queue:
        for _ in range(5):
            bus.publish(Seen())
        assert [json.loads(queue.get_nowait() or b"")["id"] for _ in range(2)] == [4, 5]


def test_nothing_is_kept_for_nobody() -> None:
    bus = Bus()
    with bus.reading(2):
        pass
    bus.publish(Seen())
    with bus.reading(2) as queue:
        assert queue.empty()


def test_the_end_reaches_every_reader() -> None:
    bus = Bus()
    with bus.reading(1) as one, bus.reading(2) as other:
        bus.close()
        assert (one.get_nowait(), other.get_nowait()) == (None, None)
