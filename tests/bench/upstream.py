"""An upstream that costs next to nothing: one process, answers made in advance, requests known by their first line.

It trusts its clients completely. ``GET /reset`` makes it forget which turn every conversation has reached, so that
each proxy can be asked the same and must be answered the same.
"""

import asyncio
import base64
import hashlib
import sys
from typing import Any, Final, cast
from urllib.parse import parse_qs, unquote, urlsplit

from tests.bench import pages
from tests.bench.pages import Answer

DOWNLOAD_BYTES: Final = 5_000_000
_HEAD: Final = (
    b"HTTP/1.1 %b\r\nContent-Type: application/json\r\nServer: bench\r\nContent-Length: %d\r\n\r\n%b"
)
_UNKNOWN: Final = _HEAD % (b"404 Not Found", 24, b'{"detail": "Not Found"}\n')
_WEBSOCKET: Final = b"258EAFA5-E914-47DA-95CA-C5AB0DC85B11"
_PONG: Final = b'\x81\x0f{"type":"pong"}'
#: A masked text frame with ``{"type":"ping"}``.
FRAME_BYTES: Final = 21
_ONE_EACH: Final = {pages.SAME: pages.same, pages.ONE_NEW: pages.one_new, pages.CHANGED: pages.changed}


class Answers:
    """Whole answers by the first line of a request."""

    def __init__(self) -> None:
        self._known: dict[bytes, Answer] = {}
        self._pages: dict[int, Answer] = {}

    def forget(self) -> None:
        """Begin every changing conversation again."""
        self._known.clear()
        self._pages.clear()

    def of(self, line: bytes) -> bytes:
        """The answer to ``GET /path?query``."""
        answer = self._known.get(line)
        if answer is None:
            answer = self._known[line] = self._make(*line.decode().split(" "))
        return answer()

    def _make(self, method: str, target: str) -> Answer:
        parts = urlsplit(target)
        query = {name: values[-1] for name, values in parse_qs(parts.query).items()}
        steps = unquote(parts.path).strip("/").split("/")
        if steps == ["reset"]:
            return self._reset
        if steps[-1] == "messages" and method == "GET" and "after" not in query:
            if int(steps[-2]) < pages.SAME:  # the gateway tries at its start what the upstream can do
                return lambda: _UNKNOWN
            page = self._page(int(steps[-2]))
            return lambda: _whole(page())
        value = _value(method, steps, query)
        whole = (
            _UNKNOWN if value is None else _whole(value if isinstance(value, bytes) else pages.fixed(value)())
        )
        return lambda: whole

    def _reset(self) -> bytes:
        self.forget()
        return _whole(b"{}")

    def _page(self, conversation: int) -> Answer:
        page = self._pages.get(conversation)
        if page is None:
            kind, person = divmod(conversation, 1_000_000)
            page = self._pages[conversation] = _ONE_EACH[kind * 1_000_000](person)
        return page


def _value(method: str, steps: list[str], query: dict[str, str]) -> Any:
    person = int(query.get("user_id", "0"))
    match method, *steps:
        case "GET", "api", "chat", "conversations", _, "typing":
            return pages.typing(person)
        case "GET", "api", "chat", "conversations", _, "messages":
            return {"messages": [], "has_more": False}
        case "POST", "api", "chat", "conversations", _, "messages":
            return pages.message(person, 0)
        case "GET", "api", "chat", "conversations":
            return [pages.conversation(person, number) for number in range(pages.CONVERSATIONS)]
        case "GET", "api", "chat", "contacts":
            return {"contacts": [pages.contact(person, number) for number in range(pages.CONVERSATIONS + 2)]}
        case "GET", "api", "chat", "users", "online-status":
            return {
                "statuses": [pages.status(int(user)) for user in query.get("user_ids", "").split(",") if user]
            }
        case "POST", "api", "chat", "users", "status", "update":
            return {"message": "Status updated", "is_online": True}
        case "GET", "api", "courses", _:
            return {"course": "x" * 105}
        case "GET", "files", "download":
            return b"d" * DOWNLOAD_BYTES
        case "POST", "files", "upload":
            return {"taken": True}
    return None


def _whole(body: bytes) -> bytes:
    return _HEAD % (b"200 OK", len(body), body)


class Connection(asyncio.Protocol):
    """One connection: requests with a length, with chunks, or an upgrade to a socket that answers pings."""

    def __init__(self, answers: Answers) -> None:
        self._answers = answers
        self._rest = b""
        self._skip = 0
        self._chunked: bytes | None = None
        self._upgraded = False

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.Transport, transport)

    def data_received(self, data: bytes) -> None:
        if self._upgraded:
            self._pong(data)
            return
        if self._skip or self._chunked is not None:
            data = self._skipped(data)
        data = self._rest + data if self._rest else data
        while data and (end := data.find(b"\r\n\r\n")) >= 0:
            data = self._one(data, end)
        self._rest = data

    def _one(self, data: bytes, end: int) -> bytes:
        """Answer the first request of these bytes; the rest."""
        line = data[: data.find(b" HTTP/1")]
        rest = data[end + 4 :]
        if line.startswith(b"GET /ws/"):
            self._upgrade(data[:end])
            return b""
        if line[:1] == b"G":
            self._transport.write(self._answers.of(line))
            return rest
        head = data[:end].lower()
        self._waiting = line
        at = head.find(b"\r\ncontent-length: ")
        if at >= 0:
            self._skip = int(head[at + 18 :].partition(b"\r\n")[0])
        elif b"\r\ntransfer-encoding: chunked" in head:
            self._chunked = b""
        else:
            self._transport.write(self._answers.of(line))
            return rest
        return self._skipped(rest, begun=True)

    def _skipped(self, data: bytes, *, begun: bool = False) -> bytes:
        """Pass over the body at hand, answer when it ends; what follows it."""
        if self._chunked is not None:
            self._chunked = (self._chunked + data)[-7:]
            if not self._chunked.endswith(b"\r\n0\r\n\r\n"):
                return b""
            self._chunked, data = None, b""
        else:
            taken = min(self._skip, len(data))
            self._skip -= taken
            data = data[taken:]
            if self._skip:
                return b""
        self._transport.write(self._answers.of(self._waiting))
        return data

    def _upgrade(self, head: bytes) -> None:
        at = head.lower().find(b"sec-websocket-key: ")
        key = head[at + 19 :].partition(b"\r\n")[0]
        accept = base64.b64encode(hashlib.sha1(key + _WEBSOCKET).digest())
        self._transport.write(
            b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
            b"Sec-WebSocket-Accept: %b\r\n\r\n" % accept
        )
        self._upgraded = True

    def _pong(self, data: bytes) -> None:
        self._rest += data
        while len(self._rest) >= FRAME_BYTES:
            self._rest = self._rest[FRAME_BYTES:]
            self._transport.write(_PONG)


async def serve() -> None:
    """Listen, say where on standard output, live until killed."""
    answers = Answers()
    loop = asyncio.get_running_loop()
    server = await loop.create_server(lambda: Connection(answers), "127.0.0.1", 0, backlog=1024)
    sys.stdout.write(f"{server.sockets[0].getsockname()[1]}\n")
    sys.stdout.flush()
    await server.serve_forever()


if __name__ == "__main__":
    from tests.bench.processes import run_loop

    run_loop(serve())
