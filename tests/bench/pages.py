"""What the upstream answers: pages of a real size, in the modern shape, as templates of bytes.

Every person has conversations of its own, told apart by the million in their number: what is asked there is the same
again, has one new row each time, or is new in every row.
"""

import json
from collections import deque
from collections.abc import Callable
from typing import Any, Final

from tests.bench.people import KNOWN

ROWS: Final = 50
CONVERSATIONS: Final = 20
_TIME: Final = "2026-11-20T08:01:00Z"
#: Beyond 2**53: whoever keeps numbers as doubles rounds it.
_LARGE: Final = 9_007_199_254_740_993
SAME, ONE_NEW, CHANGED, SMALL = 1_000_000, 2_000_000, 3_000_000, 4_000_000

Answer = Callable[[], bytes]


def other(person: int, number: int) -> int:
    """Somebody else, the same one every time."""
    return (person + 37 * number) % KNOWN + 1


def _bytes(value: Any) -> bytes:
    return json.dumps(value, separators=(",", ":"), ensure_ascii=False).encode()


def message(person: int, number: int) -> dict[str, Any]:
    """A message of a conversation of ten, the person among them."""
    sender = person if number % 10 == 0 else other(person, number % 10)
    return {
        "id": 9_000_000_000 + number,
        "conversation_id": SAME + person,
        "sender_user_id": sender,
        "sender_name": f"Name{sender} Father{sender}",
        "sender_avatar": f"https://media.example.test/p/{sender}.png",
        "is_mine": sender == person,
        "status": "read" if sender == person else None,
        "message_type": "text",
        "content": f"Message {number}: did you finish the exercises on page {number * 7}?",
        "media_url": None,
        "media_metadata": {"size": _LARGE} if number % ROWS == 7 else None,
        "reply_to_id": None,
        "reply_to": None,
        "reactions": [{"reaction": "heart", "count": 2, "user_ids": [person, other(person, 1)]}]
        if number % 5 == 0
        else [],
        "is_edited": False,
        "edited_at": None,
        "is_pinned": False,
        "pinned_at": None,
        "pinned_by_user_id": None,
        "is_forwarded": False,
        "forwarded_from_user_id": None,
        "forwarded_from_name": None,
        "forwarded_from_avatar": None,
        "created_at": _TIME,
        "updated_at": _TIME,
    }


def _page(rows: list[bytes]) -> bytes:
    return b'{"messages":[' + b",".join(rows) + b'],"has_more":true}'


def same(person: int) -> Answer:
    """The same page again and again."""
    body = _page([_bytes(message(person, number)) for number in range(ROWS)])
    return lambda: body


def one_new(person: int) -> Answer:
    """Each time one new message at the end, and the oldest gone."""
    kinds = [_bytes(message(person, number)) for number in range(ROWS)]
    known = b"%d" % 9_000_000_000
    templates = [
        kind.replace(b"%d" % (9_000_000_000 + number), b"%d", 1).replace(
            b"Message %d:" % number, b"Message %d:"
        )
        for number, kind in enumerate(kinds)
    ]
    rows = deque(kinds, ROWS)
    last = ROWS - 1
    assert all(template.count(b"%d") == 2 for template in templates), known

    def answer() -> bytes:
        nonlocal last
        last += 1
        rows.append(templates[last % ROWS] % (9_000_000_000 + last, last))
        return _page(list(rows))

    return answer


def changed(person: int) -> Answer:
    """Each time the same messages, every one edited."""
    rows = [message(person, number) for number in range(ROWS)]
    template = _page([_bytes({**row, "content": row["content"] + " Edit %d."}) for row in rows])
    turn = 0

    def answer() -> bytes:
        nonlocal turn
        turn += 1
        return template % ((turn,) * ROWS)

    return answer


def fixed(value: Any) -> Answer:
    """One value again and again."""
    body = _bytes(value)
    return lambda: body


def typing(person: int) -> Any:
    """Somebody is typing: 120 bytes."""
    user = other(person, 3)
    return {
        "typing_users": [{"user_id": user, "name": f"Name{user} Father{user}", "avatar": None}],
        "is_someone_typing": True,
    }


def conversation(person: int, number: int) -> dict[str, Any]:
    """A direct conversation of the list."""
    user = other(person, number)
    return {
        "id": SAME + 100 * person + number,
        "type": "direct",
        "name": None,
        "description": None,
        "avatar_url": None,
        "created_by_user_id": person if number % 2 else user,
        "created_at": _TIME,
        "updated_at": _TIME,
        "last_message_at": _TIME,
        "participant_count": 2,
        "unread_count": number % 3,
        "is_muted": False,
        "is_pinned": False,
        "is_archived": False,
        "my_role": "member",
        "background_image": None,
        "other_user": {
            "user_id": user,
            "name": f"Name{user} Father{user}",
            "avatar": f"https://media.example.test/p/{user}.png",
            "online": False,
            "last_seen": _TIME,
            "online_hidden": False,
            "last_seen_hidden": number == 4,
        },
        "last_message": {
            "id": 9_000_000_000 + number,
            "content": f"Message {number}: did you finish the exercises on page {number * 7}?",
            "type": "text",
            "created_at": _TIME,
            "sender_user_id": user,
        },
    }


def contact(person: int, number: int) -> dict[str, Any]:
    """Somebody whom the person knows; there is no conversation with the last two."""
    user = other(person, number)
    return {
        "user_id": user,
        "name": f"Name{user} Father{user}",
        "avatar": f"https://media.example.test/p/{user}.png",
        "connection_id": 500 + number,
        "connected_at": _TIME,
        "conversation_id": SAME + 100 * person + number if number < CONVERSATIONS else None,
        "last_message_at": None,
        "is_online": False,
    }


def status(user: int) -> dict[str, Any]:
    """One person's presence, as the list of the modern shape has it."""
    return {
        "user_id": user,
        "is_online": user % 3 == 0,
        "last_seen": _TIME,
        "online_hidden": False,
        "last_seen_hidden": user % 7 == 0,
    }
