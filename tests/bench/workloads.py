"""What is asked while measuring: by every person, as a browser asks it."""

import json
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final
from urllib.parse import quote

from tests.bench import pages
from tests.bench.load import handshake
from tests.bench.people import roles_of, token

UPLOAD_BYTES: Final = 50_000_000
_IN_PRESENCE: Final = 20
_AGENTS: Final = ("Firefox/140.0", "Firefox/139.0", "Firefox/128.0")

#: A person's requests: one, or, for a mix, as many as there are in its minutes.
Asks = Callable[["Browser"], list[bytes]]


@dataclass(frozen=True)
class Workload:
    """``legacy`` goes to what translates, ``modern`` to what does not: what the gateway makes of it.

    ``translated`` is false where both shapes are alike, so that plain proxies are peers, too. ``connections`` is
    for those of which few make enough load; ``frames_per_s`` for sockets, which say so much and no more.
    """

    name: str
    legacy: Asks
    modern: Asks
    translated: bool = True
    connections: int = 0
    frames_per_s: float = 0


class Browser:
    """One person's browser: about 600 bytes of fields with every request."""

    def __init__(self, person: int) -> None:
        self.person = person
        bearer = token(person)
        self.me = f"profile_id={person}&profile_type=student&user_id={person}"
        self.fields = [
            "Host: chat.example.test",
            f"Authorization: Bearer {bearer}",
            f"User-Agent: Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 {_AGENTS[person % 3]}",
            "Accept: */*",
            "Accept-Language: en-GB,en;q=0.5",
            "Accept-Encoding: gzip, deflate, br, zstd",
            "Origin: https://chat.example.test",
            "Referer: https://chat.example.test/view-profiles/student.html",
            f"Cookie: chat_gateway={bearer}",
        ]

    def ask(self, line: str, body: bytes = b"") -> bytes:
        """A whole request."""
        method, _, target = line.partition(" ")
        rows = [f"{method} {target} HTTP/1.1", *self.fields, "Connection: keep-alive"]
        if body or method == "POST":
            rows += ["Content-Type: application/json", f"Content-Length: {len(body)}"]
        return "\r\n".join([*rows, "", ""]).encode() + body


def _typing(browser: Browser) -> bytes:
    return browser.ask(f"GET /api/chat/conversations/{pages.SMALL + browser.person}/typing?{browser.me}")


def _typing_modern(browser: Browser) -> bytes:
    path = f"/api/chat/conversations/{pages.SMALL + browser.person}/typing"
    return browser.ask(f"GET {path}?user_id={browser.person}")


def _list(browser: Browser) -> bytes:
    return browser.ask(f"GET /api/chat/conversations?{browser.me}&limit=50")


def _list_modern(browser: Browser) -> bytes:
    return browser.ask(f"GET /api/chat/conversations?limit=50&user_id={browser.person}")


def _messages(browser: Browser, kind: int) -> bytes:
    return browser.ask(f"GET /api/chat/messages/{kind + browser.person}?{browser.me}&limit=50")


def _messages_modern(browser: Browser, kind: int) -> bytes:
    path = f"/api/chat/conversations/{kind + browser.person}/messages"
    return browser.ask(f"GET {path}?limit=50&user_id={browser.person}")


def _after(browser: Browser) -> bytes:
    asked = f"{browser.me}&after={quote('2026-11-20T08:01:00Z')}"
    return browser.ask(f"GET /api/chat/messages/{pages.SAME + browser.person}?{asked}")


def _after_modern(browser: Browser) -> bytes:
    path = f"/api/chat/conversations/{pages.SAME + browser.person}/messages"
    return browser.ask(f"GET {path}?after={quote('2026-11-20T08:01:00Z')}&user_id={browser.person}")


def _send(browser: Browser) -> bytes:
    said = {
        "conversation_id": pages.SMALL + browser.person,
        "content": "Shall we meet at five?",
        "message_type": "text",
        "profile_id": browser.person,
        "profile_type": "student",
        "user_id": browser.person,
    }
    return browser.ask(f"POST /api/chat/messages?{browser.me}", json.dumps(said).encode())


def _send_modern(browser: Browser) -> bytes:
    body = json.dumps({"content": "Shall we meet at five?", "message_type": "text"}).encode()
    path = f"/api/chat/conversations/{pages.SMALL + browser.person}/messages"
    return browser.ask(f"POST {path}?user_id={browser.person}", body)


