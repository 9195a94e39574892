"""Through how many files does a request go? ``python -m tests.straight_line`` prints it for warm legacy requests.

Counted with `sys.setprofile` over the project's own Python files, from the connection that gets the bytes to the one
that writes the answer, by the short way of a known question: the files that it touches, and how often it goes from one
file to another.
"""

import asyncio
import json
import sys
from collections.abc import Callable
from pathlib import Path
from types import FrameType
from typing import Any, Final, NamedTuple

from tests.support.fakes import FakeDirectory, FakeTokens, exchanges
from tests.support.gateway import gateway, message, raw_upstream, read_answer

ROOT: Final = Path(__file__).parents[1]
OURS: Final = ("gateway", "adapters", "contracts")
ME: Final = "profile_id=5&profile_type=student&user_id=1"
_MESSAGE: Final = {
    "id": 1,
    "sender_user_id": 2,
    "sender_avatar": None,
    "reactions": [],
    "is_forwarded": False,
    "pinned_by_user_id": None,
    "forwarded_from_user_id": None,
}
_CONVERSATION: Final = {
    "id": 11,
    "type": "direct",
    "created_by_user_id": 1,
    "other_user": {"user_id": 2, "name": "Beza B", "avatar": None, "online": False, "last_seen": None},
    "last_message": None,
}
#: Name -> the request, and what the upstream answers by the word that its path ends in.
REQUESTS: Final[dict[str, tuple[str, dict[str, Any]]]] = {
    "typing": (
        f"/api/chat/conversations/11/typing?{ME}",
        {
            "typing": {
                "typing_users": [{"user_id": 2, "name": "B", "avatar": None}],
                "is_someone_typing": True,
            }
        },
    ),
    "messages": (f"/api/chat/messages/11?{ME}", {"messages": {"messages": [_MESSAGE], "has_more": False}}),
    "conversations": (
        f"/api/chat/conversations?{ME}",
        {"conversations": [_CONVERSATION], "contacts": {"contacts": []}},
    ),
}


class Line(NamedTuple):
    """The files of one request, and how often it went from one to another."""

    files: frozenset[str]
    transitions: int


class _Watch:
    """A profile function that notes in which of our files the program is."""

    def __init__(self) -> None:
        self.files: set[str] = set()
        self.transitions = 0
        self._last = ""

    def __call__(self, frame: FrameType, event: str, argument: object) -> None:
        if event not in ("call", "return"):
            return
        name = _ours(frame if event == "call" else frame.f_back)
        if name and name != self._last:
            self.transitions += bool(self._last)
            self._last = name
            self.files.add(name)


def _ours(frame: FrameType | None) -> str:
    """The file of a frame, from the project's root; empty for other people's."""
    if frame is None:
        return ""
    path = frame.f_code.co_filename
    name = path.removeprefix(f"{ROOT}/")
    return name if name != path and name.startswith(OURS) and "/.venv/" not in path else ""


async def measure(name: str) -> Line:
    """One request of this name, after it has been asked a few times."""
    path, answers = REQUESTS[name]
    request = message(f"GET {path} HTTP/1.1\nAuthorization: Bearer 1\nUser-Agent: Test/1")
    async with (
        raw_upstream() as upstream,
        gateway(upstream.url) as running,
        running.client() as (reader, writer),
    ):
        upstream.default = _answering(upstream, answers)
        made = exchanges(running.upstream, FakeDirectory())
        made._tokens = FakeTokens()
        running.server.exchanges = made
        for _ in range(4):
            writer.write(request)
            assert (await read_answer(reader)).status == 200
        watch = _Watch()
        writer.write(request)
        sys.setprofile(watch)
        try:
            await read_answer(reader)
        finally:
            sys.setprofile(None)
        return Line(frozenset(watch.files), watch.transitions)


def _answering(upstream: Any, answers: dict[str, Any]) -> Callable[..., Any]:
    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        path = upstream.asked[-1].line.split()[1].partition("?")[0]
        body = json.dumps(answers[path.rpartition("/")[2]], separators=(",", ":")).encode()
        head = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n"
        writer.write(head % len(body) + body)

    return answer


def main() -> None:
    """Print a line for each request, and the files."""
    for name in REQUESTS:
        line = asyncio.run(measure(name))
        print(f"{name}: {len(line.files)} files, {line.transitions} transitions")
        for file in sorted(line.files):
            print(f"  {file}")


if __name__ == "__main__":
    main()
