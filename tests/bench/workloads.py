"""What is asked and answered while measuring: the shapes of a real modal, with made-up people."""

import itertools
import json
import time
from collections.abc import Iterator
from typing import Any, Final, NamedTuple

import jwt

from gateway.auth.tokens import COOKIE

SECRET: Final = "a-secret-for-measuring-only-0123456789"
#: People of the directory: person n is student n and, if even, tutor n + 100000 as well.
PEOPLE: Final = 10_000
IN_A_PAGE: Final = 30


class Workload(NamedTuple):
    """``ask`` goes to the gateway, ``direct`` to the upstream: what the gateway makes of it. Whole requests."""

    name: str
    ask: bytes
    direct: bytes


def token(user_id: int) -> str:
    """A token that outlives the run."""
    return jwt.encode({"sub": str(user_id), "exp": int(time.time()) + 86_400}, SECRET, "HS256")


TOKEN: Final = token(2)


def _request(line: str, body: bytes = b"") -> bytes:
    # What a browser sends: about 600 bytes of fields.
    fields = [
        f"{line} HTTP/1.1",
        "Host: chat.example.test",
        f"Authorization: Bearer {TOKEN}",
        "User-Agent: Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0",
        "Accept: */*",
        "Accept-Language: en-GB,en;q=0.5",
        "Accept-Encoding: gzip, deflate, br, zstd",
        "Origin: https://chat.example.test",
        "Referer: https://chat.example.test/view-profiles/student.html",
        f"Cookie: {COOKIE}={TOKEN}",
        "Connection: keep-alive",
    ]
    if body:
        fields += ["Content-Type: application/json", f"Content-Length: {len(body)}"]
    return "\r\n".join([*fields, "", ""]).encode() + body


_ME = "profile_id=2&profile_type=student&user_id=2"
_SENT = json.dumps(
    {"conversation_id": 11, "content": "Shall we meet at five?", "message_type": "text"}
).encode()
_LEGACY_SENT = json.dumps(
    {
        "conversation_id": 11,
        "content": "Shall we meet at five?",
        "message_type": "text",
        "profile_id": 2,
        "profile_type": "student",
        "user_id": 2,
    }
).encode()

WORKLOADS: Final = (
    Workload(
        "legacy typing poll",
        _request(f"GET /api/chat/conversations/11/typing?{_ME}"),
        _request("GET /api/chat/conversations/11/typing?user_id=2"),
    ),
    # The legacy list holds contacts, too: one request becomes two, and no proxy can do it with one.
    Workload(
        "legacy 20 conversations",
        _request(f"GET /api/chat/conversations?{_ME}&limit=50"),
        _request("GET /api/chat/conversations?limit=50&user_id=2"),
    ),
    Workload(
        "legacy 50 messages, new",
        _request(f"GET /api/chat/messages/12?{_ME}&limit=50"),
        _request("GET /api/chat/conversations/12/messages?limit=50&user_id=2"),
    ),
    Workload(
        "legacy 50 messages, same",
        _request(f"GET /api/chat/messages/11?{_ME}&limit=50"),
        _request("GET /api/chat/conversations/11/messages?limit=50&user_id=2"),
    ),
    Workload(
        "legacy send",
        _request(f"POST /api/chat/messages?{_ME}", _LEGACY_SENT),
        _request("POST /api/chat/conversations/11/messages?user_id=2", _SENT),
    ),
    Workload(
        "modern typing poll",
        _request("GET /api/chat/conversations/11/typing?user_id=2"),
        _request("GET /api/chat/conversations/11/typing?user_id=2"),
    ),
    Workload(
        "modern 50 messages",
        _request("GET /api/chat/conversations/11/messages?limit=50&user_id=2"),
        _request("GET /api/chat/conversations/11/messages?limit=50&user_id=2"),
    ),
    Workload("not chat, 120 B", _request("GET /api/courses/7"), _request("GET /api/courses/7")),
)