def _presence(browser: Browser) -> bytes:
    others = [pages.other(browser.person, number) for number in range(_IN_PRESENCE)]
    keys = ",".join("{}_{}".format(*roles_of(user)[0]) for user in others)
    return browser.ask(f"GET /api/chat/users/online-status?{browser.me}&profile_ids={quote(keys)}")


def _presence_modern(browser: Browser) -> bytes:
    others = sorted(pages.other(browser.person, number) for number in range(_IN_PRESENCE))
    ids = quote(",".join(map(str, others)))
    return browser.ask(f"GET /api/chat/users/online-status?user_ids={ids}&user_id={browser.person}")


def _heartbeat(browser: Browser) -> bytes:
    return browser.ask(f"POST /api/chat/users/status/update?{browser.me}&status=online")


def _heartbeat_modern(browser: Browser) -> bytes:
    return browser.ask(f"POST /api/chat/users/status/update?status=online&user_id={browser.person}")


def _three_minutes(browser: Browser, *, legacy: bool) -> list[bytes]:
    """What an open legacy modal asks in three minutes: 284 requests, 95 a minute, evenly spread.

    Of the 20 whole pages of messages a quarter has a new one.
    """
    new, old = (_messages, _after) if legacy else (_messages_modern, _after_modern)
    counted = [
        (180, _typing(browser) if legacy else _typing_modern(browser)),
        (40, old(browser)),
        (15, new(browser, pages.SAME)),
        (5, new(browser, pages.ONE_NEW)),
        (20, _list(browser) if legacy else _list_modern(browser)),
        (18, _presence(browser) if legacy else _presence_modern(browser)),
        (6, _heartbeat(browser) if legacy else _heartbeat_modern(browser)),
    ]
    spread = [(turn / count, request) for count, request in counted for turn in range(count)]
    return [request for _, request in sorted(spread, key=lambda pair: pair[0])]


def _file(browser: Browser) -> list[bytes]:
    return [browser.ask("GET /files/download")]


def _upload(browser: Browser) -> list[bytes]:
    return [browser.ask("POST /files/upload", b"u" * UPLOAD_BYTES)]


def _stream(browser: Browser) -> list[bytes]:
    return [browser.ask("GET /api/courses/7")]


def _page(browser: Browser) -> list[bytes]:
    return [_messages_modern(browser, pages.SAME)]


def _socket(browser: Browser) -> list[bytes]:
    return [handshake(f"/ws/{browser.person}", browser.fields)]


def _of_messages(name: str, kind: int) -> Workload:
    return Workload(name, lambda b: [_messages(b, kind)], lambda b: [_messages_modern(b, kind)])


WORKLOADS: Final = {
    workload.name: workload
    for workload in (
        Workload("typing", lambda b: [_typing(b)], lambda b: [_typing_modern(b)]),
        Workload("conversations", lambda b: [_list(b)], lambda b: [_list_modern(b)]),
        _of_messages("messages", pages.SAME),
        _of_messages("messages_one_new", pages.ONE_NEW),
        _of_messages("messages_changed", pages.CHANGED),
        Workload("send", lambda b: [_send(b)], lambda b: [_send_modern(b)]),
        Workload("presence", lambda b: [_presence(b)], lambda b: [_presence_modern(b)]),
        Workload("modern", _page, _page, translated=False),
        Workload("stream", _stream, _stream, translated=False),
        Workload("download", _file, _file, translated=False),
        Workload("upload", _upload, _upload, translated=False, connections=4),
        Workload("socket", _socket, _socket, translated=False, frames_per_s=80),
        Workload(
            "mix",
            lambda b: _three_minutes(b, legacy=True),
            lambda b: _three_minutes(b, legacy=False),
        ),
    )
}


def requests(workload: Workload, people: int, *, legacy: bool) -> list[bytes]:
    """The requests of so many people, in the order in which they are asked: everybody's turn, then the next turn."""
    if workload.connections:  # what is large is made for as many only: 50 MB are the same whoever sends them
        people = min(people, workload.connections)
    each = [(workload.legacy if legacy else workload.modern)(Browser(n)) for n in range(1, people + 1)]
    # Whoever asks several things is at another of them than its neighbours.
    return [own[(turn + 37 * n) % len(own)] for turn in range(len(each[0])) for n, own in enumerate(each)]