def _message(number: int) -> dict[str, Any]:
    sender = 2 + number % IN_A_PAGE
    return {
        "id": 9_000_000_000 + number,
        "conversation_id": 11,
        "sender_user_id": sender,
        "sender_name": f"Name{sender} Father{sender}",
        "sender_avatar": f"https://media.example.test/p/{sender}.png",
        "is_mine": sender == 2,
        "status": None,
        "message_type": "text",
        "content": f"Message {number}: did you finish the exercises on page {number * 7}?",
        "media_url": None,
        "media_metadata": None,
        "reply_to_id": None,
        "reply_to": None,
        "reactions": [{"reaction": "heart", "count": 2, "user_ids": [2, 3]}] if number % 5 == 0 else [],
        "is_edited": False,
        "edited_at": None,
        "is_pinned": False,
        "pinned_at": None,
        "pinned_by_user_id": None,
        "is_forwarded": False,
        "forwarded_from_user_id": None,
        "forwarded_from_name": None,
        "forwarded_from_avatar": None,
        "created_at": "2026-11-20T08:01:00Z",
        "updated_at": "2026-11-20T08:01:00Z",
    }


def _conversation(number: int) -> dict[str, Any]:
    other, time_ = 3 + number, "2026-11-20T08:01:00Z"
    return {
        "id": 100 + number,
        "type": "direct",
        "name": None,
        "description": None,
        "avatar_url": None,
        "created_by_user_id": 2,
        "created_at": time_,
        "updated_at": time_,
        "last_message_at": time_,
        "participant_count": 2,
        "unread_count": number % 3,
        "is_muted": False,
        "is_pinned": False,
        "is_archived": False,
        "my_role": "member",
        "background_image": None,
        "other_user": {
            "user_id": other,
            "name": f"Name{other} Father{other}",
            "avatar": f"https://media.example.test/p/{other}.png",
            "online": False,
            "last_seen": time_,
            "online_hidden": False,
            "last_seen_hidden": False,
        },
        "last_message": {
            "id": 9_000_000_000 + number,
            "content": f"Message {number}: did you finish the exercises on page {number * 7}?",
            "type": "text",
            "created_at": time_,
            "sender_user_id": other,
        },
    }


def _contact(number: int) -> dict[str, Any]:
    other = 3 + number
    return {
        "user_id": other,
        "name": f"Name{other} Father{other}",
        "avatar": f"https://media.example.test/p/{other}.png",
        "connection_id": 500 + number,
        "connected_at": "2026-11-20T08:01:00Z",
        "conversation_id": 100 + number if number < 20 else None,
        "last_message_at": None,
        "is_online": False,
    }


def answers() -> dict[bytes, Iterator[bytes]]:
    """The upstream's answers without end: bodies by the words that tell its paths apart.

    Conversation 12 is never the same twice in a row (its answers end in more or fewer blanks).
    """
    typing = {
        "typing_users": [{"user_id": 3, "name": "Name3 Father3", "avatar": None}],
        "is_someone_typing": True,
    }
    messages = {"messages": [_message(n) for n in range(50)], "has_more": True}
    pages: dict[bytes, Any] = {
        b"GET /api/chat/conversations/11/typing": typing,
        b"GET /api/chat/conversations": [_conversation(n) for n in range(20)],
        b"GET /api/chat/contacts": {"contacts": [_contact(n) for n in range(22)]},
        b"GET /api/chat/conversations/11/messages": messages,
        b"GET /api/chat/conversations/12/messages": messages,
        b"POST /api/chat/conversations/11/messages": _message(1),
    }
    made = {start: json.dumps(page, separators=(",", ":")).encode() for start, page in pages.items()}
    made[b"GET /api/courses/7"] = json.dumps({"course": "x" * 105}).encode()
    found = {start: itertools.repeat(body) for start, body in made.items()}
    changing = made[b"GET /api/chat/conversations/12/messages"]
    return found | {
        b"GET /api/chat/conversations/12/messages": itertools.cycle([changing + b" " * n for n in range(16)])
    }
